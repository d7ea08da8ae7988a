"""What servers send, as HTTP in the strict form that h11 takes: what browsers pass over is passed over.

A header line that is none, or whose name is none, is left out, and control characters in values are blanks. Of
Content-Length only a number counts, and of Transfer-Encoding only `chunked`. Chunks may lack the line end behind their
data, and the last one the empty line behind it where the connection ends. Two lengths that contradict each other stay
an error, since nobody knows then what belongs to the body. Limits are the connection's and h11's.
"""

import re

__all__ = ["Lenient"]

_STATUS = re.compile(rb"HTTP/(\d)(?:\.(\d))?[ \t]+(\d{3})(?!\S)", re.IGNORECASE)
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SIZE = re.compile(rb"[ \t]*0*([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
_LONGEST_LINE = 16 * 1024


class Lenient:
    """One response on its way from the socket to h11."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = self._head
        self._left = 0  # bytes of the chunk

    @property
    def clean(self) -> bool:
        """Whether nothing is kept back."""
        return not self._buffer

    def feed(self, data: bytes) -> bytes:
        """What h11 is to be given for these bytes; b"" is the end of the connection."""
        if not data:
            return self._ended()
        self._buffer += data
        out = bytearray()
        while True:
            before, at = len(self._buffer), self._at
            out += self._at()
            if self._at == at and len(self._buffer) == before:
                return bytes(out)

    def _ended(self) -> bytes:
        if self._at == self._size and self._buffer.strip(b" \t\r") and not self._buffer.strip(b"0 \t\r"):
            self._buffer.clear()
            return b"0\r\n\r\n"
        if self._at == self._trailers:
            self._buffer.clear()
            return b"\r\n"
        return self._as_it_is()

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _line(self) -> bytes | None:
        """The next line with its end; None while it has not come, and at one that is too long h11 is to stumble."""
        if (end := self._buffer.find(b"\n")) >= 0:
            return self._take(end + 1)
        if len(self._buffer) > _LONGEST_LINE:
            self._at = self._as_it_is
        return None

    def _as_it_is(self) -> bytes:
        return self._take(len(self._buffer))

    def _head(self) -> bytes:
        del self._buffer[: len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))]
        end = _END_OF_HEAD.search(self._buffer)
        if end is None:
            return b""
        head = self._take(end.end())
        status = _STATUS.match(head)
        if status is None:
            self._at = self._as_it_is
            return head
        fields = _fields(head.splitlines()[1:])
        if status[3][:1] != b"1":
            chunked = any(name == b"Transfer-Encoding" for name, _ in fields)
            self._at = self._size if chunked else self._as_it_is
        minor = b"0" if (status[1], status[2]) == (b"1", b"0") else b"1"
        lines = [b"HTTP/1." + minor + b" " + status[3] + b" ", *(name + b": " + value for name, value in fields)]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _size(self) -> bytes:
        if (line := self._line()) is None:
            return b""
        size = _SIZE.fullmatch(line.rstrip(b"\r\n"))
        if size is None:
            self._at = self._as_it_is
            return line
        self._left = int(size[1], 16)
        self._at = self._data if self._left else self._trailers
        return b"" if self._left else b"0\r\n"

    def _data(self) -> bytes:
        piece = self._take(self._left)
        self._left -= len(piece)
        if not self._left:
            self._at = self._behind
        return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""

    def _behind(self) -> bytes:
        """The line end behind a chunk's data, if it is there."""
        if bytes(self._buffer[:2]) not in (b"", b"\r"):
            self._take(2 if self._buffer[:2] == b"\r\n" else self._buffer[:1] == b"\n")
            self._at = self._size
        return b""

    def _trailers(self) -> bytes:
        """The lines behind the last chunk, which nobody reads, up to the empty one."""
        if (line := self._line()) is None or line.strip(b"\r\n"):
            return b""
        self._at = self._as_it_is
        return b"\r\n"


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """The header fields that are some, with the two that say how long the body is in a form without doubt."""
    fields: list[tuple[bytes, bytes]] = []
    kept = False
    for line in lines:
        if line[:1] in (b" ", b"\t"):  # goes on from the line before
            if kept:
                fields[-1] = (fields[-1][0], fields[-1][1] + b" " + line.strip())
            continue
        name, colon, value = line.partition(b":")
        kept = bool(colon and _NAME.fullmatch(name := name.rstrip()))
        if kept:
            fields.append((name, value.strip()))
    fields = [(name, _CONTROLS.sub(b" ", value).strip()) for name, value in fields]
    chunked = any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in fields)
    lengths = {
        part.strip() for name, value in fields if name.lower() == b"content-length" for part in value.split(b",")
    }
    others = [f for f in fields if f[0].lower() not in (b"transfer-encoding", b"content-length")]
    if chunked:
        return [*others, (b"Transfer-Encoding", b"chunked")]
    return [*others, *((b"Content-Length", length) for length in sorted(lengths) if length.isdigit())]
