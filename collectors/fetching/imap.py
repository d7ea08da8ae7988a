"""A folder of mail, read over IMAP (RFC 3501): read only, and within a deadline and a number of bytes.

The folder is opened by EXAMINE and messages are read by BODY.PEEK, so nobody's mail is marked as read by us. What a
server sends is counted as it comes, whatever sizes it announces.
"""

import imaplib
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from collectors.fetching.credentials import Login
from collectors.fetching.imap_connection import ImapConnection, ImapError, said_in
from collectors.fetching.imap_names import quoted, utf7
from stream.net.line import Line

__all__ = ["Folder", "Listed", "opened"]

_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,60})"')
_BODY = re.compile(rb"BODY\[\](?:<\d+>)? \{\d+\}$")


class Listed(NamedTuple):
    """A message in the folder: its uid, its size in bytes, and when the server got it, as the server writes it."""

    uid: int
    size: int
    received: str


class Folder:
    """An open folder; `validity` and `next_uid` are 0 where the server does not tell."""

    def __init__(self, connection: ImapConnection) -> None:
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
            raise ImapError("protocol", f"the server does not list its messages: {said_in(parts)}")
        return [part for part in parts if isinstance(part, bytes | tuple)]


_ABOUT = "(UID INTERNALDATE RFC822.SIZE)"


@contextmanager
def opened(
    line: Line, login: Login, folder: str, *, deadline: float, read_timeout: float, most_bytes: int
) -> Iterator[Folder]:
    """Logs in and opens the folder to be read only; raises `ImapError` for all that the server does.

    `deadline` is a time of `time.monotonic`.
    """
    try:
        connection = _greeted(line.sock, deadline, read_timeout, most_bytes)
        if not line.is_private:
            connection.start_tls(line)
        _log_in(connection, login)
        status, said = connection.select(quoted(utf7(folder)), readonly=True)
        if status != "OK":
            raise ImapError("status", f"the server does not open the folder {folder!r}: {said_in(said)}")
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
        line.sock.close()


def _greeted(sock: socket.socket, deadline: float, read_timeout: float, most_bytes: int) -> ImapConnection:
    try:
        connection = ImapConnection(sock, deadline, read_timeout, most_bytes)
    except imaplib.IMAP4.error as error:
        raise ImapError("connection", f"the server does not let us in: {error}") from None
    if connection.state != "NONAUTH":  # PREAUTH, after which there is no TLS any more
        raise ImapError("protocol", "the server takes us for somebody who has logged in already")
    return connection


def _log_in(connection: ImapConnection, login: Login) -> None:
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


def _log_in_by_token(connection: ImapConnection, user: str, token: str) -> None:
    if "AUTH=XOAUTH2" not in connection.capabilities:
        raise ImapError("auth", "the server takes no access tokens (XOAUTH2): give a password as `basic REF`")
    said = iter((f"user={user}\1auth=Bearer {token}\1\1".encode(),))
    connection.authenticate("XOAUTH2", lambda _: next(said, b""))  # what comes next says why not, and waits for nothing
