"""Digests and quiet hours over the changes of clocks, in every zone: what is held back is sent later, never earlier."""

from datetime import UTC, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.matching.send_time import next_moment
from stream.units import DAY, MINUTE
from tests.stream.matching.test_stage import subscription

SINCE = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000)


def clock(moment: int, zone: str) -> time:
    return datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).time()


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@cache
def changes(zone: str) -> tuple[int, ...]:
    """The moments of a year and a half at which clocks there are set; the first one of all where there are none."""

    def offset(moment: int):
        return datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).utcoffset()

    found = []
    for day in range(550):
        before, after = SINCE + day * DAY, SINCE + (day + 1) * DAY
        if offset(before) != offset(after):
            while after - before > MINUTE:
                middle = (before + after) // (2 * MINUTE) * MINUTE
                before, after = (middle, after) if offset(middle) == offset(before) else (before, middle)
            found.append(after)
    return tuple(found) or (SINCE,)


def minutes(start: int):
    return (moment for moment in range(start // MINUTE * MINUTE + MINUTE, start + 3 * DAY, MINUTE))


def comes_to(wanted: time, start: int, zone: str) -> int:
    """By going through the minutes: the first at which clocks show the time, or have gone past it at once."""
    before = datetime.fromtimestamp(start // MINUTE * MINUTE / 1000, ZoneInfo(zone)).replace(tzinfo=None)
    for moment in minutes(start):
        after = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).replace(tzinfo=None)
        if before < datetime.combine(after.date(), wanted) <= after:
            return moment
        before = after
    raise AssertionError("clocks never come to it")


ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"}))
NEAR = st.integers(-300, 300)  # minutes


@st.composite
def moments(draw):
    """A zone, a moment near one of its changes, and two times of day that are near that on the clocks there."""
    zone = draw(ZONES)
    change = draw(st.sampled_from(changes(zone)))
    start, end = (clock(change + draw(NEAR) * MINUTE, zone).replace(second=0) for _ in range(2))
    return zone, change + draw(NEAR) * MINUTE + draw(st.integers(0, MINUTE - 1)), start, end


@given(moments())
def test_a_digest_comes_when_clocks_come_to_its_time_and_once_a_day(case):
    zone, now, wanted, _ = case
    wish = subscription(digest=(f"{wanted:%H:%M}",), zone=zone)
    first = next_moment(wish, now, 0)
    assert now < first <= now + 2 * DAY
    second = next_moment(wish, first, 0)
    assert DAY - 180 * MINUTE <= second - first <= DAY + 180 * MINUTE
    if first != comes_to(wanted, now, zone):  # then clocks show it a second time, and the first was before
        assert clock(first, zone) == wanted
        assert clock(comes_to(wanted, now, zone), zone) == wanted
        assert comes_to(wanted, now, zone) < first


@given(moments())
def test_quiet_hours_hold_back_to_their_end_and_no_further(case):
    zone, now, start, end = case
    if start == end:
        return
    moment = next_moment(subscription(quiet=f"{start:%H:%M}-{end:%H:%M}", zone=zone), now, 0)

    def quiet(at: int) -> bool:
        shown = clock(at, zone)
        return start <= shown < end if start < end else shown >= start or shown < end

    assert moment >= now
    assert not quiet(moment)
    if moment == now:
        return
    first = next(at for at in minutes(now) if not quiet(at))
    if moment != first:  # clocks were set back to before the start: what is held back still waits for the end
        assert first < moment
        assert clock(first, zone) < start
        assert clock(moment, zone) == end


@given(moments(), st.integers(1, 3))
def test_nothing_is_ever_sent_before_it_came(case, cap):
    zone, now, start, end = case
    quiet = "" if start == end else f"{start:%H:%M}-{end:%H:%M}"
    wish = subscription(digest=(f"{start:%H:%M}", f"{end:%H:%M}"), quiet=quiet, cap=cap, zone=zone)
    assert next_moment(wish, now, cap) >= now
    assert next_moment(wish, now, cap, gathered=True) >= now


@pytest.mark.parametrize(
    ("asked", "now", "told"),
    [
        ({"quiet": "22:00-02:30"}, "2026-10-25T01:10", "2026-10-25T01:30"),  # the second 02:10
        ({"quiet": "22:00-02:30"}, "2026-10-25T00:10", "2026-10-25T00:30"),  # the first
        ({"quiet": "22:00-02:30"}, "2027-03-28T00:50", "2027-03-28T01:00"),  # 02:30 is skipped: 03:00
        ({"digest": ("02:30",)}, "2026-10-25T00:10", "2026-10-25T00:30"),
        ({"digest": ("02:30",)}, "2026-10-25T01:10", "2026-10-26T01:30"),
        ({"digest": ("02:30",)}, "2027-03-28T00:00", "2027-03-28T01:00"),
        ({"digest": ("02:30",), "quiet": "02:00-03:30"}, "2027-03-28T00:00", "2027-03-28T01:30"),
    ],
)
def test_the_changes_in_berlin(asked, now, told):
    assert next_moment(subscription(zone="Europe/Berlin", **asked), utc(now), 0) == utc(told)


def test_a_day_that_a_zone_left_out():
    wish = subscription(digest=("08:00",), zone="Pacific/Apia")
    assert next_moment(wish, utc("2011-12-30T09:00"), 0) == utc("2011-12-30T10:00")
    assert next_moment(wish, utc("2011-12-30T10:00"), 0) == utc("2011-12-30T18:00")
