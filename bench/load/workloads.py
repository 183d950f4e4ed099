"""What is measured: the call, its body, how many at once, and what the answer must be."""

import json
from dataclasses import dataclass
from typing import Callable

from http2 import CallFailed

ALL = ("grpc", "connect", "connect-json", "connect-get", "grpc-web", "grpc-web-json", "grpc-json", "connect-h1",
       "connect-json-h1", "grpc-web-h1", "grpc-web-json-h1")
TLS = ("grpc-tls", "connect-tls", "connect-h1-tls")


def _expect(condition, what):
    if not condition:
        raise CallFailed(f"wrong answer: {what}")


def _is_echo(messages, sent, is_json):
    _expect(len(messages) == 1, f"{len(messages)} messages")
    same = json.loads(messages[0]) == json.loads(sent) if is_json else messages[0] == sent
    _expect(same, messages[0][:100])


def _is_ingest(messages, _, is_json):
    _expect(len(messages) == 1, f"{len(messages)} messages")
    if is_json:
        numbers = {name: int(value) for name, value in json.loads(messages[0]).items()}
        right = {"count": 50, "totalMessageBytes": 10880, "totalLabelBytes": 8040, "maxSeverity": 2}
        _expect(numbers == right, numbers)
    else:
        # Varints of 50, 10,880, 8,040 and 2 in the fields 1 to 4.
        _expect(messages[0] == bytes.fromhex("083210805518e83e2002"), messages[0].hex())


def _are_payloads(count):
    def check(messages, _, is_json):
        _expect(len(messages) == count, f"{len(messages)} messages instead of {count}")
        for message in messages:
            _expect("payload" in json.loads(message) if is_json else len(message) == 346, message[:100])
    return check


def _are_fortunes(messages, _, is_json):
    _expect(len(messages) == 1, f"{len(messages)} messages")
    if is_json:
        ids = [fortune.get("id", 0) for fortune in json.loads(messages[0])["fortunes"]]
        _expect(ids == [11, 4, 5, 2, 8, 0, 3, 7, 10, 6, 9, 1, 12], ids)
    else:
        _expect(len(messages[0]) == 783, f"{len(messages[0])} bytes")


def _is_payload_of(size):
    def check(messages, _, is_json):
        _expect(len(messages) == 1 and not is_json and len(messages[0]) == size, [len(message) for message in messages])
    return check


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    path: str
    body: str  # of the prepared files, without suffix
    check: Callable  # of the messages received, the message sent, and whether they are JSON
    protocols: tuple
    connections: int = 8
    per_connection: int = 8  # calls at once on a connection of HTTP/2; HTTP/1.1 has more connections instead
    seconds: float = 0.6  # of a measurement; CPU time is read exactly
    all_styles: bool = False  # of gRPC's, and of ours
    views: bool = False  # there are handlers that take views
    streaming: bool = False
    encoding: str = ""  # what messages are compressed with, both ways
    needs_redis: bool = False
    static: str = ""  # what nghttpd takes part with
    kind: str = "throughput"  # or "idle", "tail"

    def load(self, protocol, most_connections):
        """Connections, and calls at once on each."""
        if protocol.http1:
            return min(self.connections * self.per_connection, most_connections), 1
        return min(self.connections, most_connections), self.per_connection


_ECHO = "/bench.v1.EchoService/Echo"
_BENCH = "/bench.v1.BenchService/"
SLOW_PATH = "/bench.v1.EchoService/SlowEcho"
_MAIN = ("grpc", "connect", "connect-json")


def _echoes():
    yield Workload("latency", "Echo of 64 bytes, one call at a time", _ECHO, "echo64", _is_echo,
                   ("grpc", "connect", "connect-h1", "connect-json-h1"), 1, 1, all_styles=True, static="static")
    for concurrency in (16, 64):
        yield Workload(f"echo{concurrency}", f"Echo of 64 bytes, {concurrency} calls at once", _ECHO, "echo64",
                       _is_echo, _MAIN, 8, concurrency // 8, static="static")
    yield Workload("echo256", "Echo of 64 bytes, 256 calls at once", _ECHO, "echo64", _is_echo, ALL, 8, 32, seconds=1,
                   all_styles=True, static="static")
    yield Workload("tls", "Echo of 64 bytes over TLS, 64 calls at once", _ECHO, "echo64", _is_echo, TLS,
                   static="static-tls")
    for size, title, at_once in ((1024, "1 KiB", 64), (16 << 10, "16 KiB", 64), (256 << 10, "256 KiB", 16),
                                 (4 << 20, "4 MiB", 8)):
        yield Workload(f"size{size}", f"Echo of {title}, {at_once} calls at once", _ECHO, f"echo{size}", _is_echo,
                       ("grpc", "connect"), 8, at_once // 8, seconds=2 if size > 1 << 20 else 0.6)


def _messages():
    yield Workload("logs", "Log ingest, 50 records (22 KB), 64 calls at once", "/bench.v1.LogIngestService/Ingest",
                   "logs50", _is_ingest, _MAIN, all_styles=True, views=True)
    for encoding in ("gzip", "zstd"):
        # 1,048,584 bytes with what is around the text.
        yield Workload(encoding, f"1 MiB of text there and back, {encoding}, 2 calls at once", _BENCH + "Unary", "text",
                       _is_payload_of(1_048_584), ("grpc", "connect"), 2, 1, seconds=1.5, encoding=encoding)
    for count in (10, 1000):
        at_once = 64 if count == 10 else 16
        yield Workload(f"server{count}", f"Server stream of {count:,} messages (346 B), {at_once} calls at once",
                       _BENCH + "ServerStream", f"small{count}", _are_payloads(count), ("grpc", "connect"), 8,
                       at_once // 8, all_styles=count == 10, streaming=True)
    for kind, method, answers in (("client", "ClientStream", 1), ("bidi", "BidiStream", 10)):
        title = {"client": "Client stream", "bidi": "Stream both ways"}[kind]
        yield Workload(f"{kind}10", f"{title} of 10 messages (346 B), 64 calls at once", _BENCH + method, "client10",
                       _are_payloads(answers), ("grpc", "connect"), streaming=True)
    yield Workload("fortunes", "Fortunes of Redis, 64 calls at once", "/fortune.v1.FortuneService/GetFortunes",
                   "fortunes", _are_fortunes, _MAIN, all_styles=True, needs_redis=True)


def _connections():
    for connections in (100, 1000, 10_000):
        yield Workload(f"connections{connections}",
                       f"Echo of 64 bytes on {connections:,} connections, one call at a time on each", _ECHO, "echo64",
                       _is_echo, ("grpc", "connect-h1"), connections, 1,
                       seconds={100: 0.6, 1000: 1, 10_000: 3}[connections])
    yield Workload("idle", "Memory of an idle connection that has made one call", _ECHO, "echo64", _is_echo,
                   ("grpc", "connect", "connect-h1", "grpc-tls"), kind="idle")
    yield Workload("tail", "Echo of 64 bytes at a fixed rate, while 1 % of the calls sleep for 5 ms; times of the "
                   "others", _ECHO, "echo64", _is_echo, ("grpc", "connect"), 8, 32, seconds=2, all_styles=True,
                   kind="tail")


WORKLOADS = {workload.name: workload for workload in (*_echoes(), *_messages(), *_connections())}
