"""What the embedded stream lets go: records past their topic's retention, and overtaken ones of compacted topics."""

import time
from collections.abc import Callable

from stream.engine.clock import StageClock
from stream.sqlite.database import Database
from stream.units import DAY

__all__ = ["ClockGuard", "prune"]


CHUNK = 500  # records a transaction, so that writers never wait long

_DELETE = "DELETE FROM record WHERE topic = :topic AND (partition, offset) IN"
_EXPIRED = f"""{_DELETE} (
    SELECT partition, offset FROM record WHERE topic = :topic AND timestamp < :before LIMIT :chunk)"""
_OVERTAKEN = f"""{_DELETE} (
    SELECT partition, offset FROM (
        SELECT partition, offset, MAX(offset) OVER (PARTITION BY partition, key) AS latest
        FROM record WHERE topic = :topic)
    WHERE offset < latest LIMIT :chunk)"""


def prune(database: Database, now: int) -> int:
    """Deletes it as of `now` (ms), and returns how many records; offsets go on from where they were."""
    total = 0
    for topic, policy, retention in database.read("SELECT id, policy, retention FROM topic"):
        query = _OVERTAKEN if policy == "compact" else _EXPIRED
        count = CHUNK if policy == "compact" or retention is not None else 0
        while count == CHUNK:
            with database.transaction() as db:
                values = {"topic": topic, "before": now - (retention or 0), "chunk": CHUNK}
                count = db.execute(query, values).rowcount
            total += count
    return total


class ClockGuard:
    """Keeps a clock that may be wrong from deleting what is young: after it leapt ahead nothing is let go for a day.

    `newest` is when the last record was appended (ms, 0 for never): a stream that was not used for days may have been
    at rest, or the clock may be ahead. In a day somebody will have noticed, and no disk is full.
    """

    def __init__(self, newest: int, wall: Callable[[], int], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = StageClock(wall, monotonic)
        self._monotonic = monotonic
        self._until = monotonic() + DAY / 1000 if newest and wall() - newest > DAY else 0.0

    def suspended(self) -> bool:
        """Whether nothing may be deleted now."""
        if self._clock.look() > DAY:
            self._until = self._monotonic() + DAY / 1000
        return self._monotonic() < self._until
