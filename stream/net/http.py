"""The one HTTP client of the service: guarded, bounded in every direction, and polite to connections.

    send ─► check the URL ─► an idle connection, or: look up ─► check each address ─► connect to it ─► TLS ─► request

*Guarded*: the address that was checked is the address that is connected to, so a name that resolves differently a
moment later gains nothing. A request that is not `trusted` (a redirect's next hop) gets no benefit from the allowed
networks, and never shares a connection with one that is.
*Bounded*: look-up, connect, handshake, each read and each write last at most their own time-out and never beyond the
request's deadline, so drips end there too. A response's head, with all interim ones before it, has at most `MAX_HEAD`
bytes. Bodies are handed out in pieces; counting them is the caller's part.
No cookies, no redirects, no environment: proxies and trust come in as arguments.
"""

import base64
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import h11

from stream.net.connection import MAX_HEAD, Connection
from stream.net.dial import Dialer, HttpError
from stream.net.guard import Blocked, Network, Target, check_target, parse_url
from stream.net.keep_alive import Idle
from stream.net.line import Line, ends_here
from stream.net.trust import trusting

__all__ = ["MAX_HEAD", "Client", "Headers", "HttpError", "Response"]

Headers = Sequence[tuple[str, str]]
_Key = tuple[str, str, int, bool]
_IN_CLEAR = ("http", "imap")  # at least as it begins


class Response:
    """An answer whose body was not read yet; leave it (`with`) to give its connection back or close it."""

    def __init__(self, head: h11.Response, connection: Connection, idle: Idle[_Key, Connection], key: _Key) -> None:
        self.status = head.status_code
        self._headers = head.headers
        self._connection = connection
        self._idle = idle
        self._key = key

    def header(self, name: str) -> str:
        """The values of a header in latin-1, joined by commas; "" if there is none."""
        wanted = name.lower().encode("ascii")
        return ", ".join(value.decode("latin-1") for key, value in self._headers if key == wanted)

    def body(self) -> Iterator[bytes]:
        """The body in pieces as sent, chunks undone; raises `HttpError` unless it comes whole and in time."""
        return self._connection.body()

    def beginning(self, limit: int, seconds: float) -> bytes:
        """How the body begins, as sent: at most `limit` bytes or a little more, and what comes within the time."""
        self._connection.deadline = min(self._connection.deadline, time.monotonic() + seconds)
        found = b""
        with suppress(HttpError):
            for piece in self._connection.body():
                found += piece
                if len(found) >= limit:
                    break
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        if self._connection.recycle():
            self._idle.put(self._key, self._connection)
        else:
            self._connection.close()


