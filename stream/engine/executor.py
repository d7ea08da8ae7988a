"""Executes requests in threads: at most `concurrency` at once, each at most once in an ownership epoch.

Requests wait in a queue that keeps the rate limits, and that only the worker's own thread touches.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from typing import NamedTuple

import msgspec

from stream.engine.rate_limits import AT_ONCE, LimitedQueue, Rate
from stream.engine.stage import Request, Result

__all__ = ["Completed", "KeyOf", "Perform", "RateLimit", "RateOf", "RequestExecutor"]

Perform = Callable[[Request], bytes]
KeyOf = Callable[[Request], str]
RateOf = Callable[[Request], Rate]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RateLimit:
    """The limits on requests of one key: how often they start, and at most `concurrency` at once (0 for no limit)."""

    key_of: KeyOf = lambda _: ""
    rate_of: RateOf = lambda _: AT_ONCE
    concurrency: int = 0


class Completed(msgspec.Struct, frozen=True):
    """A result for the epoch in which its request was started; `result` is None when performing it raised."""

    partition: int
    epoch: int
    request: Request
    result: Result | None
    key: str  # of its rate limit


class _Asked(NamedTuple):
    """A request, and for whom it is performed."""

    partition: int
    epoch: int
    request: Request


class RequestExecutor:
    """Hands requests to threads and collects their results; `wake` is called, from a thread, at each result."""

    def __init__(
        self,
        perform: Mapping[str, Perform],
        concurrency: int,
        wake: Callable[[], None],
        rate_limit: RateLimit | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._perform = perform
        self._concurrency = concurrency
        self._wake = wake
        self._clock = clock
        limits = rate_limit or RateLimit()
        self._key_of, self._rate_of = limits.key_of, limits.rate_of
        self._queue: LimitedQueue[_Asked] = LimitedQueue(limits.concurrency)
        self._started: dict[int, set[tuple[int, str]]] = {}
        self._in_flight = 0
        self._done: deque[Completed] = deque()
        self._lock = threading.Lock()
        self._handed: SimpleQueue[tuple[str, _Asked] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self, partition: int, epoch: int, request: Request) -> None:
        """Queues a request, once an epoch."""
        known = self._started.setdefault(partition, set())
        if (epoch, request.id) not in known:
            known.add((epoch, request.id))
            self._queue.put(self._key_of(request), _Asked(partition, epoch, request), self._rate_of(request))
            self._hand_over()

    def forget(self, partition: int) -> None:
        """Drops what waits for a partition that is lost; what is in flight comes back with an old epoch."""
        self._started.pop(partition, None)
        self._queue.drop(lambda waiting: waiting.partition == partition)

    def finished(self) -> list[Completed]:
        """What has come back since the last call."""
        found = []
        while self._done:
            done = self._done.popleft()
            found.append(done)
            self._queue.done(done.key, self._clock())
            self._started.get(done.partition, set()).discard((done.epoch, done.request.id))
        self._hand_over()
        return found

    @property
    def busy(self) -> int:
        """How many requests wait, are in flight, or have come back and not been collected."""
        return len(self._queue) + self.in_flight

    @property
    def in_flight(self) -> int:
        """How many requests are in flight, or have come back and not been collected."""
        with self._lock:
            return self._in_flight + len(self._done)

    @property
    def next_start(self) -> float | None:
        """The seconds until a request that waits may begin; None where that depends on one in flight, or none waits."""
        with self._lock:
            full = self._in_flight >= self._concurrency
        at = None if full else self._queue.next_at()
        return None if at is None else max(0.0, at - self._clock())

    def close(self, seconds: float) -> None:
        """Starts nothing more, and waits up to `seconds` for what is in flight; the rest stays rows."""
        self._queue.drop(lambda _: True)
        self._concurrency = 0
        for _ in self._threads:
            self._handed.put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _hand_over(self) -> None:
        """Hands over what there is room for; a thread is made when all are at work."""
        while len(self._queue) and self._room() and (taken := self._queue.take(self._clock())) is not None:
            with self._lock:
                self._in_flight += 1
                if self._in_flight > len(self._threads):
                    # A daemon: a request that hangs must not keep the process from ending.
                    self._threads.append(threading.Thread(target=self._work, name="perform", daemon=True))
                    self._threads[-1].start()
            self._handed.put(taken)

    def _room(self) -> bool:
        with self._lock:
            return self._in_flight < self._concurrency

    def _work(self) -> None:
        while (handed := self._handed.get()) is not None:
            self._run(*handed)

    def _run(self, key: str, asked: _Asked) -> None:
        result, request = None, asked.request
        try:
            result = Result(request, self._perform[request.kind](request))
        except Exception:  # a defect of ours: the worker arms the request again and says so
            log.exception("request %s of kind %s could not be performed", request.id, request.kind)
        with self._lock:
            self._done.append(Completed(asked.partition, asked.epoch, request, result, key))
            self._in_flight -= 1
        self._wake()
