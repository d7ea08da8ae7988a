"""A folder of mail, read over IMAP (RFC 3501): read only, and within a deadline and a number of bytes.

The folder is opened by EXAMINE and messages are read by BODY.PEEK, so nobody's mail is marked as read by us. What a
server sends is counted as it comes, whatever sizes it announces.
"""

import imaplib
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from collectors.fetching.credentials import Login
from collectors.fetching.headers import printable
from collectors.fetching.imap_names import quoted, utf7

__all__ = ["Folder", "ImapError", "Listed", "opened"]

LONGEST_LINE = 64 * 1024
LOGOUT_SECONDS = 2.0
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,60})"')
_ENDLESS = re.compile(rb"\{\d{13,}\}\r\n$")
_BODY = re.compile(rb"BODY\[\](?:<\d+>)? \{\d+\}$")


class ImapError(Exception):
    """A folder cannot be read: one of `POLL_OUTCOMES` and a sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(printable(message)[:300])
        self.kind = kind


class Listed(NamedTuple):
    """A message in the folder: its uid, its size in bytes, and when the server got it, as the server writes it."""

    uid: int
    size: int
    received: str


class _Connection(imaplib.IMAP4):
    """The library's client on a socket that is connected already; its reads and writes end at the deadline."""

    def __init__(self, sock: ssl.SSLSocket, deadline: float, read_timeout: float, most_bytes: int) -> None:
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


class Folder:
    """An open folder; `validity` and `next_uid` are 0 where the server does not tell."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self.count = self._number("EXISTS")
        self.validity = self._number("UIDVALIDITY")
        self.next_uid = self._number("UIDNEXT")

    def newest(self, count: int) -> list[Listed]:
        """The last so many messages, in the order of their uids."""
        if not self.count:
            return []
        return self._listed(self._connection.fetch(f"{max(1, self.count - count + 1)}:*", _ABOUT))

    def between(self, first: int, last: int) -> list[Listed]:
        """The messages whose uids lie there, in their order."""
        found = self._listed(self._connection.uid("FETCH", f"{first}:{last}", _ABOUT))
        return [each for each in found if first <= each.uid <= last]

    def messages(self, uids: Sequence[int], most: int) -> dict[int, bytes]:
        """The messages by uid, of each at most so many bytes; one that is gone by now is left out."""
        wanted = ",".join(map(str, uids))
        parts = self._data(self._connection.uid("FETCH", wanted, f"(UID BODY.PEEK[]<0.{most}>)"))
        found = {}
        for at, part in enumerate(parts):
            if not isinstance(part, tuple) or not _BODY.search(part[0]):
                continue
            behind = parts[at + 1] if at + 1 < len(parts) else b""
            uid = _UID.search(part[0]) or (_UID.search(behind) if isinstance(behind, bytes) else None)
            if uid and int(uid[1]) in uids:
                found[int(uid[1])] = part[1][:most]
        return found

    def _number(self, name: str) -> int:
        _, values = self._connection.response(name)
        value = (values or [None])[-1] or b""
        return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) <= 10 else 0

    def _listed(self, answer: tuple[str, Sequence[object]]) -> list[Listed]:
        found = {}
        for part in self._data(answer):
            line = part[0] if isinstance(part, tuple) else part
            uid, size, date = _UID.search(line), _SIZE.search(line), _DATE.search(line)
            if uid and size:
                received = date[1].decode("ascii", "replace").strip() if date else ""
                found[int(uid[1])] = Listed(int(uid[1]), int(size[1]), received)
        return [found[uid] for uid in sorted(found)]

    @staticmethod
    def _data(answer: tuple[str, Sequence[object]]) -> list[bytes | tuple[bytes, bytes]]:
        status, parts = answer
        if status != "OK":
            raise ImapError("protocol", f"the server does not list its messages: {_said(parts)}")
        return [part for part in parts if isinstance(part, bytes | tuple)]


_ABOUT = "(UID INTERNALDATE RFC822.SIZE)"


@contextmanager
def opened(
    sock: ssl.SSLSocket, login: Login, folder: str, *, deadline: float, read_timeout: float, most_bytes: int
) -> Iterator[Folder]:
    """Logs in and opens the folder to be read only; raises `ImapError` for all that the server does.

    `deadline` is a time of `time.monotonic`.
    """
    try:
        connection = _greeted(sock, deadline, read_timeout, most_bytes)
        _log_in(connection, login)
        status, said = connection.select(quoted(utf7(folder)), readonly=True)
        if status != "OK":
            raise ImapError("status", f"the server does not open the folder {folder!r}: {_said(said)}")
        yield Folder(connection)
        connection.hurry()
        with suppress(imaplib.IMAP4.error, ImapError, OSError):
            connection.logout()
    except imaplib.IMAP4.abort as error:  # it said BYE, or something else than IMAP
        raise ImapError("connection", f"the server ended the conversation: {error}") from None
    except imaplib.IMAP4.error as error:
        raise ImapError("protocol", f"the server does not do as it should: {error}") from None
    except TimeoutError:
        raise ImapError("timeout", "the server has gone silent") from None
    except OSError as error:
        raise ImapError("connection", f"the connection broke: {error}") from None
    finally:
        sock.close()


def _greeted(sock: ssl.SSLSocket, deadline: float, read_timeout: float, most_bytes: int) -> _Connection:
    try:
        return _Connection(sock, deadline, read_timeout, most_bytes)
    except imaplib.IMAP4.error as error:
        raise ImapError("connection", f"the server does not let us in: {error}") from None


def _log_in(connection: _Connection, login: Login) -> None:
    user, secret, is_token = login
    try:
        if is_token:
            _log_in_by_token(connection, user, secret)
        elif "AUTH=PLAIN" in connection.capabilities:  # which has no trouble with letters beyond ASCII
            connection.authenticate("PLAIN", lambda _: f"\0{user}\0{secret}".encode())
        else:
            connection.login(quoted(user), secret)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError):  # which may repeat what was sent
        what = "access token: it may have expired" if is_token else "password"
        raise ImapError(
            "auth", f"the server refuses the user name or the {what}: give others with `feeds add URL --credentials`"
        ) from None


def _log_in_by_token(connection: _Connection, user: str, token: str) -> None:
    if "AUTH=XOAUTH2" not in connection.capabilities:
        raise ImapError("auth", "the server takes no access tokens (XOAUTH2): give a password as `basic REF`")
    said = iter((f"user={user}\1auth=Bearer {token}\1\1".encode(),))
    connection.authenticate("XOAUTH2", lambda _: next(said, b""))  # what comes next says why not, and waits for nothing


def _said(parts: Sequence[object]) -> str:
    return b" ".join(part for part in parts if isinstance(part, bytes)).decode("utf-8", "replace")[:200]
