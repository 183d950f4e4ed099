"""A client that makes one call at a time, for checking answers and for holding idle connections: HTTP/2 as far as that
needs it (fields are never compressed, and those of the answer not read), and HTTP/1.1; either over TLS, where any
certificate will do."""

import socket
import ssl
import struct

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_INITIAL_WINDOW_SIZE = 4
_MAX_FRAME = 16384
_TIMEOUT_S = 30


class CallFailed(Exception):
    pass


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def _text(text):
    """HPACK's literal, without Huffman."""
    length = len(text)
    prefix = bytes([min(length, 127)])
    if length >= 127:
        length -= 127
        while length >= 128:
            prefix += bytes([length % 128 + 128])
            length //= 128
        prefix += bytes([length])
    return prefix + text.encode()


def _field(name, value):
    """A literal field that is not indexed."""
    return b"\0" + _text(name) + _text(value)


def _connect(port, tls, application):
    connection = socket.create_connection(("127.0.0.1", port), _TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not tls:
        return connection
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([application])
    return context.wrap_socket(connection)


class Http2Connection:
    def __init__(self, port, tls):
        self._socket = _connect(port, tls, "h2")
        self._scheme = "https" if tls else "http"
        self._authority = f"127.0.0.1:{port}"
        self._input = b""
        self._stream = -1
        self._stream_window = self._connection_window = self._initial_window = 65535
        # As much as there may be, on the stream and on the connection: no more is ever granted.
        large = 2**31 - 1
        settings = struct.pack(">HI", _INITIAL_WINDOW_SIZE, large)
        self._socket.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, settings) +
                             _frame(_WINDOW_UPDATE, 0, 0, struct.pack(">I", large - 65535)))

    def close(self):
        self._socket.close()

    def call(self, path, headers, body):
        """The body of the answer; a body of None is a GET. Raises CallFailed where the stream or the connection ends
        otherwise."""
        self._stream += 2
        self._stream_window = self._initial_window
        fields = [(":method", "GET" if body is None else "POST"), (":scheme", self._scheme), (":path", path),
                  (":authority", self._authority), *headers]
        block = b"".join(_field(name, value) for name, value in fields)
        flags = _END_HEADERS | (_END_STREAM if body is None else 0)
        self._socket.sendall(_frame(_HEADERS, flags, self._stream, block))
        answer = []
        sent = None if body is None else 0
        while True:
            room = max(0, min(_MAX_FRAME, self._stream_window, self._connection_window))
            if sent is not None and (room > 0 or sent == len(body)):
                part = body[sent:sent + room]
                sent += len(part)
                self._stream_window -= len(part)
                self._connection_window -= len(part)
                end = sent == len(body)
                self._socket.sendall(_frame(_DATA, _END_STREAM if end else 0, self._stream, part))
                sent = None if end else sent
            elif self._take(answer):
                return b"".join(answer)

    def _read(self, size):
        while len(self._input) < size:
            part = self._socket.recv(1 << 16)
            if not part:
                raise CallFailed("the server closed the connection")
            self._input += part
        taken, self._input = self._input[:size], self._input[size:]
        return taken

    def _take(self, answer):
        """Takes one frame; True when the call has ended."""
        head = self._read(9)
        kind, flags = head[3], head[4]
        stream = struct.unpack(">I", head[5:])[0]
        payload = self._read(int.from_bytes(head[:3], "big"))
        if kind == _SETTINGS and not flags & _ACK:
            self._apply(payload)
            self._socket.sendall(_frame(_SETTINGS, _ACK, 0, b""))
        elif kind == _PING and not flags & _ACK:
            self._socket.sendall(_frame(_PING, _ACK, 0, payload))
        elif kind == _WINDOW_UPDATE and stream == 0:
            self._connection_window += struct.unpack(">I", payload)[0]
        elif kind == _WINDOW_UPDATE and stream == self._stream:
            self._stream_window += struct.unpack(">I", payload)[0]
        elif kind == _GOAWAY:
            raise CallFailed(f"GOAWAY {payload[8:].decode(errors='replace')}")
        elif kind == _RST_STREAM and stream == self._stream:
            raise CallFailed(f"RST_STREAM with error {struct.unpack('>I', payload)[0]}")
        elif kind == _DATA and stream == self._stream:
            answer.append(payload)
        return kind in (_DATA, _HEADERS) and stream == self._stream and bool(flags & _END_STREAM)

    def _apply(self, settings):
        for i in range(0, len(settings), 6):
            name, value = struct.unpack(">HI", settings[i:i + 6])
            if name == _INITIAL_WINDOW_SIZE:
                self._stream_window += value - self._initial_window
                self._initial_window = value


class Http1Connection:
    def __init__(self, port, tls):
        self._socket = _connect(port, tls, "http/1.1")
        self._reader = self._socket.makefile("rb")
        self._host = f"127.0.0.1:{port}"

    def close(self):
        self._reader.close()
        self._socket.close()

    def call(self, path, headers, body):
        head = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", f"host: {self._host}"]
        head += [f"content-length: {len(body)}"] if body is not None else []
        head += [f"{name}: {value}" for name, value in headers]
        self._socket.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + (body or b""))
        status = self._reader.readline().split()
        fields = {}
        while (line := self._reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            fields[name.strip().lower()] = value.strip()
        answer = self._body(fields)
        if status[1:2] != [b"200"]:
            raise CallFailed(f"HTTP status {status[1:2]}: {answer[:200]!r}")
        return answer

    def _body(self, fields):
        if b"content-length" in fields:
            return self._reader.read(int(fields[b"content-length"]))
        if fields.get(b"transfer-encoding") != b"chunked":
            raise CallFailed("an answer without length")
        chunks = []
        while (size := int(self._reader.readline().split(b";")[0], 16)) > 0:
            chunks.append(self._reader.read(size))
            self._reader.readline()
        while self._reader.readline() not in (b"\r\n", b""):
            pass
        return b"".join(chunks)
