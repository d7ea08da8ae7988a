"""A queue with rate limits by key: how often one may start, and a maximum number at work.

The key of a poll is its host, that of a delivery its receiver. What waits holds no thread.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["AT_ONCE", "LimitedQueue", "Rate"]

T = TypeVar("T")
MAX_KEYS = 10_000


@dataclass(frozen=True)
class Rate:
    """Of a key one starts in `interval` seconds (0: at once); after a rest, up to `burst` start together.

    So in any `w` seconds no more than `burst + w / interval` start.
    """

    interval: float = 0.0
    burst: int = 1


AT_ONCE = Rate()


@dataclass
class _Key(Generic[T]):
    """What waits under a key, how many are at work, and by when it will have rested (a virtual schedule, GCRA)."""

    waiting: deque[tuple[int, T]] = field(default_factory=deque)
    rate: Rate = AT_ONCE
    working: int = 0
    rested_at: float = 0.0
    queued: bool = False  # in the heap of the keys that may start

    @property
    def free_at(self) -> float:
        """When the next may start."""
        return self.rested_at - (self.rate.burst - 1) * self.rate.interval


class LimitedQueue(Generic[T]):
    """Each key keeps the rate that its work is put with, and `concurrency` of it are at work (0: any number)."""

    def __init__(self, concurrency: int = 0) -> None:
        self._concurrency = concurrency
        self._keys: dict[str, _Key[T]] = {}
        self._ready: list[tuple[float, int, str]] = []  # keys with room, by when they may start
        self._order = itertools.count()
        self._count = 0

    def __len__(self) -> int:
        """How many wait."""
        return self._count

    def put(self, key: str, work: T, rate: Rate = AT_ONCE) -> None:
        """Adds it behind what waits under this key, which keeps this rate from now on."""
        state = self._keys.setdefault(key, _Key())
        state.rate = rate
        state.waiting.append((next(self._order), work))
        self._count += 1
        self._queue(key, state)

    def take(self, now: float) -> tuple[str, T] | None:
        """The next that may start, with its key: of the key that has been free for longest; None if there is none."""
        while self._ready and self._ready[0][0] <= now:
            _, _, key = heapq.heappop(self._ready)
            state = self._keys[key]
            state.queued = False
            if not state.waiting:
                continue
            _, work = state.waiting.popleft()
            self._count -= 1
            state.working += 1
            state.rested_at = max(state.rested_at, now) + state.rate.interval
            self._queue(key, state)
            return key, work
        return None

    def done(self, key: str, now: float) -> None:
        """One that was taken under this key has ended."""
        state = self._keys[key]
        state.working -= 1
        self._queue(key, state)
        if len(self._keys) > MAX_KEYS:
            self._sweep(now)

    def next_at(self) -> float | None:
        """When the first of those that wait may start; None where that hangs on a `done`, or nothing waits."""
        while self._ready and not self._keys[self._ready[0][2]].waiting:
            _, _, key = heapq.heappop(self._ready)
            self._keys[key].queued = False
        return self._ready[0][0] if self._ready else None

    def drop(self, unwanted: Callable[[T], bool]) -> None:
        """Removes these."""
        for state in self._keys.values():
            state.waiting = deque(each for each in state.waiting if not unwanted(each[1]))
        self._count = sum(len(state.waiting) for state in self._keys.values())

    def _queue(self, key: str, state: _Key[T]) -> None:
        if state.waiting and not state.queued and not (self._concurrency and state.working >= self._concurrency):
            state.queued = True
            heapq.heappush(self._ready, (state.free_at, state.waiting[0][0], key))

    def _sweep(self, now: float) -> None:
        """Forgets the keys that are at rest, or hosts would pile up."""
        resting = [n for n, state in self._keys.items() if not (state.waiting or state.working or state.queued)]
        for key in resting:
            if self._keys[key].rested_at <= now:
                del self._keys[key]
