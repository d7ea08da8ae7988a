"""Browsers: under which name one reached us, for whose page it asks, and what it may do with our answers."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Sealed", "from_another_site", "host_of", "led_here"]

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


def host_of(request: Request) -> str:
    """The host by which we were reached, in lower case, without port and brackets; "" for one that is no host."""
    found = _HOST.fullmatch(request.headers.get("host", ""))
    return (found[1] or found[2]).lower().removesuffix(".") if found else ""


def from_another_site(request: Request, strict: bool = False) -> bool:
    """Whether a page of another origin asks; a link that a person follows there only shows what it leads to.

    Programs, and older browsers, say nothing of it; with `strict` that is not enough. A form of our own page is of the
    origin `null`, since our pages tell nobody where they are (`Referrer-Policy`).
    """
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    if strict:
        return site != "same-origin"
    if request.method == "GET" and request.headers.get("sec-fetch-mode") == "navigate":
        return False
    if site:  # the browser's own word, which no page can have it change
        return site not in ("same-origin", "none")
    return bool(origin) and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()


def led_here(request: Request) -> bool:
    """Whether a person has followed a link of another site, with which a browser keeps our strict cookies back."""
    elsewhere = request.headers.get("sec-fetch-site", "") in ("cross-site", "same-site")
    return request.method == "GET" and elsewhere and request.headers.get("sec-fetch-mode") == "navigate"


class Sealed:
    """An application whose answers run nothing, load nothing and are shown in no frame, where they say no more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers that an answer does not have itself."""

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sealed)
