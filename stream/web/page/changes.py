"""GET /changes: a server-sent event each time that the index has changed, for any number of readers.

One look a second serves all of them, and none is made while nobody reads. An event says no more than that there is
something: a page that sees it asks for its own address again, so nothing is lost or shown twice over a reconnection.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from stream.log.port import LogError
from stream.sqlite.database import Database

__all__ = ["BEAT", "Changes"]

LOOK = 1.0  # seconds
BEAT = 15.0  # seconds of silence after which a beat keeps proxies from hanging up, and tells that we are there


class Changes:
    """Tells the readers of one process of every change of the index, until `stopped` is set."""

    def __init__(self, index: Callable[[], Database], stopped: threading.Event, beat: float = BEAT) -> None:
        self._index = index
        self._stopped = stopped
        self._beat = beat
        self._changed = asyncio.Condition()
        self._version = 0
        self._readers = 0
        self._looking: asyncio.Task[None] | None = None

    async def show(self, _: Request) -> Response:
        """Answers with events until the client goes."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(), media_type="text/event-stream", headers=headers)

    async def _events(self) -> AsyncIterator[str]:
        self._readers += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        seen = self._version
        try:
            yield "retry: 2000\nevent: changed\ndata: connected\n\n"
            while not self._stopped.is_set():
                found = await self._beyond(seen)
                yield "event: beat\ndata:\n\n" if found == seen else f"id: {found}\nevent: changed\ndata: {found}\n\n"
                seen = found
        finally:
            self._readers -= 1

    async def _beyond(self, seen: int) -> int:
        """The version that is not this one, or this one after some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._beat), self._changed:
                await self._changed.wait_for(lambda: self._version != seen or self._stopped.is_set())
        return self._version

    async def _look(self) -> None:
        """Looks as long as anybody reads."""
        while self._readers:
            try:
                found = await run_in_threadpool(_version_of, self._index())
            except LogError:
                found = self._version  # the page itself says what is wrong
            if found != self._version or self._stopped.is_set():
                async with self._changed:
                    self._version = found
                    self._changed.notify_all()
            await asyncio.sleep(LOOK)


def _version_of(index: Database) -> int:
    rows = index.read("SELECT sum(next_offset) FROM position")
    return int(rows[0][0] or 0)
