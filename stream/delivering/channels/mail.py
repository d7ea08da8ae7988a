"""The mail channel: one letter a delivery, handed in to the operator's own mail server.

    dial ─► TLS ─► greeting ─► login ─► sender ─► every recipient ─► letter

All or nothing: where one recipient is refused the letter is sent to nobody, so that no repetition reaches those who
have it. The server is a setting, so the guard against private addresses does not apply; its certificate is verified.
"""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from stream.delivering.channels.mime import addresses, letter
from stream.delivering.feedback import Links
from stream.delivering.sanitising import one_line
from stream.delivering.stage import Answer, Parcel
from stream.engine.stage import Request
from stream.net.dial import Dialer, HttpError
from stream.records import Outbound

__all__ = ["Mail", "MailServer"]

NOBODY = (550, 551, 553)  # after a recipient was named: there is no such mailbox here
POLICY = b"5.7."  # an enhanced status that is about us, not about the mailbox


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in, and as whom; `tls` none sends in the clear."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    sender: str
    context: ssl.SSLContext
    user: str = ""
    password: str = field(default="", repr=False)


class Mail:
    """Performs attempts; whatever the server says or does is an answer.

    `deadline` in seconds, for all of an attempt; `links` gives those of a message's alerts, `tell` hears of each step.
    """

    def __init__(
        self,
        server: MailServer,
        deadline: float,
        links: Callable[[Outbound], Links],
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._server = server
        self._deadline = deadline
        self._links = links
        self._tell = tell
        self._dialer = Dialer()

    def perform(self, request: Request) -> bytes:
        """One attempt."""
        parcel = msgspec.json.decode(request.body, type=Parcel)
        if not self._server.host or not self._server.sender:
            missing = Answer(False, 0, "no mail server is set: the settings mail.host and mail.sender name it")
            return msgspec.json.encode(missing)
        end = time.monotonic() + self._deadline
        try:
            answer = self._send(parcel, end)
        except (smtplib.SMTPException, HttpError, OSError, ValueError) as error:
            late = time.monotonic() >= end or isinstance(error, TimeoutError)
            why = f"the mail server did not answer within {self._deadline:g} s" if late else _why(error)
            answer = Answer(False, getattr(error, "smtp_code", 0), why)
        return msgspec.json.encode(answer)

    def close(self) -> None:
        """Keeps no connections."""

    def _send(self, parcel: Parcel, end: float) -> Answer:
        to = addresses(parcel.url)
        data = letter(parcel.outbound, self._server.sender, to, self._links(parcel.outbound)).as_bytes()
        with self._connected(end) as smtp:
            self._enter(smtp)
            answer = self._hand_in(smtp, to, data)
            with suppress(smtplib.SMTPException, OSError):  # what was answered stands, however they part
                smtp.quit()
        return answer

    @contextmanager
    def _connected(self, end: float) -> Iterator[smtplib.SMTP]:
        """A connection that is cut at `end`, in whatever step it is; each read alone would only bound a silence."""
        server = self._server
        sock = self._dialer.dial(server.host, server.port, end, None)
        smtp = smtplib.SMTP(local_hostname=server.sender.rpartition("@")[2])
        smtp.sock = sock
        smtp._host = server.host  # type: ignore[attr-defined]  # for whom `starttls` verifies the certificate
        left = max(0.001, end - time.monotonic())
        sock.settimeout(left)
        watch = threading.Timer(left, _cut, (smtp,))
        watch.daemon = True
        watch.start()
        try:
            self._tell(f"server: {server.host}:{server.port} is there")
            if server.tls == "tls":
                smtp.sock = server.context.wrap_socket(sock, server_hostname=server.host)
            yield smtp
        finally:
            watch.cancel()
            smtp.close()

    def _enter(self, smtp: smtplib.SMTP) -> None:
        """Greeting, TLS and login."""
        server = self._server
        code, text = smtp.getreply()
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        if server.tls == "starttls":
            smtp.starttls(context=server.context)
        self._tell("tls: none" if server.tls == "none" else f"tls: the certificate is that of {server.host}")
        if server.user:
            smtp.login(server.user, server.password)
        self._tell(f"login: as {server.user}" if server.user else "login: none")

    def _hand_in(self, smtp: smtplib.SMTP, to: Sequence[str], data: bytes) -> Answer:
        smtp.ehlo_or_helo_if_needed()
        code, text = smtp.mail(self._server.sender)
        if not _good(code):
            return Answer(False, code, _said(code, f"the sender {self._server.sender}", text))
        replies = [(each, *smtp.rcpt(each)) for each in to]
        refused = [(each, code, text) for each, code, text in replies if not _good(code)]
        if refused:
            each, code, text = refused[0]
            others = f" ({len(refused)} of {len(to)} are refused, so it was sent to nobody)" if len(to) > 1 else ""
            gone = len(refused) == len(to) and all(_nobody(code, text) for _, code, text in refused)
            return Answer(False, code, _said(code, f"the recipient {each}", text) + others, gone=gone)
        self._tell(f"recipients: {', '.join(to)}")
        code, text = smtp.data(data)
        return Answer(_good(code), code, "taken" if _good(code) else _said(code, "the letter", text))


def _cut(smtp: smtplib.SMTP) -> None:
    with suppress(OSError):  # the socket's own shutdown, past TLS, which another thread is using
        socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR) if smtp.sock else None


def _good(code: int) -> bool:
    return 200 <= code < 300


def _nobody(code: int, text: bytes) -> bool:
    return code in NOBODY and not text.startswith(POLICY)


def _said(code: int, what: str, text: bytes) -> str:
    return f"the mail server answered {code} to {what}: {one_line(text.decode('utf-8', 'replace'), 200)}"


def _why(error: Exception) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"the mail server answered {error.smtp_code} to the login: mail.user or mail.password is wrong"
        case smtplib.SMTPResponseException():
            text = error.smtp_error
            return _said(error.smtp_code, "a command", text if isinstance(text, bytes) else text.encode())
        case smtplib.SMTPServerDisconnected():
            return "the mail server closed the connection"
        case ssl.SSLCertVerificationError():
            return f"the certificate of the mail server is not trusted: {error.verify_message}"
        case UnicodeEncodeError():
            return "mail.user and mail.password can only be ASCII"
        case OSError() if not isinstance(error, smtplib.SMTPException):
            return f"the connection to the mail server broke: {error.strerror or type(error).__name__}"
    return one_line(str(error), 200)
