"""One connection: a socket and the state of HTTP/1.1 on it, with every read and write bounded by a deadline."""

import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress

import h11

from stream.net.dial import HttpError
from stream.net.lenient import Lenient

__all__ = ["MAX_HEAD", "Connection"]

MAX_HEAD = 32 * 1024
_READ = 64 * 1024


class Connection:
    """One socket and the state of HTTP/1.1 on it."""

    def __init__(self, sock: socket.socket, read_timeout: float) -> None:
        self._sock = sock
        self._read_timeout = read_timeout
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._lenient = Lenient()
        self.deadline = 0.0
        self.answered = False  # whether a byte of the current answer was seen

    def request(self, request: h11.Request, body: bytes, at_once: int = _READ) -> h11.Response:
        """Sends a request and reads until its final head, so many bytes at once; with 1 what follows stays unread."""
        self.answered = False
        data = self._h11.send(request) or b""
        if body:
            data += self._h11.send(h11.Data(data=body)) or b""
        data += self._h11.send(h11.EndOfMessage()) or b""
        with suppress(HttpError):  # a server may answer and close before it took all; what it said is read below
            self._write(data)
        left = MAX_HEAD
        while True:
            event = self._event()
            if event is h11.NEED_DATA:
                if left <= 0:
                    raise HttpError("too_large", f"the answer's headers exceed {MAX_HEAD // 1024} KiB")
                left -= self._read(min(left, at_once))
            elif isinstance(event, h11.Response):
                return event
            elif not isinstance(event, h11.InformationalResponse):
                raise HttpError("protocol", "the server sent something else than an answer")

    def body(self) -> Iterator[bytes]:
        """The body in pieces; ends only if it is whole."""
        while True:
            event = self._event()
            if event is h11.NEED_DATA:
                self._read(_READ)
            elif isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                return

    def recycle(self) -> bool:
        """Whether the connection is ready for another request, after taking what has come but reading no more."""
        try:
            while self._h11.their_state is h11.SEND_BODY and self._h11.next_event() is not h11.NEED_DATA:
                pass
            # An answer that nobody asked for must not answer the next request.
            if self._h11.trailing_data != (b"", False) or not self._lenient.clean:
                return False
            self._h11.start_next_cycle()
            self._lenient = Lenient()
        except h11.ProtocolError:
            return False
        return True

    def is_quiet(self) -> bool:
        """Whether an idle connection is still open and has nothing to say."""
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return False
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return not poll.poll(0)

    def start_tls(self, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
        """Goes over to TLS, verified for the host; returns the socket that speaks it."""
        try:
            self._sock.settimeout(self._wait())
            self._sock = secured = context.wrap_socket(self._sock, server_hostname=host)
        except TimeoutError:
            raise HttpError("timeout", "the TLS handshake took too long") from None
        except ssl.SSLCertVerificationError as exc:
            raise HttpError("connection", f"the certificate of {host} is not trusted: {exc.verify_message}") from None
        except OSError as exc:
            raise HttpError("connection", f"the TLS handshake with {host} failed: {_why(exc)}") from None
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._lenient = Lenient()
        return secured

    @property
    def sock(self) -> socket.socket:
        """The socket as it now is, for a caller that speaks another protocol."""
        return self._sock

    def close(self) -> None:
        """Closes the socket."""
        self._sock.close()

    def _wait(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise HttpError("timeout", "the total time for the request has passed")
        return min(self._read_timeout, left)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                self._sock.settimeout(self._wait())
                view = view[self._sock.send(view) :]
        except TimeoutError:
            raise HttpError("timeout", "the server does not take the request") from None
        except OSError as exc:
            raise HttpError("connection", f"the connection broke: {_why(exc)}") from None

    def _read(self, size: int) -> int:
        try:
            self._sock.settimeout(self._wait())
            data = self._sock.recv(size)
        except TimeoutError:
            late = time.monotonic() >= self.deadline
            what = "the total time for the request has passed" if late else "the server has gone silent"
            raise HttpError("timeout", what) from None
        except OSError as exc:
            raise HttpError("connection", f"the connection broke: {_why(exc)}") from None
        if not data and self._h11.their_state is h11.SEND_RESPONSE:
            raise HttpError("connection", "the server closed the connection without a whole answer")
        self.answered = True
        if taken := self._lenient.feed(data):
            self._h11.receive_data(taken)
        if not data:
            self._h11.receive_data(b"")
        return len(data)

    def _event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        try:
            return self._h11.next_event()
        except h11.RemoteProtocolError as exc:
            if exc.error_status_hint == 431:
                raise HttpError("too_large", "the answer's headers or chunk lines are too long") from None
            if self._h11.trailing_data[1]:  # the end of the connection was seen: it came too early
                raise HttpError("connection", "the connection ended before the body was whole") from None
            what = str(exc).partition(":")[0]  # what follows may quote the answer
            raise HttpError("protocol", f"the answer is not valid HTTP: {what}") from None


def _why(exc: OSError) -> str:
    return exc.strerror or type(exc).__name__
