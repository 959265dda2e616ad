"""What a broken or hostile HTTP server answers. Written by hand: no library would let these out."""

import gzip
from functools import cache


def _answer(status: str, headers: bytes, body: bytes, *, told: int | None = None) -> bytes:
    length = len(body) if told is None else told
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status.encode(), headers, length, body)


@cache
def _bomb() -> bytes:
    """A megabyte that becomes a gigabyte."""
    return _answer(
        "500 Oops", b"Content-Encoding: gzip\r\nContent-Type: application/json\r\n", gzip.compress(bytes(1 << 30), 1)
    )


def lies() -> dict[str, bytes]:
    """Each by its name. None of them says that a message was taken."""
    return {
        "NUL bytes": _answer("500 Oops", b"", b"broken \0\0 here \0"),
        "NUL in JSON": _answer("400 Bad", b"Content-Type: application/json\r\n", rb'{"error":"\u0000\ud800 x"}'),
        "no UTF-8": _answer("500 Oops", b"Content-Type: text/plain; charset=utf-8\r\n", b"\xff\xfe\x80\xc3(" * 40),
        "8-bit headers": _answer("503 B\xfcsy", b'ETag: "\xff\xe9"\r\nRetry-After: \xb2\r\nX-\xc3: \x80\r\n', b"no"),
        "wild Retry-After": _answer("503 Busy", b"Retry-After: 99999999999999999999\r\n", b""),
        "half an answer": _answer("500 Oops", b"", b"and then", told=4000),
        "no HTTP": b"\x16\x03\x01 SSH-2.0-nonsense\r\n\0\0\r\n\r\n",
        "a header without end": b"HTTP/1.1 500 Oops\r\nX: " + b"a" * 200_000,
        "huge gzip": _bomb(),
        "a broken gzip": _answer("500 Oops", b"Content-Encoding: gzip\r\n", b"\x1f\x8b\x08\0nonsense"),
        "a redirect inside": _answer("302 Found", b"Location: http://169.254.169.254/latest/\r\n", b""),
        "nothing at all": b"",
    }
