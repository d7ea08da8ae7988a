"""How many records are decided together, so that a turn lasts some seconds at most on any machine.

A member that does not poll is put out of its group, and what it has decided is lost with it. So a turn ends in time,
and the records that it did not come to are polled again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["Pace"]

T = TypeVar("T")
TURN_SECONDS = 1.5
MOST = 256


class Pace:
    """Hands out the records of a turn in pieces until its time is over.

    The first piece is one record. A piece that took less than a turn is followed by one of twice the size, since few
    large pieces are cheaper than many small ones; one that took more, by one that should just fit.
    """

    def __init__(self, seconds: float = TURN_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._size = 1
        self._began = clock()

    def begin(self) -> None:
        """A turn begins."""
        self._began = self._clock()

    @property
    def over(self) -> bool:
        """Whether the turn's time is over."""
        return self._clock() - self._began >= self._seconds

    def pieces(self, records: Sequence[T]) -> Iterator[Sequence[T]]:
        """Pieces of these records, in order; the first one whatever the time, for a turn has to come forward."""
        at = 0
        while at < len(records):
            piece, began = records[at : at + self._size], self._clock()
            yield piece
            at += len(piece)
            self._learn(len(piece), self._clock() - began)
            if self.over:
                return

    def slow_down(self) -> None:
        """What was decided came too late: begin again with one record."""
        self._size = 1

    def _learn(self, count: int, seconds: float) -> None:
        if seconds > self._seconds:
            self._size = max(1, int(count * self._seconds / seconds))
        elif count == self._size:
            self._size = min(MOST, self._size * 2)
