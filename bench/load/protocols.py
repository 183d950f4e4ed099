"""The protocols in which h2load can post a prepared body."""

import json
from dataclasses import dataclass

from http2 import CallFailed, Http1Connection, Http2Connection


@dataclass(frozen=True)
class Protocol:
    name: str
    title: str
    content_type: str
    stream_content_type: str
    http1: bool = False
    json: bool = False
    enveloped: bool = True  # unary messages too
    extra: tuple = ()

    def headers(self, streaming):
        return [("content-type", self.stream_content_type if streaming else self.content_type), *self.extra]

    def body(self, streaming):
        """The suffix of the prepared file."""
        enveloped = self.enveloped or streaming
        if self.json:
            return "json_envelope" if enveloped else "json"
        return "envelope" if enveloped else "bin"

    def h2load(self, streaming):
        arguments = ["--h1"] if self.http1 else []
        for name, value in self.headers(streaming):
            arguments += ["-H", f"{name}: {value}"]
        return arguments

    def connect(self, port):
        return Http1Connection(port) if self.http1 else Http2Connection(port)

    def messages(self, answer, streaming):
        """The messages of an answer. Raises CallFailed where it tells of an error."""
        if not (self.enveloped or streaming):
            return [answer]
        messages = []
        while answer:
            flags, size = answer[0], int.from_bytes(answer[1:5], "big")
            content, answer = answer[5:5 + size], answer[5 + size:]
            if len(content) != size:
                raise CallFailed("the answer ends within a message")
            if flags == 0:
                messages.append(content)
            elif flags & 0x80 and b"grpc-status:0" not in content.replace(b" ", b""):
                raise CallFailed(content.decode(errors="replace"))
            elif flags & 0x02 and "error" in json.loads(content):
                raise CallFailed(content.decode(errors="replace"))
        return messages


def _protocols():
    grpc = (("te", "trailers"),)
    web = (("x-grpc-web", "1"),)
    connect = (("connect-protocol-version", "1"),)
    yield Protocol("grpc", "gRPC", "application/grpc", "application/grpc", extra=grpc)
    yield Protocol("grpc-json", "gRPC, JSON", "application/grpc+json", "application/grpc+json", json=True, extra=grpc)
    for suffix, http1 in (("", False), ("-h1", True)):
        version = ", HTTP/1.1" if http1 else ""
        yield Protocol("grpc-web" + suffix, "gRPC-Web" + version, "application/grpc-web+proto",
                       "application/grpc-web+proto", http1=http1, extra=web)
        yield Protocol("grpc-web-json" + suffix, "gRPC-Web, JSON" + version, "application/grpc-web+json",
                       "application/grpc-web+json", http1=http1, json=True, extra=web)
        yield Protocol("connect" + suffix, "Connect" + version, "application/proto", "application/connect+proto",
                       http1=http1, enveloped=False, extra=connect)
        yield Protocol("connect-json" + suffix, "Connect, JSON" + version, "application/json",
                       "application/connect+json", http1=http1, json=True, enveloped=False, extra=connect)


PROTOCOLS = {protocol.name: protocol for protocol in _protocols()}
# A file that nghttpd serves: no protocol of RPCs, only what HTTP/2 costs.
STATIC = Protocol("static", "static file", "", "")
