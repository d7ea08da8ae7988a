"""What canaries are served from and delivered to, over HTTP: GET /PATH/feed and POST /PATH/taken."""

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stream.ops.canary.sender import Sender

__all__ = ["site"]

MOST_BYTES = 200_000  # of what is delivered: an alert with the sources of one item


def site(sender: Sender, path: str) -> Starlette:
    """The routes under a path that nobody guesses: who knows it could say that a canary came back."""

    def show_feed(_: Request) -> Response:
        return Response(sender.document(), media_type="application/atom+xml")

    async def take(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return PlainTextResponse("too large\n", status_code=413)
        try:
            await run_in_threadpool(sender.take, bytes(body))
        except msgspec.DecodeError:
            return PlainTextResponse("this is no delivery\n", status_code=400)
        return Response(status_code=204)

    return Starlette(routes=[Route(f"/{path}/feed", show_feed), Route(f"/{path}/taken", take, methods=["POST"])])
