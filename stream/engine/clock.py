"""A stage's time: the wall clock's, which never goes back by a little and is known by the monotonic clock to jump."""

import time
from collections.abc import Callable

__all__ = ["JUMP_MS", "StageClock", "wall_clock"]

JUMP_MS = 60_000  # what is less is a clock that is being set right by degrees


def wall_clock() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


class StageClock:
    """`now` (ms) as of the last look.

    A clock that goes back by less than a minute is waited for, so that what was decided stays in order. One that was
    wrong by more gives way: to wait for it could take a year.
    """

    def __init__(self, wall: Callable[[], int], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._last = (wall(), monotonic())
        self.now = 0

    def look(self) -> int:
        """Follows the clocks; returns by how much (ms) the wall clock has jumped since the last look, 0 if not."""
        wall, monotonic = self._wall(), self._monotonic()
        off = wall - self._last[0] - round((monotonic - self._last[1]) * 1000)
        self._last = (wall, monotonic)
        if abs(off) < JUMP_MS:
            self.now = max(self.now, wall)
            return 0
        self.now = wall
        return off
