"""Content codings undone with a limit that holds while inflating, so that a bomb costs no more than the limit."""

import zlib

__all__ = ["BadEncoding", "Inflater", "TooLarge", "inflaters"]

_PIECE = 256 * 1024
_MOST_MEMBERS = 4096
_GZIP_MAGIC = b"\x1f\x8b"


class BadEncoding(Exception):
    """The body is not what its Content-Encoding says, or breaks off."""


class TooLarge(Exception):
    """The inflated body exceeds the limit."""


class Inflater:
    """Undoes one gzip or deflate coding; at most `limit` bytes come out of it in all.

    gzip may have several members, and what follows the last one is ignored, as browsers do; deflate is read with the
    zlib wrapper or without.
    """

    def __init__(self, coding: str, limit: int) -> None:
        self._gzip = coding == "gzip"
        self._left = limit
        self._decoder = zlib.decompressobj(31) if self._gzip else None
        self._pending = b""  # the first bytes, too few yet to tell what they begin
        self._members = 1
        self._fed = False
        self._ended = False

    def feed(self, data: bytes) -> bytes:
        """The bytes that `data` inflates to; raises `BadEncoding` or `TooLarge`."""
        self._fed = self._fed or bool(data)
        out = bytearray()
        data = self._pending + data
        self._pending = b""
        while data and not self._ended:
            if self._decoder is None and not self._begin(data):
                break
            data = self._inflate(data, out)
        return bytes(out)

    def finish(self) -> None:
        """Raises `BadEncoding` unless the coded stream came to its end; an empty body is whole."""
        if self._fed and not self._ended and not (self._decoder is None and self._gzip):
            raise BadEncoding("the compressed body breaks off")

    def _begin(self, data: bytes) -> bool:
        """Makes the decoder for what begins here; False while there are too few bytes to tell, or none is to follow."""
        if len(data) < 2:
            self._pending = data
            return False
        if not self._gzip:
            wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._decoder = zlib.decompressobj(15 if wrapped else -15)
            return True
        self._members += 1
        if data[:2] != _GZIP_MAGIC:
            self._ended = True  # padding or rubbish behind the last member
            return False
        if self._members > _MOST_MEMBERS:
            raise BadEncoding("the compressed body has too many parts")
        self._decoder = zlib.decompressobj(31)
        return True

    def _inflate(self, data: bytes, out: bytearray) -> bytes:
        """Inflates into `out` all that belongs to this member; returns what follows it."""
        decoder = self._decoder
        assert decoder is not None
        while not decoder.eof:
            size = min(_PIECE, self._left + 1)
            try:
                piece = decoder.decompress(data, size)
            except zlib.error:
                raise BadEncoding("the body is not compressed in the way that its header says") from None
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge
            out += piece
            data = decoder.unconsumed_tail
            if not data and len(piece) < size:
                break
        if not decoder.eof:
            return b""
        self._decoder = None
        self._ended = not self._gzip
        return decoder.unused_data


def inflaters(content_encoding: str, limit: int) -> list[Inflater]:
    """The inflaters for a Content-Encoding header, in the order in which they undo it; `BadEncoding` for others."""
    names = [name.strip().lower() for name in content_encoding.split(",")]
    codings = [name.removeprefix("x-") for name in names if name not in ("", "identity")]
    if len(codings) > 2 or not {"gzip", "deflate"}.issuperset(codings):
        raise BadEncoding("the body has a content coding that was not asked for")
    return [Inflater(coding, limit) for coding in reversed(codings)]
