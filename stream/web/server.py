"""/metrics, /live and /ready, on a socket that was bound before, so that a busy port fails at once."""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

__all__ = ["WebServer", "application", "bind"]

Ready = Callable[[], Mapping[str, str]]


def application(registry: Callable[[], CollectorRegistry], ready: Ready, api: Sequence[BaseRoute] = ()) -> Starlette:
    """The routes, with those of the API; `ready` tells of each role why it is not at work, empty where it is."""

    def show_metrics(_: Request) -> Response:
        return Response(generate_latest(registry()), media_type=CONTENT_TYPE_LATEST)

    def show_live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    def show_ready(_: Request) -> Response:
        why_not = dict(ready())
        good = bool(why_not) and not any(why_not.values())
        stages = {name: not why for name, why in why_not.items()}
        reasons = {name: why for name, why in why_not.items() if why}
        return JSONResponse({"ready": good, "stages": stages, "why": reasons}, status_code=200 if good else 503)

    health = [Route("/metrics", show_metrics), Route("/live", show_live), Route("/ready", show_ready)]
    return Starlette(routes=[*health, *api])


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
    """Serves an application in a thread until it is closed."""

    def __init__(self, app: Starlette, bound: socket.socket) -> None:
        config = uvicorn.Config(
            app,
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
