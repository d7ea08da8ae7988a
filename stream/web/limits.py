"""How much a client may ask, and how often: a token bucket each, so that one without end keeps nobody out."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream.web.addresses import network_of, plain_address
from stream.web.problems import Telling, telling
from stream.web.sessions import LOGIN

__all__ = ["MOST_HEAD_BYTES", "Buckets", "Limited", "peer"]

MOST_HEAD_BYTES = 32 << 10  # of a request: its address and headers

A_SECOND = 20.0  # requests, on average
AT_ONCE = 200.0
WRONG_TOKEN = 20.0  # requests that one counts for: a guess a second, once ten were wrong
MOST_CLIENTS = 10_000  # that are remembered


def peer(connection: HTTPConnection) -> str:
    """The address that a connection comes from."""
    return plain_address(connection.client.host) if connection.client else ""


@dataclass
class Buckets:
    """What each client has left of its requests, by its name and at a time in seconds."""

    a_second: float = A_SECOND
    at_once: float = AT_ONCE
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)  # and since when

    def take(self, client: str, now: float, cost: float = 1) -> float:
        """Takes a request; returns in how many seconds there is one again, 0 where there was one."""
        left, since = self._left.pop(client, (self.at_once, now))
        left = min(self.at_once, left + (now - since) * self.a_second)
        taken = left >= 1
        self._left[client] = (left - cost if taken else left, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if taken else (1 - left) / self.a_second

    def __len__(self) -> int:
        return len(self._left)


class Limited:
    """An application that answers 429 to a client that asks more often, but for these paths, and 431 to a long head.

    Both are `told` as other refusals are.
    """

    def __init__(
        self,
        app: ASGIApp,
        but: Collection[str] = (),
        client: Callable[[HTTPConnection], str] = peer,
        buckets: Buckets | None = None,
        told: Telling | None = None,
    ) -> None:
        self._app, self._but, self._client = app, frozenset(but), client
        self._buckets = Buckets() if buckets is None else buckets
        self._told = told or telling(None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets it through, or says when to come again."""
        if scope["type"] == "http" and _head(scope) > MOST_HEAD_BYTES:
            await self._told(Request(scope), 431, "the request's headers are too long", None)(scope, receive, send)
            return
        if scope["type"] != "http" or scope["path"] in self._but:
            await self._app(scope, receive, send)
            return
        client = network_of(self._client(HTTPConnection(scope)))
        if wait := self._buckets.take(client, time.monotonic()):
            headers, why = {"Retry-After": str(int(wait) + 1)}, "too many requests: ask again later"
            await self._told(Request(scope), 429, why, headers)(scope, receive, send)
            return

        logs_in = scope["method"] == "POST" and scope["path"] == LOGIN
        guessed = logs_in or any(name == b"authorization" for name, _ in scope["headers"])

        async def counted(message: Message) -> None:
            if guessed and message["type"] == "http.response.start" and message["status"] == 401:
                self._buckets.take(client, time.monotonic(), WRONG_TOKEN)
            await send(message)

        await self._app(scope, receive, counted)


def _head(scope: Scope) -> int:
    lines = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return lines + len(scope["raw_path"]) + len(scope["query_string"])
