"""The end of a topic, followed once for all who read it: each waits on the event loop, and none has a thread.

One thread waits for records of a topic while anybody reads it. A reader that begins before what is remembered reads
the stream itself until it has caught up.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice

from starlette.concurrency import run_in_threadpool

from stream.log.port import Log, LogError, Reader, records
from stream.log.records import Record

__all__ = ["Followed"]

PATIENCE = 1.0  # seconds after which the thread looks whether anybody still reads
REMEMBERED = 500  # records: who is further behind reads the stream
PAGE = 200


class Followed:
    """A topic of one partition, from where it ended when somebody began to read; all but its waiting is on the loop."""

    def __init__(self, log: Log, topic: str, stopped: Callable[[], bool]) -> None:
        self._log = log
        self._topic = topic
        self._stopped = stopped
        self._changed = asyncio.Condition()
        self._recent: deque[Record] = deque(maxlen=REMEMBERED)
        self._first = self._next = 0
        self._readers = 0
        self._following: asyncio.Task[None] | None = None
        self._trouble: LogError | None = None

    async def read(self, start: int, beat: float) -> AsyncIterator[Sequence[Record]]:
        """The records from this offset on, as they come, nothing after `beat` seconds of silence; raises `LogError`."""
        self._readers += 1
        try:
            await self._begin()
            position = start
            while not self._stopped():
                if position < self._first:
                    known = self._next
                    async for page in self._missed(position):
                        position = page[-1].offset + 1
                        yield page
                    position = max(position, known)
                found = [record for record in self._recent if record.offset >= position]
                position = max(position, self._next)
                if found or not await self._grown(position, beat):
                    yield found
        finally:
            self._readers -= 1

    async def _begin(self) -> None:
        if self._following is not None and not self._following.done():
            return
        self._trouble = None
        self._following = asyncio.create_task(self._follow(await run_in_threadpool(self._open)))

    def _open(self) -> Reader:
        end = self._log.ends([self._topic])[self._topic, 0]
        self._recent.clear()
        self._first = self._next = end
        return self._log.reader([self._topic], {(self._topic, 0): end})

    async def _follow(self, reader: Reader) -> None:
        """Remembers what comes as long as anybody reads."""
        with closing(reader):
            while self._readers and not self._stopped() and not self._trouble:
                found: list[Record] = []
                try:
                    found = await run_in_threadpool(reader.poll, PATIENCE)
                except LogError as error:
                    self._trouble = error
                async with self._changed:
                    for record in found:
                        if len(self._recent) == REMEMBERED:
                            self._first = self._recent[0].offset + 1
                        self._recent.append(record)
                    self._next = max(self._next, reader.positions[self._topic, 0])
                    if found or self._trouble or self._stopped():
                        self._changed.notify_all()

    async def _grown(self, position: int, beat: float) -> bool:
        """Whether there is more than this, within so many seconds."""

        def ends() -> bool:
            return self._next > position or self._stopped() or self._trouble is not None

        with suppress(TimeoutError):
            async with asyncio.timeout(beat), self._changed:
                await self._changed.wait_for(ends)
        if self._trouble is not None:
            raise self._trouble
        return self._next > position or self._stopped()

    async def _missed(self, position: int) -> AsyncIterator[list[Record]]:
        """What is on the stream now from this offset on, page by page."""
        coming: Iterator[Record] = records(self._log, [self._topic], {(self._topic, 0): position})
        while page := await run_in_threadpool(lambda: list(islice(coming, PAGE))):
            yield page
