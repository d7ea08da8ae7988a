"""Timers that a clock which was wrong has set: no row may ring later than its stage's own rules allow."""

from stream.engine.batch import REQUESTS, RETRY_AFTER
from stream.engine.stage import Longest
from stream.log.records import Change, Rows, Tick

__all__ = ["every_armed", "set_right"]

ALL = 1 << 31
EVER = ALL << 20


def every_armed(rows: Rows) -> list[Tick]:
    """Every armed row of a partition: for a stage whose tables hold few."""
    return rows.due(EVER, ALL)


def set_right(rows: Rows, longest: Longest, now: int) -> list[Change]:
    """Arms what lies further ahead than it may, to ring as late as may be; looks at tables with a limit only."""
    changes = []
    limits: Longest = {**longest, REQUESTS: lambda _: RETRY_AFTER}
    for table, limit in limits.items():
        for tick, value in rows.armed(table):
            most = limit(value)
            if most is not None and tick.due > now + most:
                changes.append(Change(table, tick.key, value, now + most))
    return changes
