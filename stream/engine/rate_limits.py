"""Who may begin next: what waits, by lane, where a lane is given time between two begins and room for only so many.

Collectors have a lane for each host. What waits holds no thread.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Lanes"]

T = TypeVar("T")
MOST_LANES = 10_000


@dataclass
class _Lane(Generic[T]):
    """What waits in a lane, how many are at work, and when the next may begin."""

    waiting: deque[tuple[int, T]] = field(default_factory=deque)
    working: int = 0
    free_at: float = 0.0
    queued: bool = False  # in the heap of those that may begin


class Lanes(Generic[T]):
    """Lanes that begin one each `gap` seconds (0: at once) and have `width` at work (0: any number)."""

    def __init__(self, gap: float = 0.0, width: int = 0) -> None:
        self._gap = gap
        self._width = width
        self._lanes: dict[str, _Lane[T]] = {}
        self._ready: list[tuple[float, int, str]] = []  # lanes with room, by when they may begin
        self._order = itertools.count()
        self._count = 0

    def __len__(self) -> int:
        """How many wait."""
        return self._count

    def put(self, name: str, work: T) -> None:
        """Has it wait in its lane."""
        lane = self._lanes.setdefault(name, _Lane())
        lane.waiting.append((next(self._order), work))
        self._count += 1
        self._queue(name, lane)

    def take(self, now: float) -> tuple[str, T] | None:
        """One of a lane that may begin, the lane that was free first before the others; None if there is none."""
        while self._ready and self._ready[0][0] <= now:
            _, _, name = heapq.heappop(self._ready)
            lane = self._lanes[name]
            lane.queued = False
            if not lane.waiting:
                continue
            _, work = lane.waiting.popleft()
            self._count -= 1
            lane.working += 1
            lane.free_at = now + self._gap
            self._queue(name, lane)
            return name, work
        return None

    def done(self, name: str, now: float) -> None:
        """One that was taken from this lane has ended."""
        lane = self._lanes[name]
        lane.working -= 1
        self._queue(name, lane)
        if len(self._lanes) > MOST_LANES:
            self._sweep(now)

    def next_at(self) -> float | None:
        """When the first of those that wait may begin; None where that hangs on a `done`, or nothing waits."""
        while self._ready and not self._lanes[self._ready[0][2]].waiting:
            _, _, name = heapq.heappop(self._ready)
            self._lanes[name].queued = False
        return self._ready[0][0] if self._ready else None

    def drop(self, unwanted: Callable[[T], bool]) -> None:
        """Takes these out."""
        for lane in self._lanes.values():
            lane.waiting = deque(each for each in lane.waiting if not unwanted(each[1]))
        self._count = sum(len(lane.waiting) for lane in self._lanes.values())

    def _queue(self, name: str, lane: _Lane[T]) -> None:
        if lane.waiting and not lane.queued and not (self._width and lane.working >= self._width):
            lane.queued = True
            heapq.heappush(self._ready, (lane.free_at, lane.waiting[0][0], name))

    def _sweep(self, now: float) -> None:
        """Forgets the lanes that are at rest, or hosts would pile up."""
        resting = [n for n, lane in self._lanes.items() if not (lane.waiting or lane.working or lane.queued)]
        for name in resting:
            if self._lanes[name].free_at <= now:
                del self._lanes[name]
