"""Content codings undone with a limit that holds while inflating, so that a bomb costs no more than the limit.

A header that lies over a plain document is passed over, as browsers do, and so is a name in it that is no coding.
"""

import re
import zlib

__all__ = ["FIRST_BYTES", "BadEncoding", "BodyTooLarge", "Inflater", "inflaters"]

FIRST_BYTES = 64  # of a body: they show what it is
_OTHERS = {"br", "zstd", "compress", "dcb", "dcz", "exi"}  # that we do not undo, nor ask for
_PLAIN = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<[?!a-zA-Z]|[\[{]\s*[\"{\]}])|(?:\xff\xfe)?[<{]\0|(?:\xfe\xff)?\0[<{]")

_PIECE = 256 * 1024
_MOST_MEMBERS = 4096
_GZIP_MAGIC = b"\x1f\x8b"


class BadEncoding(Exception):
    """The body is not what its Content-Encoding says, or breaks off."""


class BodyTooLarge(Exception):
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
        """The bytes that `data` inflates to; raises `BadEncoding` or `BodyTooLarge`."""
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
                raise BodyTooLarge
            out += piece
            data = decoder.unconsumed_tail
            if not data and len(piece) < size:
                break
        if not decoder.eof:
            return b""
        self._decoder = None
        self._ended = not self._gzip
        return decoder.unused_data


def inflaters(content_encoding: str, first: bytes, limit: int) -> list[Inflater]:
    """The inflaters for a body with this Content-Encoding that begins so, in the order in which they undo it.

    There are none where the body is plain, whatever the header says, and one for gzip that no header announces.
    Raises `BadEncoding` for a coding that was not requested.
    """
    names = [name.strip().strip('"').lower().removeprefix("x-") for name in content_encoding.split(",")]
    codings = [name for name in names if name in {"gzip", "deflate"} | _OTHERS]
    if len(codings) < 2 and first.startswith(_GZIP_MAGIC):
        codings = ["gzip"]  # also a .gz file, sent as it is
    if not codings or _is_plain(first, codings[-1]):
        return []
    if len(codings) > 2 or _OTHERS.intersection(codings):
        raise BadEncoding("the body has a content coding that was not asked for")
    return [Inflater(coding, limit) for coding in reversed(codings)]


def _is_plain(first: bytes, coding: str) -> bool:
    """Whether a document begins here in plain text; what deflate has packed may look so by chance."""
    if not _PLAIN.match(first):
        return False
    if coding == "deflate":
        try:
            zlib.decompressobj(-15).decompress(first)
            return False
        except zlib.error:
            return True
    return True
