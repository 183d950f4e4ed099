"""Compression of messages, as protocols name it. zstd is the system's library, which Python does not bring."""

import ctypes
import zlib

_GZIP = 16 + zlib.MAX_WBITS


def _zstd(name, *arguments):
    library = ctypes.CDLL("libzstd.so.1")
    function = getattr(library, name)
    function.restype = ctypes.c_size_t
    size = function(*arguments)
    if library.ZSTD_isError(ctypes.c_size_t(size)):
        raise ValueError(f"{name} failed")
    return size


def compress(encoding, content):
    if encoding == "gzip":
        compressor = zlib.compressobj(6, wbits=_GZIP)
        return compressor.compress(content) + compressor.flush()
    out = ctypes.create_string_buffer(len(content) + len(content) // 128 + 512)
    size = _zstd("ZSTD_compress", out, ctypes.c_size_t(len(out)), content, ctypes.c_size_t(len(content)), 3)
    return out.raw[:size]


def decompress(encoding, content, max_bytes=1 << 23):
    """Raises ValueError where `content` is not of this encoding."""
    if encoding == "gzip":
        try:
            return zlib.decompress(content, wbits=_GZIP)
        except zlib.error as error:
            raise ValueError(str(error)) from error
    out = ctypes.create_string_buffer(max_bytes)
    size = _zstd("ZSTD_decompress", out, ctypes.c_size_t(len(out)), content, ctypes.c_size_t(len(content)))
    return out.raw[:size]
