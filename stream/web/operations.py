"""Operations of the API: each says what it takes and answers, so that the routes and the OpenAPI document are one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from stream.web.access import Access, RequestRefused, Role, guarded

__all__ = ["Operation", "decoded", "openapi", "routes"]

_REFUSALS = {
    401: "no token, or a wrong one",
    403: "not from here, or not in this role",
    415: "not JSON",
    422: "it makes no sense",
}


@dataclass(frozen=True)
class Operation:
    """What may be asked of a path, by callers of this role or a higher one.

    `body` is the type of what it takes, `answers` say what each status means.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[Request], Awaitable[Response]]
    answers: Mapping[int, str]
    body: type[msgspec.Struct] | None = None
    role: Role = field(kw_only=True)


T = TypeVar("T", bound=msgspec.Struct)


def decoded(body: bytes, kind: type[T]) -> T:
    """Return the body as this type; raises `RequestRefused`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RequestRefused(422, f"the body is not what is asked for: {error}") from error


def routes(operations: Sequence[Operation], access: Access) -> list[BaseRoute]:
    """Return the routes of the operations, and of the document that describes them."""
    document = openapi(operations)

    def show(_: Request) -> Response:
        return JSONResponse(document)

    made: list[BaseRoute] = [Route("/api/openapi.json", show)]
    return made + [Route(o.path, guarded(access, o.role, o.handler), methods=[o.method]) for o in operations]


def openapi(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    bodies = [o.body for o in operations if o.body]
    schemas, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(bodies, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        described: dict[str, Any] = {
            "summary": each.summary,
            "description": f"For the role {each.role.name.lower()}.",
            "responses": {str(status): {"description": text} for status, text in {**each.answers, **_REFUSALS}.items()},
        }
        if each.body:
            described["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": schema_of[each.body]}},
            }
        if names := [part[1:-1] for part in each.path.split("/") if part.startswith("{")]:
            described["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
            ]
        paths.setdefault(each.path, {})[each.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "themewire", "version": "1"},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }
