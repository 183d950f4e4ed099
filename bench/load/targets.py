"""The servers that are measured, and how each is started."""

import contextlib
import os
import socket
from dataclasses import dataclass

from measuring import Process
from protocols import STATIC
from workloads import ALL


@dataclass
class Machine:
    """Where everything is: the programs, the core of the servers, a place for logs, the port of Redis if it runs."""
    programs: str  # of this build
    peers: str     # what is built or fetched for peers
    scratch: str
    server_core: int
    redis_port: int = 0

    def log(self, name):
        return os.path.join(self.scratch, name + ".log")


@dataclass
class Running:
    port: int
    pids: list


@dataclass(frozen=True)
class Target:
    name: str
    title: str
    protocols: tuple
    peer: str = ""  # what has to be built for it

    @contextlib.contextmanager
    def start(self, machine):
        with Process(self.command(machine), machine.server_core, machine.log(self.name)) as process:
            yield Running(process.read_port(), [process.pid])


@dataclass(frozen=True)
class OwnServer(Target):
    style: str = ""
    route: str = ""

    def command(self, machine):
        redis = ["--redis", str(machine.redis_port)] if machine.redis_port else []
        return [os.path.join(machine.programs, "bench_server"), self.style, self.route, *redis]


@dataclass(frozen=True)
class Peer(Target):
    program: str = ""

    def command(self, machine):
        redis = [f"127.0.0.1:{machine.redis_port}"] if machine.redis_port else []
        return [os.path.join(machine.peers, self.program), *redis]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass(frozen=True)
class Nghttpd(Target):
    @contextlib.contextmanager
    def start(self, machine):
        root = os.path.join(machine.scratch, "static")
        os.makedirs(root, exist_ok=True)
        with open(os.path.join(root, "64.txt"), "w", encoding="ascii") as file:
            file.write("x" * 64)
        port = free_port()
        command = ["nghttpd", "--no-tls", "--htdocs", root, str(port)]
        with Process(command, machine.server_core, machine.log(self.name)) as process:
            process.wait_for_port(port, connect)
            yield Running(port, [process.pid])


@dataclass(frozen=True)
class Envoy(Target):
    """Envoy before the callback server of gRPC C++, on the same core; both count."""

    @contextlib.contextmanager
    def start(self, machine):
        backend = TARGETS["grpc-callback"]
        with open(os.path.join(os.path.dirname(__file__), "..", "peers", "envoy.yaml"), encoding="utf-8") as file:
            config = file.read()
        port = free_port()
        with backend.start(machine) as behind:
            path = os.path.join(machine.scratch, "envoy.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config.replace("LISTEN_PORT", str(port)).replace("BACKEND_PORT", str(behind.port)))
            command = [envoy_program(machine.peers), "-c", path, "--concurrency", "1", "--log-level", "warn",
                       "--disable-hot-restart"]
            with Process(command, machine.server_core, machine.log(self.name)) as process:
                process.wait_for_port(port, connect)
                yield Running(port, [process.pid, *behind.pids])


def connect(port):
    return socket.create_connection(("127.0.0.1", port), 1)


def envoy_program(peers):
    """In the virtual environment; "" where there is none."""
    found = []
    for folder, _, files in os.walk(os.path.join(peers, "envoy", "lib")):
        if folder.endswith("envoy/_bin") and "envoy" in files:
            found.append(os.path.join(folder, "envoy"))
    return found[0] if found else ""


def _targets():
    styles = (("sync", "sync"), ("callback", "callback"), ("queue", "completion queue"))
    for style, title in styles:
        yield OwnServer(f"grpc-{style}", f"gRPC C++, {title}", ("grpc",), style=style, route="grpc")
    for style, title in styles:
        yield OwnServer(f"channel-{style}", f"connect-cpp, channel route, {title}", ALL, style=style, route="channel")
    for style, title in styles[:2]:
        yield OwnServer(f"direct-{style}", f"connect-cpp, direct route, {title}", ALL, style=style, route="direct")
    yield Nghttpd("nghttpd", "nghttpd, a static file of 64 bytes", (STATIC.name,))
    yield Peer("connect-rust", "connect-rust", ALL, peer="rust", program="rust/release/connect_rust")
    yield Peer("tonic", "tonic", ("grpc",), peer="rust", program="rust/release/tonic")
    yield Peer("connect-go", "connect-go", ALL, peer="go", program="go/connectgo")
    yield Peer("grpc-go", "grpc-go", ("grpc",), peer="go", program="go/grpcgo")
    yield Envoy("envoy", "Envoy before gRPC C++, callback", ("grpc", "grpc-web", "connect"), peer="envoy")


TARGETS = {target.name: target for target in _targets()}
# What every row is compared with, where it takes part in the workload.
BASELINE = "grpc-callback"
