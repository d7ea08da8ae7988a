"""Wake-ups come when rows are due, late ones too, and once for what is due together."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from collectors.schedule import NEVER, TOGETHER, WakeUps
from stream.log.records import Change, Tick

FAR = 4_000_000_000_000


class Counter:
    """Counts wake-ups; `await_` returns whether there have been so many."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.times.append(now())
            self._changed.notify_all()

    def await_(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.times) >= count, timeout=30)


def now() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def woken() -> Counter:
    return Counter()


@pytest.fixture
def alarm(woken: Counter) -> Iterator[WakeUps]:
    own = WakeUps(woken)
    yield own
    own.close()


def rings(alarm: WakeUps) -> list[datetime]:
    """When it is going to ring."""
    return [job.next_run_time for job in alarm._scheduler.get_jobs() if job.next_run_time != NEVER]


def test_a_row_wakes_when_it_is_due_and_not_before(alarm, woken):
    due = now() + 300
    alarm.gained([Tick("feeds", "a", due)])
    assert woken.await_(1)
    assert woken.times[0] >= due


def test_what_is_late_is_not_dropped(alarm, woken):
    alarm.gained([Tick("feeds", "a", 1_000), Tick("feeds", "b", now() - 86_400_000)])
    assert woken.await_(2)


def test_a_row_that_is_armed_again_wakes_at_its_new_time(alarm, woken):
    alarm.gained([Tick("feeds", "a", FAR)])
    assert len(rings(alarm)) == 1
    alarm.changed([Change("feeds", "a", b"row", now())])
    assert woken.await_(1)


def test_a_new_row_wakes(alarm, woken):
    alarm.gained([])
    alarm.changed([Change("feeds", "a", b"row", now())])
    assert woken.await_(1)


def test_disarmed_and_deleted_rows_arm_nothing(alarm):
    alarm.changed([Change("feeds", "a", b"row", None), Change("feeds", "b", None)])
    assert rings(alarm) == []


def test_what_is_due_together_rings_once(alarm):
    alarm.gained([Tick("feeds", name, FAR - at) for at, name in enumerate("abc")])
    alarm.changed([Change("feeds", "d", b"row", FAR - TOGETHER)])
    assert rings(alarm) == [datetime.fromtimestamp((FAR - before) / 1000, UTC) for before in (TOGETHER, 0)]


def test_a_row_that_is_armed_for_a_time_at_which_others_have_rung_wakes(alarm, woken):
    alarm.gained([Tick("feeds", "a", 1_000)])
    assert woken.await_(1)
    alarm.changed([Change("feeds", "b", b"row", 1_000)])
    assert woken.await_(2)


def test_as_many_jobs_are_kept_as_have_ever_been_to_ring_at_once(alarm, woken):
    for number in range(1, 20):
        alarm.changed([Change("feeds", "a", b"row", number * 1_000)])
        assert woken.await_(number)
    assert len(alarm._scheduler.get_jobs()) <= 2


def test_after_closing_nothing_wakes(woken):
    alarm = WakeUps(woken)
    alarm.gained([Tick("feeds", "a", FAR)])
    alarm.close()
    assert not alarm._scheduler.running