class Client:
    """A guarded HTTP/1.1 client with keep-alive, for many threads.

    `allowed` networks are let through for trusted requests. With `proxy` (`http://[user:password@]host:port`) the
    proxy resolves names and connects: only literal addresses are checked here, the rest is the proxy's duty.
    """

    def __init__(
        self,
        *,
        allowed: Sequence[Network] = (),
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        proxy: str | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._proxy = parse_url(proxy) if proxy else None
        if self._proxy and self._proxy.scheme != "http":
            raise ValueError("a proxy is given as http://HOST:PORT")
        self._dialer = Dialer()
        self._context = context or trusting(None)
        self._idle: Idle[_Key, Connection] = Idle()

    def send(
        self,
        method: str,
        target: Target,
        headers: Headers = (),
        body: bytes = b"",
        *,
        deadline: float,
        trusted: bool = True,
    ) -> Response:
        """Sends one request and reads the answer's head; `deadline` is a time of `time.monotonic` for all of it.

        Raises `HttpError` for all that the network does, with the kind `blocked` for what the guard refuses.
        """
        allowed = self._allowed if trusted else ()
        try:
            check_target(target, allowed)
        except Blocked as exc:
            raise HttpError("blocked", str(exc)) from None
        request = self._request(method, target, headers, body)
        key = (target.scheme, *target.address, trusted)
        while connection := self._idle.take(key):
            try:
                return self._exchange(connection, request, body, deadline, key)
            except HttpError as exc:
                # It was closed while idle, or its server reads no more of it: as good as never sent, if it does no harm
                # to send twice. After silence, another kept connection would only cost as much again.
                if connection.answered or exc.kind not in ("connection", "timeout") or method not in ("GET", "HEAD"):
                    raise
                if exc.kind == "timeout":
                    break
        return self._exchange(self._open(target, allowed, deadline), request, body, deadline, key)

    def connect(self, target: Target, *, deadline: float) -> Line:
        """A connection for another protocol than HTTP, guarded like a trusted request; raises `HttpError`."""
        try:
            check_target(target, self._allowed)
        except Blocked as exc:
            raise HttpError("blocked", str(exc)) from None
        connection = self._open(target, self._allowed, deadline)
        sock = connection.sock
        # What a proxy on this machine is told goes on from there.
        is_private = isinstance(sock, ssl.SSLSocket) or (self._proxy is None and ends_here(sock))
        return Line(connection, is_private, lambda: self._secure(connection, target, deadline))

    def close(self) -> None:
        """Closes the idle connections; those in use are closed when their answers are left."""
        self._idle.close()

    def _exchange(
        self, connection: Connection, request: h11.Request, body: bytes, deadline: float, key: _Key
    ) -> Response:
        connection.deadline = deadline
        try:
            return Response(connection.request(request, body), connection, self._idle, key)
        except BaseException:
            connection.close()
            raise

    def _request(self, method: str, target: Target, headers: Headers, body: bytes) -> h11.Request:
        forward = self._proxy is not None and target.scheme == "http"
        fields = [("Host", target.authority), *((name, value.strip()) for name, value in headers)]
        if body or method not in ("GET", "HEAD"):
            fields.append(("Content-Length", str(len(body))))
        if forward and self._proxy:
            fields += _proxy_auth(self._proxy)
        try:
            encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields]
            return h11.Request(method=method, target=target.url if forward else target.path, headers=encoded)
        except (h11.LocalProtocolError, UnicodeEncodeError):
            raise HttpError("protocol", "a header of the request has characters that HTTP does not carry") from None

    def _open(self, target: Target, allowed: Sequence[Network], deadline: float) -> Connection:
        end = min(deadline, time.monotonic() + self._connect_timeout)
        # A proxy is the operator's own choice and may be private.
        if self._proxy:
            sock = self._dialer.dial(*self._proxy.address, end, None)
        else:
            sock = self._dialer.dial(*target.address, end, allowed)
        connection = Connection(sock, self._read_timeout)
        try:
            if self._proxy and target.scheme != "http":
                connection.deadline = deadline
                self._tunnel(connection, self._proxy, target)
            if target.scheme not in _IN_CLEAR:
                self._secure(connection, target, deadline)
        except BaseException:
            connection.close()
            raise
        return connection

    def _secure(self, connection: Connection, target: Target, deadline: float) -> ssl.SSLSocket:
        connection.deadline = min(deadline, time.monotonic() + self._connect_timeout)
        return connection.start_tls(self._context, target.host)

    def _tunnel(self, connection: Connection, proxy: Target, target: Target) -> None:
        host = f"[{target.host}]" if ":" in target.host else target.host
        authority = f"{host}:{target.port}"
        request = h11.Request(method="CONNECT", target=authority, headers=[("Host", authority), *_proxy_auth(proxy)])
        answer = connection.request(request, b"", at_once=1)  # the server behind it may speak first
        if not 200 <= answer.status_code < 300:
            raise HttpError("connection", f"the proxy refused to connect, with status {answer.status_code}")


def _proxy_auth(proxy: Target) -> list[tuple[str, str]]:
    if not proxy.userinfo:
        return []
    return [("Proxy-Authorization", "Basic " + base64.b64encode(unquote(proxy.userinfo).encode()).decode())]
