"""Templates to answers: everything of the world is escaped, and a page loads nothing but our own files."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stream.units import show_span
from stream.web.access import Role
from stream.web.page import wording
from stream.web.page.marked import marked
from stream.web.sessions import COOKIE

__all__ = ["HEADERS", "rendered", "static_file"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",  # nothing to others, and with none at all a form would hide its origin
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("stream.web.page"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(host=wording.host, exact=wording.exact, percent=wording.percent, plural=wording.plural)
    made.filters.update(span=show_span, sentence=wording.sentence)
    made.globals.update(
        ago=wording.ago, marked=marked, static=address_of, LABELLER=Role.LABELLER, OPERATOR=Role.OPERATOR
    )
    return made


def rendered(request: Request, template: str, status: int = 200, **context: object) -> Response:
    """Return the template as an answer; the request's own address is `here`, and `logged_in` who may log out."""
    logged_in = COOKIE in request.cookies
    html = _environment().get_template(template).render(here=request.url, logged_in=logged_in, **context)
    return HTMLResponse(html, status, HEADERS)


@cache
def _static(name: str) -> tuple[bytes, str]:
    """A file of ours and the hash of what it says; raises `OSError`."""
    found = (files("stream.web.page") / "static" / name).read_bytes()
    return found, sha256(found).hexdigest()[:16]


def address_of(name: str) -> str:
    """Return the address of a file of ours, another one for each state of it: a browser need not ask for it again."""
    return f"/static/{name}?{_static(name)[1]}"


def static_file(name: str, state: str = "") -> Response | None:
    """Return a file of ours, in this `state` or as it is, None for a name that is none."""
    kind = _KINDS.get(name.rpartition(".")[2])
    if kind is None or "/" in name:
        return None
    try:
        found, now = _static(name)
    except OSError:
        return None
    kept = "public, max-age=31536000, immutable" if state == now else "no-cache"
    headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    return Response(found, media_type=f"{kind}; charset=utf-8", headers=headers)
