"""Mail servers on loopback: one that takes what its handler takes, and one that says exactly what a test gives it."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.serving import accepting

__all__ = ["Mailbox", "mail_server", "speaking"]

USER, PASSWORD = "postman", "correct horse"


@dataclass
class Mailbox:
    """What came, and what is answered: to the next recipients and letters, the usual where nothing is left."""

    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    drops: int = 0  # how many letters end with the connection closed
    port: int = 0
    letters: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    users: list[bytes] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def messages(self) -> list[EmailMessage]:
        """What came, read as any mail program would."""
        return [message_from_bytes(each, policy=default) for each in self.letters]  # type: ignore[misc]

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]) -> str:
        said = self.rcpt.pop(0) if self.rcpt else "250 OK"
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drops:
            self.drops -= 1
            server.transport.abort()
            return ""
        said = self.data.pop(0) if self.data else "250 taken"
        if said == "hang":
            await asyncio.get_running_loop().run_in_executor(None, self.over.wait)
        if said.startswith("2"):
            self.letters.append(envelope.content)
            self.recipients.append(envelope.rcpt_tos)
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return said

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        """For aiosmtpd to call."""
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.users += [data.login] if good else []
        return AuthResult(success=good, handled=False)


class _Bound(Controller):
    """On a port that the system chose, with no moment in which another could take it."""

    def __init__(self, handler: Mailbox, **of: object) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, hostname="127.0.0.1", port=self._listener.getsockname()[1], **of)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._listener, ssl=self.ssl_context)


@contextmanager
def mail_server(
    starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = False
) -> Iterator[Mailbox]:
    """A running server; with `login` nobody may send without one."""
    box = Mailbox()
    of = {"auth_required": True, "authenticator": box.login, "auth_require_tls": starttls is not None} if login else {}
    secured = {"tls_context": starttls, "require_starttls": True} if starttls else {}
    controller = _Bound(box, ssl_context=tls, **of, **secured)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        box.over.set()
        controller.stop()


@contextmanager
def speaking(act: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """The port of a server that does this with each connection until the test has ended."""
    over = threading.Event()

    def talk(sock: socket.socket) -> None:
        with sock, suppress(OSError):
            act(sock, over)

    with accepting(talk, over) as port:
        yield port
