"""What a table of measurements must say of the machine and of the programs."""

import os
import platform
import re
import subprocess
import time

import peers


def _first(path, pattern):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = re.search(pattern, file.read(), re.M)
        return found[1] if found else ""
    except OSError:
        return ""


def says(*command):
    try:
        output = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = (output.stdout + output.stderr).strip().splitlines()
        return lines[0] if lines else ""
    except OSError:
        return ""


def locked(path, pattern, names):
    """The versions of `names` in a lock file."""
    with open(path, encoding="utf-8") as file:
        versions = dict(re.findall(pattern, file.read(), re.M))
    return {name: versions[name] for name in names if name in versions}


def _flags(programs):
    """What our programs were compiled with."""
    cache = os.path.join(programs, "..", "CMakeCache.txt")
    kind = _first(cache, r"^CMAKE_BUILD_TYPE:\w+=(.*)$").upper()
    flags = (_first(cache, rf"^CMAKE_CXX_FLAGS{suffix}:\w+=(.*)$") for suffix in ("", "_" + kind))
    return " ".join(filter(None, flags))


def collect(with_peers, programs):
    sources = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers")
    facts = {
        "time": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "processor": _first("/proc/cpuinfo", r"^model name\s*:\s*(.*)$"),
        "cores": os.cpu_count(),
        "memory": _first("/proc/meminfo", r"^MemTotal:\s+(.*)$"),
        "kernel": platform.release(),
        "system": _first("/etc/os-release", r'^PRETTY_NAME="(.*)"$'),
        "load": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "commit": says("git", "describe", "--always", "--dirty", "--abbrev=12"),
        "compiler": says("c++", "--version"),
        "flags": _flags(programs),
        "gRPC C++": says("pkg-config", "--modversion", "grpc++"),
        "protobuf": says("protoc", "--version"),
        "h2load": says("h2load", "--version"),
        "redis": says("redis-server", "--version"),
    }
    if with_peers:
        facts.update(locked(os.path.join(sources, "rust", "Cargo.lock"), r'^name = "(.*)"\nversion = "(.*)"$',
                             ["connectrpc", "buffa", "tonic", "prost", "tokio", "hyper", "h2"]))
        facts.update(locked(os.path.join(sources, "go", "go.mod"), r"^\t(\S+) (v\S+)",
                             ["connectrpc.com/connect", "google.golang.org/grpc", "google.golang.org/protobuf"]))
        facts.update({"rustc": says("rustc", "--version"), "go": says("go", "version"), "envoy": peers.ENVOY_VERSION})
    return {name: value for name, value in facts.items() if value}
