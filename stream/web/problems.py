"""Why a request was refused, for programs: problem details in JSON (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["MEDIA_TYPE", "Problem", "on_defect", "on_http_error", "problem"]

MEDIA_TYPE = "application/problem+json"
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


async def on_http_error(_: Request, error: Exception) -> Response:
    """Answers for an address or a method that is not there."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, _SENTENCES.get(error.status_code, error.detail), error.headers)


async def on_defect(_: Request, __: Exception) -> Response:
    """Answers for a defect of ours, of which the log has more than a stranger should read."""
    return problem(500, "something is wrong here, and the log says what")
