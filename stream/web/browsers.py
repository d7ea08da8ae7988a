"""What a browser says of itself: under which name it reached us, and for whose page it asks."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request

__all__ = ["from_another_site", "host_of"]

_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


def host_of(request: Request) -> str:
    """The host by which we were reached, in lower case, without port and brackets; "" for one that is no host."""
    found = _HOST.fullmatch(request.headers.get("host", ""))
    return (found[1] or found[2]).lower().removesuffix(".") if found else ""


def from_another_site(request: Request, strict: bool = False) -> bool:
    """Whether a page of another origin asks; a link that a person follows there only shows what it leads to.

    Programs, and older browsers, say nothing of it; with `strict` that is not enough.
    """
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    if strict:
        return site != "same-origin"
    if request.method == "GET" and request.headers.get("sec-fetch-mode") == "navigate":
        return False
    if site and site not in ("same-origin", "none"):
        return True
    return bool(origin) and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
