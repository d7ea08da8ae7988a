"""Who may use the API: whoever has the token; without one, programs on this machine, and no web page that they show."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

__all__ = ["Access", "RequestRefused", "guarded", "is_loopback"]

MOST_BYTES = 1 << 20  # of a request's body

Handler = Callable[[Request], Awaitable[Response]]


class RequestRefused(Exception):
    """A request is refused with this HTTP status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Access:
    """The bearer token ("" for none), and whether we listen on loopback only."""

    token: str
    loopback: bool

    def check(self, request: Request) -> None:
        """Raises `RequestRefused` unless the request may pass."""
        if self.token:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                raise RequestRefused(401, "the header `Authorization: Bearer TOKEN` is missing, or the token is wrong")
        elif not self.loopback:
            raise RequestRefused(403, "beyond loopback the API needs a token: set web.token")
        elif not is_loopback(request.url.hostname or ""):
            # A page that a browser shows may have had its own name lead to this machine.
            raise RequestRefused(403, "without a token the API answers to localhost only")


def guarded(access: Access, handler: Handler) -> Handler:
    """The handler behind the access check; what is refused, or is not JSON, gets one sentence."""

    async def handle(request: Request) -> Response:
        try:
            access.check(request)
            if request.method in ("POST", "PUT", "PATCH"):
                _check_body(request)
            return await handler(request)
        except RequestRefused as refused:
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
            return JSONResponse({"error": str(refused)}, refused.status, headers)

    return handle


def _check_body(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # which no web page can send to another site without asking first
        raise RequestRefused(415, "the body must be JSON, with `Content-Type: application/json`")
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise RequestRefused(413, f"the body needs a Content-Length, of at most {MOST_BYTES} bytes")


def is_loopback(host: str) -> bool:
    """Whether a host, as an address or `localhost`, is this machine only."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
