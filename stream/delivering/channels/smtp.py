"""Handing a MIME message in to the operator's own mail server, by SMTP.

    dial ─► TLS ─► greeting ─► login ─► sender ─► every recipient ─► message

All or nothing: where one recipient is refused the message is sent to nobody, so that no repetition reaches those who
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

from stream.delivering.request import DeliveryResponse
from stream.delivering.sanitising import one_line
from stream.net.dial import Dialer, HttpError

__all__ = ["MailServer", "Smtp"]

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


class Smtp:
    """Hands messages in; whatever the server says or does is a response.

    `deadline` in seconds, for all of an attempt; `report` is told each step.
    """

    def __init__(self, server: MailServer, deadline: float, report: Callable[[str], None]) -> None:
        self._server = server
        self._deadline = deadline
        self._report = report
        self._dialer = Dialer()

    def send(self, to: Sequence[str], message: bytes) -> DeliveryResponse:
        """One attempt to send a message to all of these addresses."""
        end = time.monotonic() + self._deadline
        try:
            with self._connected(end) as smtp:
                self._enter(smtp)
                response = self._hand_in(smtp, to, message)
                with suppress(smtplib.SMTPException, OSError):  # the response stands, however they part
                    smtp.quit()
            return response
        except (smtplib.SMTPException, HttpError, OSError, ValueError) as error:
            late = time.monotonic() >= end or isinstance(error, TimeoutError)
            why = f"the mail server did not answer within {self._deadline:g} s" if late else _why(error)
            return DeliveryResponse(False, getattr(error, "smtp_code", 0), why)

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
            self._report(f"server: {server.host}:{server.port} is there")
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
        self._report("tls: none" if server.tls == "none" else f"tls: the certificate is that of {server.host}")
        if server.user:
            smtp.login(server.user, server.password)
        self._report(f"login: as {server.user}" if server.user else "login: none")

    def _hand_in(self, smtp: smtplib.SMTP, to: Sequence[str], data: bytes) -> DeliveryResponse:
        smtp.ehlo_or_helo_if_needed()
        code, text = smtp.mail(self._server.sender)
        if not _good(code):
            return DeliveryResponse(False, code, _refusal(code, f"the sender {self._server.sender}", text))
        replies = [(each, *smtp.rcpt(each)) for each in to]
        refused = [(each, code, text) for each, code, text in replies if not _good(code)]
        if refused:
            each, code, text = refused[0]
            others = f" ({len(refused)} of {len(to)} are refused, so it was sent to nobody)" if len(to) > 1 else ""
            gone = len(refused) == len(to) and all(_nobody(code, text) for _, code, text in refused)
            return DeliveryResponse(False, code, _refusal(code, f"the recipient {each}", text) + others, gone=gone)
        self._report(f"recipients: {', '.join(to)}")
        code, text = smtp.data(data)
        return DeliveryResponse(_good(code), code, "taken" if _good(code) else _refusal(code, "the message", text))


def _cut(smtp: smtplib.SMTP) -> None:
    with suppress(OSError):  # the socket's own shutdown, past TLS, which another thread is using
        socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR) if smtp.sock else None


def _good(code: int) -> bool:
    return 200 <= code < 300


def _nobody(code: int, text: bytes) -> bool:
    return code in NOBODY and not text.startswith(POLICY)


def _refusal(code: int, what: str, text: bytes) -> str:
    return f"the mail server answered {code} to {what}: {one_line(text.decode('utf-8', 'replace'), 200)}"


def _why(error: Exception) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"the mail server answered {error.smtp_code} to the login: mail.user or mail.password is wrong"
        case smtplib.SMTPResponseException():
            text = error.smtp_error
            return _refusal(error.smtp_code, "a command", text if isinstance(text, bytes) else text.encode())
        case smtplib.SMTPServerDisconnected():
            return "the mail server closed the connection"
        case ssl.SSLCertVerificationError():
            return f"the certificate of the mail server is not trusted: {error.verify_message}"
        case UnicodeEncodeError():
            return "mail.user and mail.password can only be ASCII"
        case OSError() if not isinstance(error, smtplib.SMTPException):
            return f"the connection to the mail server broke: {error.strerror or type(error).__name__}"
    return one_line(str(error), 200)
