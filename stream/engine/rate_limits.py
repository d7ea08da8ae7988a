"""A queue with rate limits by key: a minimum time between two starts, and a maximum number at work.

The key of a poll is its host, that of a delivery its receiver. What waits holds no thread.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["LimitedQueue"]

T = TypeVar("T")
MAX_KEYS = 10_000


@dataclass
class _Key(Generic[T]):
    """What waits under a key, how many are at work, and when the next may start."""

    waiting: deque[tuple[int, T]] = field(default_factory=deque)
    working: int = 0
    free_at: float = 0.0
    queued: bool = False  # in the heap of the keys that may start


class LimitedQueue(Generic[T]):
    """Of each key one starts in `interval` seconds (0: at once), and `concurrency` are at work (0: any number)."""

    def __init__(self, interval: float = 0.0, concurrency: int = 0) -> None:
        self._interval = interval
        self._concurrency = concurrency
        self._keys: dict[str, _Key[T]] = {}
        self._ready: list[tuple[float, int, str]] = []  # keys with room, by when they may start
        self._order = itertools.count()
        self._count = 0

    def __len__(self) -> int:
        """How many wait."""
        return self._count

    def put(self, key: str, work: T) -> None:
        """Adds it behind what waits under this key."""
        state = self._keys.setdefault(key, _Key())
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
            state.free_at = now + self._interval
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
            if self._keys[key].free_at <= now:
                del self._keys[key]
