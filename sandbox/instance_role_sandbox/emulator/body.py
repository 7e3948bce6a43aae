"""A request's body, read from the connection and bounded in size and in time.

Werkzeug's own reader of chunks trusts what a client says of their size. Here nothing is believed before it is there:
https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length.
"""

from __future__ import annotations

import re
import time
from email.message import Message
from io import BufferedIOBase

MAX_BODY = 11 * 1024 * 1024
"""Bytes; beyond what a cloud takes, so that the cloud's own limit is what a client meets first."""
SECONDS = 75.0
"""How long a whole body may take to come."""
_LINE = 1024  # bytes of a chunk's first line, and of a trailer
_TRAILERS = 32
_PIECE = 64 * 1024


class BodyError(Exception):
    """A body that is not taken: the HTTP status that says why. Where it ends is not known: the connection is over."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def read(headers: Message, stream: BufferedIOBase) -> bytes:
    """The whole body of a request with these headers. Raises :class:`BodyError`; ``OSError`` when it does not come."""
    codings, lengths = headers.get_all("Transfer-Encoding", []), headers.get_all("Content-Length", [])
    end = time.monotonic() + SECONDS
    if codings:
        if lengths:
            raise BodyError(400)  # which of the two to believe is how requests are smuggled
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise BodyError(501)
        return _chunks(stream, end)
    if not lengths:
        return b""
    if len(set(lengths)) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0], re.ASCII):
        raise BodyError(400)
    if int(lengths[0]) > MAX_BODY:
        raise BodyError(413)
    return _exactly(stream, int(lengths[0]), end)


def _chunks(stream: BufferedIOBase, end: float) -> bytes:
    body = bytearray()
    while size := _size(_line(stream, end)):
        if len(body) + size > MAX_BODY:
            raise BodyError(413)
        body += _exactly(stream, size, end)
        if _line(stream, end):
            raise BodyError(400)
    for _ in range(_TRAILERS):
        if not _line(stream, end):
            return bytes(body)
    raise BodyError(400)


def _size(line: bytes) -> int:
    match = re.match(rb"([0-9A-Fa-f]{1,8})[ \t]*(;|$)", line)
    if match is None:
        raise BodyError(400)
    return int(match[1], 16)


def _line(stream: BufferedIOBase, end: float) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        if len(line) == _LINE:
            raise BodyError(400)
        line += _exactly(stream, 1, end)
    return bytes(line.rstrip(b"\r\n"))


def _exactly(stream: BufferedIOBase, size: int, end: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        if time.monotonic() > end:
            raise BodyError(408)
        piece = stream.read1(min(size - len(data), _PIECE))
        if not piece:
            raise BodyError(400)
        data += piece
    return bytes(data)
