"""What the embedded stream lets go: records past their topic's retention, and overtaken ones of compacted topics."""

import time
from collections.abc import Callable

from stream.engine.clock import StageClock
from stream.sqlite.database import Database
from stream.units import DAY

__all__ = ["ClockGuard", "Retention"]


CHUNK = 5_000  # records a transaction, so that writers never wait long

_OLDEST = "SELECT timestamp FROM record WHERE topic = ? AND partition = ? ORDER BY offset LIMIT 1"
# In order, up to the first that is young: what a clock that was wrong has dated before others goes with these.
_END_OF_OLD = (
    "SELECT COALESCE(MIN(CASE WHEN timestamp >= ? THEN offset END), MAX(offset) + 1) FROM (SELECT offset, timestamp "
    "FROM record WHERE topic = ? AND partition = ? ORDER BY offset LIMIT ?)"
)
_UP_TO = "DELETE FROM record WHERE topic = ? AND partition = ? AND offset < ?"
_OVERTAKEN = (
    "SELECT offset FROM (SELECT offset, MAX(offset) OVER (PARTITION BY key) AS latest FROM record "
    "WHERE topic = ? AND partition = ?) WHERE offset < latest"
)
_ONE = "DELETE FROM record WHERE topic = ? AND partition = ? AND offset = ?"


class Retention:
    """Lets go what is old or overtaken. What it has looked at once costs it nothing until something comes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._compacted: dict[int, object] = {}  # by topic, how far it went when nothing in it was overtaken

    def prune(self, now: int) -> int:
        """Deletes it as of `now` (ms), and returns how many records; offsets go on from where they were."""
        with self._database.writing_much():
            total = 0
            for topic, partitions, policy, kept in self._database.read(
                "SELECT id, partitions, policy, retention FROM topic"
            ):
                if policy == "compact":
                    total += self._compact(topic)
                elif kept is not None:
                    total += sum(self._expire(topic, partition, now - kept) for partition in range(partitions))
            return total

    def _expire(self, topic: int, partition: int, before: int) -> int:
        oldest = self._database.read(_OLDEST, (topic, partition))
        if not oldest or oldest[0][0] >= before:
            return 0
        total, count = 0, CHUNK
        while count == CHUNK:  # what is old is looked for between the transactions, when others may write
            end = self._database.read(_END_OF_OLD, (before, topic, partition, CHUNK))[0][0]
            if end is None:
                break
            with self._database.transaction() as db:
                count = db.execute(_UP_TO, (topic, partition, end)).rowcount
            self._database.give_way()
            total += count
        return total

    def _compact(self, topic: int) -> int:
        ends = self._database.read("SELECT partition, next_offset FROM log_end WHERE topic = ?", (topic,))
        if self._compacted.get(topic) == ends:
            return 0
        total = sum(self._overtaken(topic, partition) for partition, _ in ends)
        self._compacted[topic] = ends
        return total

    def _overtaken(self, topic: int, partition: int) -> int:
        """Looks for it once: what is overtaken stays so, whatever comes meanwhile."""
        found = [(topic, partition, *row) for row in self._database.read(_OVERTAKEN, (topic, partition))]
        total = 0
        for start in range(0, len(found), CHUNK):
            with self._database.transaction() as db:
                total += db.executemany(_ONE, found[start : start + CHUNK]).rowcount
            self._database.give_way()
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
