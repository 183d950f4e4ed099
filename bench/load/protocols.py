"""The protocols in which h2load can send a prepared call."""

import base64
import json
from dataclasses import dataclass

import compression
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
    tls: bool = False
    get: bool = False  # the message is in the query
    extra: tuple = ()

    @property
    def scheme(self):
        return "https" if self.tls else "http"

    def headers(self, streaming, encoding):
        """`encoding` is what the message is compressed with, and the answer shall be; "" for not at all."""
        if self.get:
            return []
        headers = [("content-type", self.stream_content_type if streaming else self.content_type), *self.extra]
        if encoding:
            names = ("grpc-encoding", "grpc-accept-encoding") if self.enveloped else ("content-encoding",
                                                                                       "accept-encoding")
            headers += [(name, encoding) for name in names]
        return headers

    def suffix(self, streaming):
        """Of the prepared file that is the body where nothing is compressed."""
        enveloped = self.enveloped or streaming
        if self.json:
            return "json_envelope" if enveloped else "json"
        return "envelope" if enveloped else "bin"

    def compressed(self, message, encoding):
        """The body that carries `message` compressed."""
        content = compression.compress(encoding, message)
        return b"\1" + len(content).to_bytes(4, "big") + content if self.enveloped else content

    def path(self, path, message):
        if not self.get:
            return path
        query = base64.urlsafe_b64encode(message).decode().rstrip("=")
        return f"{path}?connect=v1&encoding=proto&base64=1&message={query}"

    def connect(self, port):
        return (Http1Connection if self.http1 else Http2Connection)(port, self.tls)

    def messages(self, answer, streaming, encoding):
        """The messages of an answer. Raises CallFailed where it tells of an error, ValueError where it is not
        compressed as was asked for."""
        if not (self.enveloped or streaming):
            return [compression.decompress(encoding, answer) if encoding else answer]
        messages = []
        while answer:
            flags, size = answer[0], int.from_bytes(answer[1:5], "big")
            content, answer = answer[5:5 + size], answer[5 + size:]
            if len(content) != size:
                raise CallFailed("the answer ends within a message")
            if flags == (1 if encoding else 0):
                messages.append(compression.decompress(encoding, content) if encoding else content)
            elif flags < 2:
                raise CallFailed("the answer is compressed" if flags else "the answer is not compressed")
            elif flags & 0x80 and b"grpc-status:0" not in content.replace(b" ", b""):
                raise CallFailed(content.decode(errors="replace"))
            elif flags & 0x02 and "error" in json.loads(content):
                raise CallFailed(content.decode(errors="replace"))
        return messages


def _protocols():
    grpc = (("te", "trailers"),)
    web = (("x-grpc-web", "1"),)
    connect = (("connect-protocol-version", "1"),)
    for suffix, tls in (("", False), ("-tls", True)):
        yield Protocol("grpc" + suffix, "gRPC" + (", TLS" if tls else ""), "application/grpc", "application/grpc",
                       tls=tls, extra=grpc)
    yield Protocol("grpc-json", "gRPC, JSON", "application/grpc+json", "application/grpc+json", json=True, extra=grpc)
    for suffix, version, http1, tls in (("", "", False, False), ("-h1", ", HTTP/1.1", True, False),
                                        ("-tls", ", TLS", False, True), ("-h1-tls", ", HTTP/1.1, TLS", True, True)):
        yield Protocol("connect" + suffix, "Connect" + version, "application/proto", "application/connect+proto",
                       http1=http1, enveloped=False, tls=tls, extra=connect)
        if tls:
            continue
        yield Protocol("connect-json" + suffix, "Connect, JSON" + version, "application/json",
                       "application/connect+json", http1=http1, json=True, enveloped=False, extra=connect)
        yield Protocol("grpc-web" + suffix, "gRPC-Web" + version, "application/grpc-web+proto",
                       "application/grpc-web+proto", http1=http1, extra=web)
        yield Protocol("grpc-web-json" + suffix, "gRPC-Web, JSON" + version, "application/grpc-web+json",
                       "application/grpc-web+json", http1=http1, json=True, extra=web)
    yield Protocol("connect-get", "Connect, GET", "", "", enveloped=False, get=True)


PROTOCOLS = {protocol.name: protocol for protocol in _protocols()}
# A file that nghttpd serves: no protocol of RPCs, only what HTTP/2 costs.
STATIC = Protocol("static", "static file", "", "", enveloped=False, get=True)
STATIC_TLS = Protocol("static-tls", "static file, TLS", "", "", enveloped=False, get=True, tls=True)
