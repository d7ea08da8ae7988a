"""GET /changes: server-sent events of what has changed: the index (`changed`), or work that goes on (`work`).

One look a second serves any number of readers, and none is made while nobody reads. An event has no more than a number,
which is another one after each change: a page that sees another than its own asks for its own address again, so nothing
is lost or shown twice over a reconnection. Whoever connects hears the numbers as they are.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from stream.log.port import LogError
from stream.sqlite.database import Database

__all__ = ["BEAT", "Changes", "version_of"]

LOOK = 1.0  # seconds
BEAT = 15.0  # seconds of silence after which a beat keeps proxies from hanging up, and tells that we are there


class Changes:
    """Tells the readers of one process of every change of these numbers, by name, until `stopped` is set.

    They are asked for in a thread, and may raise `LogError`.
    """

    def __init__(self, of: Mapping[str, Callable[[], int]], stopped: threading.Event, beat: float = BEAT) -> None:
        self._of = of
        self._stopped = stopped
        self._beat = beat
        self._changed = asyncio.Condition()
        self._now = dict.fromkeys(of, 0)
        self._readers = 0
        self._looking: asyncio.Task[None] | None = None

    async def show(self, _: Request) -> Response:
        """Answers with events until the client goes."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(), media_type="text/event-stream", headers=headers)

    async def _events(self) -> AsyncIterator[str]:
        self._readers += 1
        try:
            await self._look()
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._go_on_looking())
            told = dict[str, int]()
            yield "retry: 2000\n\n"
            while not self._stopped.is_set():
                now = dict(self._now)
                news = [f"event: {name}\ndata: {at}\n\n" for name, at in now.items() if told.get(name) != at]
                yield "".join(news) or "event: beat\ndata:\n\n"
                told = now
                await self._beyond(told)
        finally:
            self._readers -= 1

    async def _beyond(self, told: Mapping[str, int]) -> None:
        """Returns once something is not as it was told, or after some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._beat), self._changed:
                await self._changed.wait_for(lambda: self._now != told or self._stopped.is_set())

    async def _go_on_looking(self) -> None:
        """Looks as long as anybody reads."""
        while self._readers:
            await asyncio.sleep(LOOK)
            await self._look()

    async def _look(self) -> None:
        before = dict(self._now)
        for name, ask in self._of.items():
            with suppress(LogError):  # the page itself says what is wrong
                self._now[name] = await run_in_threadpool(ask)
        if self._now != before or self._stopped.is_set():
            async with self._changed:
                self._changed.notify_all()


def version_of(index: Database) -> int:
    """Return how many records an index has read."""
    rows = index.read("SELECT sum(next_offset) FROM position")
    return int(rows[0][0] or 0)
