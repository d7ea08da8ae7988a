"""Performs requests in threads: at most `concurrency` at once, each at most once an ownership epoch."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue

from stream.stage import Request, Result

__all__ = ["Done", "Perform", "Performer"]

Perform = Callable[[Request], bytes]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """A result for the epoch in which its request was started; `result` is None when performing it raised."""

    partition: int
    epoch: int
    request: Request
    result: Result | None


class Performer:
    """Hands requests to threads and gathers what they come to; `wake` is called, from a thread, at each result."""

    def __init__(self, perform: Mapping[str, Perform], concurrency: int, wake: Callable[[], None]) -> None:
        self._perform = perform
        self._concurrency = concurrency
        self._wake = wake
        self._waiting: deque[tuple[int, int, Request]] = deque()
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
            self._waiting.append((partition, epoch, request))
            self._hand_over()

    def forget(self, partition: int) -> None:
        """Drops what waits for a partition that is lost; what flies comes back with an old epoch."""
        self._started.pop(partition, None)
        self._waiting = deque(w for w in self._waiting if w[0] != partition)

    def finished(self) -> list[Done]:
        """What has come back since the last call."""
        found = []
        while self._done:
            done = self._done.popleft()
            found.append(done)
            self._started.get(done.partition, set()).discard((done.epoch, done.request.id))
        self._hand_over()
        return found

    @property
    def busy(self) -> int:
        """How many requests wait, fly or have come back and not been gathered."""
        with self._lock:
            return len(self._waiting) + self._flying + len(self._done)

    def close(self, seconds: float) -> None:
        """Begins nothing more, and waits up to `seconds` for what flies; the rest stays rows."""
        self._waiting.clear()
        self._concurrency = 0
        for _ in self._threads:
            self._handed.put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _hand_over(self) -> None:
        """Hands over what there is room for; a thread is made when all are at work."""
        while self._waiting:
            with self._lock:
                if self._flying >= self._concurrency:
                    return
                self._flying += 1
                if self._flying > len(self._threads):
                    # A daemon: a request that hangs must not keep the process from ending.
                    self._threads.append(threading.Thread(target=self._work, name="perform", daemon=True))
                    self._threads[-1].start()
            self._handed.put(self._waiting.popleft())

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
