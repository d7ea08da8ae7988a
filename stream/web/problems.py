"""Why a request was refused: for programs problem details in JSON (RFC 9457), for people in a browser a page."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["MEDIA_TYPE", "InWords", "Problem", "Refusing", "Telling", "problem", "refusals", "telling"]

MEDIA_TYPE = "application/problem+json"
InWords = Callable[[Request, int, str], Response]  # (request, status, why) -> a page
Telling = Callable[[Request, int, str, Mapping[str, str] | None], Response]  # (request, status, why, headers)
Refusing = Callable[[Request, Exception], Awaitable[Response]]
_SENTENCES = {404: "there is nothing at this address", 405: "this address does not take this method"}


class Problem(msgspec.Struct, frozen=True):
    """Why a request was refused: `title` is what the status means, `detail` a sentence on this request."""

    type: str
    title: str
    status: int
    detail: str


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that refuses a request with this sentence."""
    told = Problem("about:blank", HTTPStatus(status).phrase, status, detail)
    return Response(msgspec.json.encode(told), status, headers, MEDIA_TYPE)


def telling(in_words: InWords | None) -> Telling:
    """Return what refuses a request: who asks for a page is told `in_words`, unless they ask the API."""

    def told(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
        reads = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
        if in_words is None or not reads:
            return problem(status, detail, headers)
        page = in_words(request, status, detail)
        page.headers.update(headers or {})
        return page

    return told


def refusals(told: Telling) -> Mapping[type[Exception], Refusing]:
    """Return the handlers of what no route has answered: an address or a method that is not there, and our defects."""

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return told(request, error.status_code, _SENTENCES.get(error.status_code, error.detail), error.headers)

    async def on_defect(request: Request, _: Exception) -> Response:
        why = "something is wrong here, and the log says what"  # which a stranger should not read
        return told(request, 500, why, None)

    return {HTTPException: on_http_error, Exception: on_defect}
