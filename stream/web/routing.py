"""The routes of the API: one for each path, so that a method which it does not take is refused in the path's name."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from stream.web.access import Access, guarded
from stream.web.openapi import openapi
from stream.web.operations import Operation

__all__ = ["routes"]

DOCUMENT = "/api/openapi.json"
Handlers = dict[str, Callable[[Request], Awaitable[Response]]]


def routes(operations: Sequence[Operation], access: Access) -> list[BaseRoute]:
    """Return the routes of the operations, and of the document that describes them, which anybody may read."""
    document = openapi(operations)

    async def show(_: Request) -> Response:
        return JSONResponse(document)

    by_path: dict[str, Handlers] = {DOCUMENT: {"GET": show}}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = guarded(access, each.role, each.handler)
    return [Route(path, _by_method(handlers), methods=list(handlers)) for path, handlers in by_path.items()]


def _by_method(handlers: Mapping[str, Callable[[Request], Awaitable[Response]]]) -> Callable[..., Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return handle
