"""What the embedded stream lets go: records past their topic's retention, and overtaken ones of compacted topics."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from stream.engine.clock import StageClock
from stream.units import DAY

__all__ = ["ClockGuard", "prune"]


CHUNK = 500  # records a transaction, so that writers never wait long

_EXPIRED = "SELECT partition, offset FROM record WHERE topic = :topic AND timestamp < :before LIMIT :chunk"
_OVERTAKEN = """
    SELECT partition, offset FROM (
        SELECT partition, offset, MAX(offset) OVER (PARTITION BY partition, key) AS latest
        FROM record WHERE topic = :topic)
    WHERE offset < latest LIMIT :chunk"""


def prune(transaction: Callable[[], AbstractContextManager[sqlite3.Connection]], now: int) -> int:
    """Deletes it, and returns how many records; offsets go on from where they were."""
    with transaction() as db:
        topics = db.execute("SELECT id, policy, retention FROM topic").fetchall()
    total = 0
    for topic, policy, retention in topics:
        if policy == "compact":
            total += _delete(transaction, _OVERTAKEN, {"topic": topic, "chunk": CHUNK})
        elif retention is not None:
            total += _delete(transaction, _EXPIRED, {"topic": topic, "before": now - retention, "chunk": CHUNK})
    return total


def _delete(
    transaction: Callable[[], AbstractContextManager[sqlite3.Connection]], query: str, values: dict[str, int]
) -> int:
    total = 0
    while True:
        with transaction() as db:
            found = db.execute(query, values).fetchall()
            db.executemany(
                "DELETE FROM record WHERE topic = ? AND partition = ? AND offset = ?",
                [(values["topic"], partition, offset) for partition, offset in found],
            )
        total += len(found)
        if len(found) < CHUNK:
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
