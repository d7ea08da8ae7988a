"""How many records are decided together, so that a step lasts some seconds at most on any machine.

A member that does not poll is put out of its group, and what it has decided is lost with it. So a step ends in time,
and the records that it did not come to are polled again.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar

__all__ = ["Pace"]

T = TypeVar("T")
STEP_SECONDS = 1.5
MOST = 256


class Pace:
    """Hands out the records of a step in pieces until its time is over.

    The first piece is one record. A piece that took less than that is followed by one of twice the size, since few
    large pieces are cheaper than many small ones; one that took more, by one that should just fit.
    """

    def __init__(self, seconds: float = STEP_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._size = 1
        self._first = -1  # partition of the step
        self._began = clock()

    def begin(self, partitions: Collection[int]) -> list[int]:
        """A step begins: the partitions in their order, the one after the last step's first before the others.

        A step may not come to all of them, and none must starve.
        """
        self._began = self._clock()
        order = sorted(partitions, key=lambda partition: (partition <= self._first, partition))
        self._first = order[0] if order else self._first
        return order

    def pieces(self, partition: int, records: Sequence[T]) -> Iterator[Sequence[T]]:
        """Pieces of a partition's records, in order; the step's first whatever the time, so that it comes forward."""
        at = 0
        while at < len(records) and not (self._is_over() and (at or partition != self._first)):
            piece, began = records[at : at + self._size], self._clock()
            yield piece
            at += len(piece)
            self._learn(len(piece), self._clock() - began)

    def slow_down(self) -> None:
        """What was decided came too late: begin again with one record."""
        self._size = 1

    def _is_over(self) -> bool:
        return self._clock() - self._began >= self._seconds

    def _learn(self, count: int, seconds: float) -> None:
        if seconds > self._seconds:
            self._size = max(1, int(count * self._seconds / seconds))
        elif count == self._size:
            self._size = min(MOST, self._size * 2)
