"""APScheduler holds the collectors' wake-ups: one job a feed, rebuilt from the rows. It contains no work."""

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from stream.log.records import Change, Tick

__all__ = ["NEVER", "WakeUps"]

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
TOGETHER = 100  # ms: what is due within ring together


class _Rest(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Keeps a job that has rung until it is armed again: to make one anew for each poll costs four times as much."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Not in our time."""
        return NEVER


class WakeUps:
    """The worker's `Alarm`: calls `wake` when a row's time has come, once however late, never dropped.

    `wake` is called in the scheduler's thread and must only set a flag.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._armed: dict[int, dict[str, int]] = {}  # by partition and row, when it rings or last rang
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
        self._armed[partition] = {}
        for tick in ticks:
            self._arm(partition, f"{tick.table}/{tick.key}", tick.due)

    def lost(self, partition: int) -> None:
        """Drops the wake-ups of a partition."""
        for key in self._armed.pop(partition, {}):
            self._scheduler.remove_job(key)

    def changed(self, partition: int, changes: Sequence[Change]) -> None:
        """Follows rows that were armed, disarmed or deleted."""
        for change in changes:
            key = f"{change.table}/{change.key}"
            if change.value is not None and change.due is not None:
                self._arm(partition, key, change.due)
            elif (due := self._armed.get(partition, {}).get(key)) is None:
                continue
            elif change.value is None:
                del self._armed[partition][key]
                self._scheduler.remove_job(key)
            elif due > time.time() * 1000:  # else it has just rung, and rests by itself
                self._scheduler.modify_job(key, next_run_time=NEVER)

    def _arm(self, partition: int, key: str, due: int) -> None:
        when = datetime.fromtimestamp(math.ceil(due / TOGETHER) * TOGETHER / 1000, UTC)
        armed = self._armed.setdefault(partition, {})
        if key in armed:
            self._scheduler.modify_job(key, next_run_time=when)
        else:
            self._scheduler.add_job(self._wake, _Rest(), next_run_time=when, id=key)
        armed[key] = due

    def close(self) -> None:
        """Stops the scheduler's thread."""
        self._scheduler.remove_all_jobs()  # or its thread might miss a job that the shutdown took away
        self._scheduler.shutdown(wait=False)
