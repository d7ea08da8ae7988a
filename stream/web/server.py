"""The server, on a socket that was bound before, so that a busy port fails at once; and /metrics, /live and /ready.

These three are open to anyone who can reach the port, and answer whatever else is asked, on threads of their own.
"""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import uvicorn
from anyio import CapacityLimiter, to_thread
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from stream.web.browsers import Sealed
from stream.web.connections import LimitedConnection, Patience
from stream.web.limits import MOST_HEAD_BYTES, Limited, peer
from stream.web.problems import InWords, Refusing, refusals, telling
from stream.web.room import Room

__all__ = ["Served", "WebServer", "application", "bind"]

Ready = Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Served:
    """What is served beside metrics and health: `routes`, and how people are told `in_words` why they are refused."""

    routes: Sequence[BaseRoute] = ()
    in_words: InWords | None = None


def application(
    registry: Callable[[], CollectorRegistry],
    ready: Ready,
    served: Served = Served(),
    client: Callable[[HTTPConnection], str] = peer,
) -> Starlette:
    """The routes, with what else is `served`; `ready` tells of each role why it is not at work, empty where it is.

    `client` says for whom a request is counted, where there are too many.
    """

    metering, looking = CapacityLimiter(1), CapacityLimiter(2)

    async def show_metrics(_: Request) -> Response:
        found = await to_thread.run_sync(lambda: generate_latest(registry()), limiter=metering)
        return Response(found, media_type=CONTENT_TYPE_LATEST)

    async def show_live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    async def show_ready(_: Request) -> Response:
        why_not = dict(await to_thread.run_sync(ready, limiter=looking))
        good = bool(why_not) and not any(why_not.values())
        stages = {name: not why for name, why in why_not.items()}
        reasons = {name: why for name, why in why_not.items() if why}
        return JSONResponse({"ready": good, "stages": stages, "why": reasons}, status_code=200 if good else 503)

    health = [Route("/metrics", show_metrics), Route("/live", show_live), Route("/ready", show_ready)]
    told = telling(served.in_words)
    limited = [Middleware(Sealed), Middleware(Limited, but=[each.path for each in health], client=client, told=told)]
    handlers: dict[type[Exception], Refusing] = {ClientDisconnect: _gone, **refusals(told)}
    return Starlette(routes=[*health, *served.routes], middleware=limited, exception_handlers=handlers)


async def _gone(_: Request, __: Exception) -> Response:
    """For a client that left in the middle of its request, who hears nothing any more."""
    return Response(status_code=400)


def bind(listen: str) -> socket.socket:
    """A listening socket at HOST:PORT; raises OSError when it is taken."""
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host.strip("[]"), int(port)))
        bound.listen(128)
    except (OSError, OverflowError):
        bound.close()
        raise
    return bound


class WebServer:
    """Serves an application in a thread until it is closed; what its clients may take is limited."""

    def __init__(
        self, app: Starlette, bound: socket.socket, room: Room | None = None, patience: Patience | None = None
    ) -> None:
        own = {"room": Room() if room is None else room, "patience": patience or Patience()}
        config = uvicorn.Config(
            app,
            http=type("Connection", (LimitedConnection,), own),
            h11_max_incomplete_event_size=MOST_HEAD_BYTES,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
            lifespan="off",
            ws="none",
            proxy_headers=False,  # else whoever is on this machine could name any address as their own
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._bound = bound
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [bound]}, name="web", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops within some seconds."""
        self._server.should_exit = True
        self._thread.join(5)
        self._bound.close()
