"""The demo's mail server (IMAP) on loopback: a folder of newsletters for each outlet that has no feed but mail.

It knows the few commands that a reader of folders sends, lets anybody in, and changes nothing.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

from seeds.demo_items import DemoFeed, DemoItem

__all__ = ["DemoMail", "letter"]

LONGEST_LINE = 4_000
VALIDITY = 1  # the numbers of items are theirs in each run

Messages = Mapping[int, bytes]  # by uid


class DemoMail:
    """Serves folders until it is closed; `opened` has what is in the folder of a name, or None where there is none."""

    def __init__(self, opened: Callable[[str], Messages | None]) -> None:
        self._server = _Server(opened)
        self._thread = Thread(target=self._server.serve_forever, args=(0.1,), name="demo-mail", daemon=True)

    def start(self) -> None:
        """Begins to serve."""
        self._thread.start()

    def address(self, name: str) -> str:
        """Where the folder of this name is."""
        return f"imap://127.0.0.1:{self._server.server_address[1]}/{name}"

    def close(self) -> None:
        """Serves no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def letter(outlet: DemoFeed, item: DemoItem, start: datetime) -> bytes:
    """Return an item as a message."""
    message = EmailMessage(SMTP)
    message["From"] = f"{outlet.name} <letters@{outlet.name}.example>"
    message["Subject"] = item.title
    message["Date"] = item.published(start)
    message["Message-ID"] = f"<{item.number}@{outlet.name}.example>"
    message["Content-Language"] = item.lang
    message.set_content(item.summary)
    return message.as_bytes()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, opened: Callable[[str], Messages | None]) -> None:
        self.opened = opened
        super().__init__(("127.0.0.1", 0), _Reader)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is nothing to tell in the demo's terminal; anything else is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed has it narrower


class _Reader(StreamRequestHandler):
    timeout = 30  # seconds that an idle connection holds its thread
    server: _Server

    def handle(self) -> None:
        self.wfile.write(b"* OK the demo's mail\r\n")
        messages: Messages = {}
        while line := self.rfile.readline(LONGEST_LINE).decode("utf-8", "replace").rstrip("\r\n"):
            tag, _, command = line.partition(" ")
            name, _, words = command.partition(" ")
            said, good = b"", True
            match name.upper():
                case "CAPABILITY":
                    said = b"* CAPABILITY IMAP4rev1\r\n"
                case "EXAMINE":
                    found = self.server.opened(words.strip('"'))
                    good, messages = found is not None, found or {}
                    said = _opened(messages) if good else b""
                case "FETCH" | "UID":
                    said = b"".join(_fetched(messages, command))
                case "LOGOUT":
                    said = b"* BYE see you\r\n"
                case _:
                    good = name.upper() == "LOGIN"
            self.wfile.write(said + f"{tag} {'OK done' if good else 'NO not here'}\r\n".encode())


def _opened(messages: Messages) -> bytes:
    return (
        f"* {len(messages)} EXISTS\r\n* OK [UIDVALIDITY {VALIDITY}] valid\r\n"
        f"* OK [UIDNEXT {max(messages, default=0) + 1}] next\r\n"
    ).encode()


def _fetched(messages: Messages, command: str) -> Iterator[bytes]:
    """What FETCH and UID FETCH have of these messages: what they are, or the beginning of their bytes."""
    by_uid, _, rest = command.rpartition("FETCH ")
    which, _, what = rest.partition(" ")
    most = re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", what)
    for number, uid in enumerate(sorted(messages), 1):
        if not _is_in(uid if by_uid else number, which):
            continue
        body = messages[uid]
        if most:
            body = body[: int(most[1])]
            yield f"* {number} FETCH (UID {uid} BODY[]<0> {{{len(body)}}}\r\n".encode() + body + b")\r\n"
        else:
            yield f"* {number} FETCH (UID {uid} RFC822.SIZE {len(body)})\r\n".encode()


def _is_in(number: int, which: str) -> bool:
    """Whether a number is in a set such as `3,5` or `7:*`."""
    for part in which.split(","):
        first, _, last = part.partition(":")
        if int(first) <= number and (last == "*" or number <= int(last or first)):
            return True
    return False
