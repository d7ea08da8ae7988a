"""APScheduler holds the collectors' wake-ups, rebuilt from the rows. It contains no work.

What is due within a tenth of a second rings together, by one job: at a hundred polls a second, jobs of the feeds' own
would be set and rung a hundred times a second each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from stream.log.records import Change, Tick

__all__ = ["WakeUps"]

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
TOGETHER = 100  # ms: what is due within rings together


class _Rest(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Keeps a job that has rung until there is another moment for it: to make one anew costs four times as much."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Not in our time."""
        return NEVER


@dataclass
class _Moment:
    """A job of the scheduler, and when it rings or has rung (ms)."""

    name: str
    at: int = 0


class WakeUps:
    """The worker's `Alarm`: calls `wake` when a row's time has come, once however late, never dropped.

    `wake` is called in the scheduler's thread and must only set a flag.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._coming: set[int] = set()  # the times (ms) that something is to ring at
        self._resting: list[_Moment] = []  # that have rung
        self._numbers = count(1)
        # No grace time: a late wake-up is run, not dropped; coalesced, since one look finds all that is due. Run in the
        # scheduler's own thread: with a pool, a job set again while it still runs would be skipped.
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )
        self._scheduler.start()

    def gained(self, ticks: Sequence[Tick]) -> None:
        """Takes up the armed rows of a partition."""
        for tick in ticks:
            self._arm(tick.due)

    def changed(self, changes: Sequence[Change]) -> None:
        """Takes up the rows that were armed; what they were armed for before rings in vain."""
        for change in changes:
            if change.due is not None:
                self._arm(change.due)

    def _arm(self, due: int) -> None:
        at = -(-due // TOGETHER) * TOGETHER
        if at in self._coming:
            return
        moment = self._resting.pop() if self._resting else self._made()
        moment.at = at
        self._coming.add(at)
        self._scheduler.modify_job(moment.name, next_run_time=datetime.fromtimestamp(at / 1000, UTC))

    def _made(self) -> _Moment:
        moment = _Moment(f"wake-up {next(self._numbers)}")
        self._scheduler.add_job(self._ring, _Rest(), args=[moment], next_run_time=NEVER, id=moment.name)
        return moment

    def _ring(self, moment: _Moment) -> None:
        """Wakes last: a row that is armed for this time while it rings is then found by the look that this brings."""
        self._coming.discard(moment.at)
        self._resting.append(moment)
        self._wake()

    def close(self) -> None:
        """Stops the scheduler's thread."""
        self._scheduler.remove_all_jobs()  # or its thread might miss a job that the shutdown took away
        self._scheduler.shutdown(wait=False)
