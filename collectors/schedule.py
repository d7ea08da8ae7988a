"""APScheduler holds the collectors' wake-ups: one date job a feed, rebuilt from the rows. It contains no work."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from stream.stage import Change, Tick

__all__ = ["WakeUps"]


class WakeUps:
    """The worker's `Alarm`: calls `wake` when a row's time has come, once however late, never dropped.

    `wake` is called in the scheduler's thread and must only set a flag.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._keys: dict[int, set[str]] = {}
        # No grace time: a late wake-up is run, not dropped; coalesced, since one look finds all that is due. Run in the
        # scheduler's own thread: with a pool, a row armed again while its last wake-up still runs would be skipped.
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )
        self._scheduler.start()

    def gained(self, partition: int, ticks: Sequence[Tick]) -> None:
        """Takes up the armed rows of a partition."""
        self._keys[partition] = set()
        for tick in ticks:
            self._arm(partition, f"{tick.table}/{tick.key}", tick.due)

    def lost(self, partition: int) -> None:
        """Drops the wake-ups of a partition."""
        for key in self._keys.pop(partition, set()):
            self._disarm(key)

    def changed(self, partition: int, changes: Sequence[Change]) -> None:
        """Follows rows that were armed, disarmed or deleted."""
        for change in changes:
            key = f"{change.table}/{change.key}"
            if change.due is not None and change.value is not None:
                self._arm(partition, key, change.due)
            elif key in self._keys.get(partition, set()):
                self._keys[partition].discard(key)
                self._disarm(key)

    def _arm(self, partition: int, key: str, due: int) -> None:
        self._keys.setdefault(partition, set()).add(key)
        when = datetime.fromtimestamp(due / 1000, UTC)
        self._scheduler.add_job(self._wake, "date", run_date=when, id=key, replace_existing=True)

    def _disarm(self, key: str) -> None:
        with contextlib.suppress(JobLookupError):  # it has just fired
            self._scheduler.remove_job(key)

    def close(self) -> None:
        """Stops the scheduler's thread."""
        self._scheduler.remove_all_jobs()  # or its thread might miss a job that the shutdown took away
        self._scheduler.shutdown(wait=False)
