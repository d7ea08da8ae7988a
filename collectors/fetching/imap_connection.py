"""The library's IMAP client on a connection of ours: bounded in time and bytes, over to TLS before any login."""

import imaplib
import re
import socket
import time
from collections.abc import Sequence

from collectors.fetching.headers import printable
from stream.net.dial import HttpError
from stream.net.line import Line

__all__ = ["ImapConnection", "ImapError", "said_in"]

LONGEST_LINE = 64 * 1024
LOGOUT_SECONDS = 2.0
_ENDLESS = re.compile(rb"\{\d{13,}\}\r\n$")


class ImapError(Exception):
    """A folder cannot be read: one of `POLL_OUTCOMES` and a sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(printable(message)[:300])
        self.kind = kind


class ImapConnection(imaplib.IMAP4):
    """The library's client on a socket that is connected already; its reads and writes end at the deadline."""

    def __init__(self, sock: socket.socket, deadline: float, read_timeout: float, most_bytes: int) -> None:
        self._own, self._deadline, self._read_timeout, self._left = sock, deadline, read_timeout, most_bytes
        self._buffer = bytearray()
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Takes the socket as it is."""
        self.sock = self._own

    def read(self, size: int) -> bytes:
        """So many bytes of a literal."""
        if size > self._left + len(self._buffer):
            raise ImapError("too_large", f"the server announces {size:,} bytes, which is more than may come")
        while len(self._buffer) < size:
            self._receive()
        return self._taken(size)

    def readline(self) -> bytes:
        """A line, which has to end some time."""
        looked = 0
        while (end := self._buffer.find(b"\n", looked)) < 0:
            if (looked := len(self._buffer)) > LONGEST_LINE:
                raise ImapError("protocol", "the server sends a line that does not end")
            self._receive()
        line = self._taken(end + 1)
        if _ENDLESS.search(line):
            raise ImapError("too_large", "the server announces more bytes than there are")
        return line

    def send(self, data: bytes) -> None:  # type: ignore[override]  # the stub has a buffer
        """All of a command."""
        self._own.settimeout(self._wait())
        self._own.sendall(data)

    def shutdown(self) -> None:
        """Closes the socket."""
        self._own.close()

    def start_tls(self, line: Line) -> None:
        """Goes over to TLS (RFC 3501, 6.2.1) and forgets what was said before, which anybody may have written."""
        if "STARTTLS" not in self.capabilities:
            raise ImapError("protocol", "the server has no STARTTLS, and no password is sent without it")
        status, said = self.xatom("STARTTLS")
        if status != "OK":
            raise ImapError("protocol", f"the server refuses STARTTLS: {said_in(said)}")
        if self._buffer:
            raise ImapError("protocol", "somebody has sent more than an answer to STARTTLS before TLS began")
        try:
            self.sock = self._own = line.start_tls()
        except HttpError as error:
            raise ImapError(error.kind, str(error)) from None
        self.untagged_responses.clear()
        self.capabilities = tuple(said_in(self.capability()[1]).upper().split())

    def hurry(self) -> None:
        """Little time is left for what has to come now."""
        self._deadline = min(self._deadline, time.monotonic() + LOGOUT_SECONDS)

    def _taken(self, size: int) -> bytes:
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def _receive(self) -> None:
        if self._left <= 0:
            raise ImapError("too_large", "the server sends more bytes than were asked for")
        self._own.settimeout(self._wait())
        piece = self._own.recv(64 * 1024)
        if not piece:
            raise ImapError("connection", "the server closed the connection")
        self._left -= len(piece)
        self._buffer += piece

    def _wait(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ImapError("timeout", "the total time for the poll has passed")
        return min(self._read_timeout, left)


def said_in(parts: Sequence[object]) -> str:
    """The text of an answer, of which a sentence can be made."""
    return b" ".join(part for part in parts if isinstance(part, bytes)).decode("utf-8", "replace")[:200]
