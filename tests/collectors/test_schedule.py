"""Wake-ups come when rows are due, late ones too, and not for partitions that are lost."""

import threading
import time
from collections.abc import Iterator

import pytest

from collectors.schedule import TOGETHER, WakeUps
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


def ringing(alarm: WakeUps) -> set[str]:
    """The rows that are going to ring; the scheduler has a job for each moment at which some do, and no other."""
    moments = alarm._rows
    assert {job.id for job in alarm._scheduler.get_jobs()} == {str(at) for at in moments}
    return {row for rows in moments.values() for row in rows}


def test_a_row_wakes_when_it_is_due_and_not_before(alarm, woken):
    due = now() + 300
    alarm.gained(0, [Tick("feeds", "a", due)])
    assert woken.await_(1)
    assert woken.times[0] >= due


def test_what_is_late_is_not_dropped(alarm, woken):
    alarm.gained(0, [Tick("feeds", "a", 1_000), Tick("feeds", "b", now() - 86_400_000)])
    assert woken.await_(2)


def test_a_row_that_is_armed_again_wakes_at_its_new_time(alarm, woken):
    alarm.gained(0, [Tick("feeds", "a", FAR)])
    assert ringing(alarm) == {"feeds/a"}
    alarm.changed(0, [Change("feeds", "a", b"row", now())])
    assert woken.await_(1)


def test_a_new_row_wakes(alarm, woken):
    alarm.gained(0, [])
    alarm.changed(0, [Change("feeds", "a", b"row", now())])
    assert woken.await_(1)


def test_disarmed_and_deleted_rows_are_silent(alarm):
    alarm.gained(0, [Tick("feeds", name, FAR) for name in "abc"])
    alarm.changed(0, [Change("feeds", "a", b"row", None), Change("feeds", "b", None), Change("feeds", "z", None)])
    assert ringing(alarm) == {"feeds/c"}


def test_a_lost_partition_is_silent_and_the_others_are_not(alarm):
    alarm.gained(0, [Tick("feeds", "a", FAR)])
    alarm.gained(1, [Tick("feeds", "b", FAR)])
    alarm.lost(0)
    alarm.lost(7)
    assert ringing(alarm) == {"feeds/b"}


def test_a_row_rings_once_however_often_it_is_armed(alarm):
    alarm.gained(0, [])
    for later in range(20):
        alarm.changed(0, [Change("feeds", "a", b"row", FAR + later * TOGETHER)])
    assert ringing(alarm) == {"feeds/a"}
    assert len(alarm._scheduler.get_jobs()) == 1


def test_what_is_due_together_has_one_job(alarm):
    alarm.gained(0, [Tick("feeds", name, FAR - at) for at, name in enumerate("abc")])
    assert ringing(alarm) == {"feeds/a", "feeds/b", "feeds/c"}
    assert len(alarm._scheduler.get_jobs()) == 1
    alarm.changed(0, [Change("feeds", "a", None)])
    assert ringing(alarm) == {"feeds/b", "feeds/c"}


def test_a_row_that_is_armed_for_a_moment_at_which_others_have_rung_wakes(alarm, woken):
    alarm.gained(0, [Tick("feeds", "a", 1_000)])
    assert woken.await_(1)
    alarm.changed(0, [Change("feeds", "b", b"row", 1_000)])
    assert woken.await_(2)
    alarm.changed(0, [Change("feeds", "c", b"row", 1_000), Change("feeds", "a", None)])
    assert woken.await_(3)


def test_a_row_that_has_fired_can_be_disarmed(alarm, woken):
    alarm.gained(0, [Tick("feeds", "a", now())])
    assert woken.await_(1)
    alarm.changed(0, [Change("feeds", "a", None)])
    alarm.lost(0)
    assert ringing(alarm) == set()


def test_after_closing_nothing_wakes(woken):
    alarm = WakeUps(woken)
    alarm.gained(0, [Tick("feeds", "a", FAR)])
    alarm.close()
    assert not alarm._scheduler.running
