"""Operations of the API: each says what it takes and answers, so that routes and the OpenAPI document are one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from stream.web.access import RequestRefused, Role

__all__ = ["Operation", "answered", "asked", "decoded"]


@dataclass(frozen=True)
class Operation:
    """What may be asked of a path, by callers of this role or a higher one.

    `query` and `body` are the types of what it takes, and `gives` is that of what it answers where all is well: of the
    body as JSON, or of each media type that it has instead. `answers` say what each status means.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[Request], Awaitable[Response]]
    answers: Mapping[int, str]
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    gives: Any = None
    media: Sequence[str] = ("application/json",)
    role: Role = field(kw_only=True)


T = TypeVar("T", bound=msgspec.Struct)


def decoded(body: bytes, kind: type[T]) -> T:
    """Return the body as this type; raises `RequestRefused`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RequestRefused(422, f"the body is not what is asked for: {error}") from error


def asked(request: Request, kind: type[T]) -> T:
    """Return the query of the address as this type; raises `RequestRefused`."""
    given = request.query_params.multi_items()
    if len(given) > len(dict(given)):
        raise RequestRefused(422, "each parameter of the address is given once")
    try:
        return msgspec.convert(dict(given), kind, strict=False)
    except msgspec.ValidationError as error:
        raise RequestRefused(422, f"the address asks for what there is not: {error}") from error


def answered(value: object, status: int = 200) -> Response:
    """Return the answer that has this value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")
