"""The servers that are measured, and how each is started."""

import contextlib
import os
import socket
from dataclasses import dataclass

from measuring import Process, need_programs
from protocols import STATIC, STATIC_TLS
from workloads import ALL, TLS


@dataclass
class Machine:
    """Where everything is: the programs, the core of the servers, a place for logs, the port of Redis if it runs, and
    what servers show over TLS."""
    programs: str  # of this build
    peers: str     # what is built or fetched for peers
    scratch: str
    server_core: int
    redis_port: int = 0
    certificate: str = ""
    key: str = ""

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
    encodings: tuple = ()
    main_style: bool = True  # others take part where styles are compared
    views: bool = False  # takes part only where handlers take views

    def takes_part(self, workload, protocol):
        return (protocol.name in self.protocols and (self.main_style or workload.all_styles) and
                (workload.views or not self.views) and
                (not workload.encoding or workload.encoding in self.encodings))

    @contextlib.contextmanager
    def start(self, machine, tls, encoding):
        with Process(self.command(machine, tls, encoding), machine.server_core, machine.log(self.name),
                     self.environment(machine, tls)) as process:
            yield Running(process.read_port(), [process.pid])

    def environment(self, machine, tls):
        return {}


@dataclass(frozen=True)
class OwnServer(Target):
    style: str = ""
    route: str = ""

    def command(self, machine, tls, encoding):
        command = [os.path.join(machine.programs, "bench_server"), self.style, self.route]
        command += ["--redis", str(machine.redis_port)] if machine.redis_port else []
        command += ["--tls-certificate", machine.certificate, "--tls-key", machine.key] if tls else []
        # The front end answers as callers ask.
        return command + (["--compress", encoding] if encoding and self.route == "grpc" else [])


@dataclass(frozen=True)
class Peer(Target):
    program: str = ""

    def command(self, machine, tls, encoding):
        redis = [f"127.0.0.1:{machine.redis_port}"] if machine.redis_port else []
        return [os.path.join(machine.peers, self.program), *redis]

    def environment(self, machine, tls):
        return {"TLS_CERTIFICATE": machine.certificate, "TLS_KEY": machine.key} if tls else {}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass(frozen=True)
class Nghttpd(Target):
    @contextlib.contextmanager
    def start(self, machine, tls, encoding):
        need_programs("nghttpd")
        root = os.path.join(machine.scratch, "static")
        os.makedirs(root, exist_ok=True)
        with open(os.path.join(root, "64.txt"), "w", encoding="ascii") as file:
            file.write("x" * 64)
        port = free_port()
        command = ["nghttpd", "--htdocs", root, *([] if tls else ["--no-tls"]), str(port)]
        command += [machine.key, machine.certificate] if tls else []
        with Process(command, machine.server_core, machine.log(self.name)) as process:
            process.wait_for_port(port, connect)
            yield Running(port, [process.pid])


@dataclass(frozen=True)
class Envoy(Target):
    """Envoy before the callback server of gRPC C++, on the same core; both count."""

    @contextlib.contextmanager
    def start(self, machine, tls, encoding):
        backend = TARGETS["grpc-callback"]
        with open(os.path.join(os.path.dirname(__file__), "..", "peers", "envoy.yaml"), encoding="utf-8") as file:
            config = "".join(line for line in file if tls or not line.endswith("# only TLS\n"))
        port = free_port()
        with backend.start(machine, False, encoding) as behind:
            path = os.path.join(machine.scratch, "envoy.yaml")
            values = {"LISTEN_PORT": port, "BACKEND_PORT": behind.port, "CERTIFICATE": machine.certificate,
                      "PRIVATE_KEY": machine.key}
            for name, value in values.items():
                config = config.replace(name, str(value))
            with open(path, "w", encoding="utf-8") as file:
                file.write(config)
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
    styles = {"sync": "sync", "callback": "callback", "arena": "callback with arenas", "queue": "completion queue"}
    for style, title in styles.items():
        yield OwnServer(f"grpc-{style}", f"gRPC C++, {title}", ("grpc", "grpc-tls"), encodings=("gzip",),
                        main_style=style == "callback", style=style, route="grpc")
    routes = (("channel", ("sync", "callback", "queue")), ("direct", ("sync", "callback")))
    for route, of_route in routes:
        for style in of_route:
            # What the front end does with other protocols does not depend on the style behind it.
            protocols = (*ALL, *TLS) if style == "callback" else ("grpc", "connect", "connect-json", "connect-h1")
            yield OwnServer(f"{route}-{style}", f"connect-cpp, {route} route, {styles[style]}", protocols,
                            encodings=("gzip", "zstd"), main_style=style == "callback" or route == "direct",
                            style=style, route=route)
    for route, title in (("grpc", "gRPC C++"), ("channel", "connect-cpp, channel route"),
                         ("direct", "connect-cpp, direct route")):
        for style in ("sync", "callback"):
            protocols = ("grpc",) if route == "grpc" else ("grpc", "connect", "connect-json")
            yield OwnServer(f"{route}-{style}-view", f"{title}, {style}, views", protocols, main_style=False,
                            views=True, style=f"{style}-view", route=route)
    yield Nghttpd("nghttpd", "nghttpd, a static file of 64 bytes", (STATIC.name, STATIC_TLS.name))
    yield Peer("connect-rust", "connect-rust", ALL, peer="rust", encodings=("gzip", "zstd"),
               program="rust/release/connect_rust")
    yield Peer("tonic", "tonic", ("grpc",), peer="rust", program="rust/release/tonic")
    yield Peer("connect-go", "connect-go", (*ALL, *TLS), peer="go", encodings=("gzip",), program="go/connectgo")
    yield Peer("grpc-go", "grpc-go", ("grpc", "grpc-tls"), peer="go", encodings=("gzip",), program="go/grpcgo")
    yield Envoy("envoy", "Envoy before gRPC C++, callback",
                ("grpc", "grpc-web", "connect", "connect-get", "grpc-tls", "connect-tls"), peer="envoy")


TARGETS = {target.name: target for target in _targets()}
# What every row is compared with, where it takes part in the workload.
BASELINE = "grpc-callback"
