"""Where WebSub hubs call us: GET verifies what we asked for, and POST says that there is something new.

The address is the right to call, since nobody but the hub that was asked has it, and a push is signed besides. What is
pushed is not read but to check its signature: the record for `pushes` has the feed polled (`docs/decisions/0021`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from stream.log import topics
from stream.log.port import Log, LogError
from stream.log.records import Out
from stream.records import Push, encode
from stream.secrets import SecretMissing
from stream.web.limits import Buckets
from stream.web.problems import problem
from stream.websub import PATH, Signatures, is_callback, secret

__all__ = ["HubCallbacks"]

LONGEST_CHALLENGE = 4096
LONGEST_REASON = 300


@dataclass(frozen=True)
class HubCallbacks:
    """The callbacks, over this stream; `key` is asked when a hub calls, and a push has at most `most_bytes`.

    Of one feed's hub a push every five seconds is taken on average, and the others are to come again.
    """

    stream: Log
    key: Callable[[], bytes]
    most_bytes: int
    _pushes: Buckets = field(default_factory=lambda: Buckets(a_second=0.2, at_once=10.0))

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        path = f"{PATH}/{{feed}}/{{token}}"
        return [Route(path, self._verify, methods=["GET"]), Route(path, self.pushed, methods=["POST"])]

    async def _verify(self, request: Request) -> Response:
        """A hub asks whether we have asked it, or says that it will not."""
        feed, token, query = request.path_params["feed"], request.path_params["token"], request.query_params
        topic, mode = query.get("hub.topic", ""), query.get("hub.mode", "")
        challenge, lease = query.get("hub.challenge", ""), query.get("hub.lease_seconds", "")
        try:
            asked = await run_in_threadpool(lambda: is_callback(self.key(), feed, topic, token))
        except SecretMissing as error:
            return problem(503, str(error))
        if not asked or mode not in ("subscribe", "unsubscribe", "denied"):
            return problem(404, "this was not asked for")
        if mode == "denied":
            push = Push(feed=feed, hub="denied", topic=topic, reason=query.get("hub.reason", "")[:LONGEST_REASON])
            return await self._put(push) or PlainTextResponse("")
        if not 0 < len(challenge) <= LONGEST_CHALLENGE:
            return problem(400, "hub.challenge is missing, or too long")
        if mode == "subscribe":
            seconds = int(lease) if lease.isascii() and lease.isdigit() and len(lease) <= 9 else 0
            if refusal := await self._put(Push(feed=feed, hub="verified", topic=topic, lease=seconds)):
                return refusal
        return PlainTextResponse(challenge)

    async def pushed(self, request: Request) -> Response:
        """A push; one whose signature is not right is taken, as the standard has it, and passed over."""
        feed, token = request.path_params["feed"], request.path_params["token"]
        try:
            signatures = Signatures(await run_in_threadpool(lambda: secret(self.key(), feed, token)))
        except SecretMissing as error:
            return problem(503, str(error))
        size = 0
        async for piece in request.stream():
            if (size := size + len(piece)) > self.most_bytes:
                return problem(413, f"a push has at most {self.most_bytes} bytes")
            signatures.update(piece)
        if not signatures.have(request.headers.get("x-hub-signature", "")):
            return PlainTextResponse("", 202)
        if wait := self._pushes.take(feed, time.monotonic()):
            return problem(429, "this feed was pushed often enough", {"Retry-After": str(int(wait) + 1)})
        return await self._put(Push(feed=feed, hub="new")) or PlainTextResponse("", 202)

    async def _put(self, push: Push) -> Response | None:
        """Puts the record on the stream; returns what refuses where that cannot be done now."""
        try:
            await run_in_threadpool(self.stream.append, [Out(topics.PUSHES, push.feed, encode(push))])
        except LogError as error:
            return problem(503, str(error))
        return None
