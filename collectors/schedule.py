"""APScheduler holds the collectors' wake-ups, rebuilt from the rows. It contains no work.

What is due within a tenth of a second has one job together: at a hundred polls a second a job for each feed would be
set a hundred times a second, and cost a twentieth of a poll.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from stream.log.records import Change, Tick

__all__ = ["WakeUps"]

TOGETHER = 100  # ms: what is due within rings together


class WakeUps:
    """The worker's `Alarm`: calls `wake` when a row's time has come, once however late, never dropped.

    `wake` is called in the scheduler's thread and must only set a flag.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._armed: dict[int, dict[str, int]] = {}  # by partition and row, when it rings or has rung
        self._rows: dict[int, set[str]] = {}  # by when they will ring
        # No grace time: a late wake-up is run, not dropped; coalesced, since one look finds all that is due. Run in the
        # scheduler's own thread: all that it does is to set a flag.
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )
        self._scheduler.start()

    def gained(self, partition: int, ticks: Sequence[Tick]) -> None:
        """Takes up the armed rows of a partition."""
        self._armed[partition] = {}
        for tick in ticks:
            self._arm(partition, f"{tick.table}/{tick.key}", tick.due)

    def lost(self, partition: int) -> None:
        """Drops the wake-ups of a partition."""
        for row, at in self._armed.pop(partition, {}).items():
            self._disarm(row, at)

    def changed(self, partition: int, changes: Sequence[Change]) -> None:
        """Follows rows that were armed, disarmed or deleted."""
        armed = self._armed.setdefault(partition, {})
        for change in changes:
            row = f"{change.table}/{change.key}"
            if (at := armed.pop(row, None)) is not None:
                self._disarm(row, at)
            if change.value is not None and change.due is not None:
                self._arm(partition, row, change.due)

    def _arm(self, partition: int, row: str, due: int) -> None:
        at = -(-due // TOGETHER) * TOGETHER
        if (rows := self._rows.get(at)) is None:  # none is to ring then, or they have just rung
            rows = self._rows[at] = set()
            when = DateTrigger(datetime.fromtimestamp(at / 1000, UTC))
            self._scheduler.add_job(self._ring, when, args=[at], id=str(at))
        rows.add(row)
        self._armed[partition][row] = at

    def _disarm(self, row: str, at: int) -> None:
        rows = self._rows.get(at, set())
        rows.discard(row)
        if not rows and self._rows.pop(at, None) is not None:
            with suppress(JobLookupError):  # it rings at this moment
                self._scheduler.remove_job(str(at))

    def _ring(self, at: int) -> None:
        """In this order: a row that is armed meanwhile for the same moment is found by the look that this brings."""
        self._rows.pop(at, None)
        self._wake()

    def close(self) -> None:
        """Stops the scheduler's thread."""
        self._scheduler.remove_all_jobs()  # or its thread might miss a job that the shutdown took away
        self._scheduler.shutdown(wait=False)
