"""Timers that a clock which was wrong has set: no row may ring later than its stage's own rules allow."""

from collections.abc import Callable

from stream.engine.batch import REQUESTS, RETRY_AFTER
from stream.log.records import Change, Rows, Tick

__all__ = ["Longest", "armed", "set_right"]

Longest = Callable[[str, bytes], int | None]  # of a row how far ahead (ms) its timer may lie, None for any time
ALL = 1 << 31
EVER = ALL << 20


def armed(rows: Rows) -> list[Tick]:
    """Every armed row of a partition."""
    return rows.due(EVER, ALL)


def set_right(rows: Rows, longest: Longest, now: int) -> list[Change]:
    """Arms what lies further ahead than it may, to ring as late as may be."""
    changes = []
    for tick in armed(rows):
        value = rows.get(tick.table, tick.key) or b""
        most = RETRY_AFTER if tick.table == REQUESTS else longest(tick.table, value)
        if most is not None and tick.due > now + most:
            changes.append(Change(tick.table, tick.key, value, now + most))
    return changes
