"""Performs requests in threads: at most `concurrency` at once, each at most once an ownership epoch.

Who may begin is for the lanes to say (`stream.engine.rate_limits`); they are touched by the worker's own thread only.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue

from stream.engine.rate_limits import Lanes
from stream.engine.stage import Request, Result

__all__ = ["Done", "LaneOf", "Perform", "Performer", "Queue"]

Perform = Callable[[Request], bytes]
LaneOf = Callable[[Request], str]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Queue:
    """How requests wait for their turn: which lane each is in, the seconds between two begins of a lane, and its width
    (0 for no limit of either)."""

    lane_of: LaneOf = lambda _: ""
    gap: float = 0.0
    width: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A result for the epoch in which its request was started; `result` is None when performing it raised."""

    partition: int
    epoch: int
    request: Request
    result: Result | None


class Performer:
    """Hands requests to threads and gathers what they come to; `wake` is called, from a thread, at each result."""

    def __init__(
        self,
        perform: Mapping[str, Perform],
        concurrency: int,
        wake: Callable[[], None],
        queue: Queue | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._perform = perform
        self._concurrency = concurrency
        self._wake = wake
        self._queue = queue or Queue()
        self._clock = clock
        self._lanes: Lanes[tuple[int, int, Request]] = Lanes(self._queue.gap, self._queue.width)
        self._started: dict[int, set[tuple[int, str]]] = {}
        self._flying = 0
        self._done: deque[Done] = deque()
        self._lock = threading.Lock()
        self._handed: SimpleQueue[tuple[int, int, Request] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self, partition: int, epoch: int, request: Request) -> None:
        """Queues a request, once an epoch."""
        known = self._started.setdefault(partition, set())
        if (epoch, request.id) not in known:
            known.add((epoch, request.id))
            self._lanes.put(self._queue.lane_of(request), (partition, epoch, request))
            self._hand_over()

    def forget(self, partition: int) -> None:
        """Drops what waits for a partition that is lost; what flies comes back with an old epoch."""
        self._started.pop(partition, None)
        self._lanes.drop(lambda waiting: waiting[0] == partition)

    def finished(self) -> list[Done]:
        """What has come back since the last call."""
        found = []
        while self._done:
            done = self._done.popleft()
            found.append(done)
            self._lanes.done(self._queue.lane_of(done.request), self._clock())
            self._started.get(done.partition, set()).discard((done.epoch, done.request.id))
        self._hand_over()
        return found

    @property
    def busy(self) -> int:
        """How many requests wait, fly or have come back and not been gathered."""
        return len(self._lanes) + self.flying

    @property
    def flying(self) -> int:
        """How many requests fly, or have come back and not been gathered."""
        with self._lock:
            return self._flying + len(self._done)

    @property
    def next_start(self) -> float | None:
        """The seconds until a request that waits may begin; None where that hangs on one that flies, or none waits."""
        with self._lock:
            full = self._flying >= self._concurrency
        at = None if full else self._lanes.next_at()
        return None if at is None else max(0.0, at - self._clock())

    def close(self, seconds: float) -> None:
        """Begins nothing more, and waits up to `seconds` for what flies; the rest stays rows."""
        self._lanes.drop(lambda _: True)
        self._concurrency = 0
        for _ in self._threads:
            self._handed.put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _hand_over(self) -> None:
        """Hands over what there is room for; a thread is made when all are at work."""
        while self._room() and (taken := self._lanes.take(self._clock())) is not None:
            with self._lock:
                self._flying += 1
                if self._flying > len(self._threads):
                    # A daemon: a request that hangs must not keep the process from ending.
                    self._threads.append(threading.Thread(target=self._work, name="perform", daemon=True))
                    self._threads[-1].start()
            self._handed.put(taken[1])

    def _room(self) -> bool:
        with self._lock:
            return self._flying < self._concurrency

    def _work(self) -> None:
        while (handed := self._handed.get()) is not None:
            self._run(*handed)

    def _run(self, partition: int, epoch: int, request: Request) -> None:
        result = None
        try:
            result = Result(request, self._perform[request.kind](request))
        except Exception:  # a defect of ours: the worker arms the request again and says so
            log.exception("request %s of kind %s could not be performed", request.id, request.kind)
        with self._lock:
            self._done.append(Done(partition, epoch, request, result))
            self._flying -= 1
        self._wake()
