"""When a feed is polled next, and when its silence is unusual."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.feed.interval import FeedHints, ItemIntervals, PollIntervals, after_skipped_hours, interval
from stream.records import Feed
from stream.units import DAY, HOUR

NOW = int(datetime(2025, 6, 2, 12, tzinfo=UTC).timestamp() * 1000)
POLLS = PollIntervals(interval=900, shortest=60, longest=3600)
FREE = Feed(id="f", url="https://feeds.example/")


def bounded(**bounds: float) -> Feed:
    return Feed(id="f", url="https://feeds.example/", **bounds)  # type: ignore[arg-type]  # bounds only


def every(seconds: int, count: int = 20, until: int = NOW) -> ItemIntervals:
    return ItemIntervals().with_items([until - n * seconds * 1000 for n in range(count)])


def test_the_usual_interval_is_the_median_and_unknown_while_there_are_few():
    assert every(3600).usual == 3600
    assert every(3600, count=5).usual == 0
    assert ItemIntervals().with_items([]).usual == 0


def test_items_in_any_order_and_in_several_polls_have_the_same_intervals():
    times = [NOW - n * HOUR for n in range(10)]
    assert (
        ItemIntervals().with_items(times)
        == ItemIntervals().with_items(times[::-1])
        == ItemIntervals().with_items(times[4:]).with_items(times[:4])
    )


def test_what_is_older_than_the_newest_is_left_out():
    assert every(3600).with_items([NOW - DAY, NOW]) == every(3600)


@given(st.lists(st.integers(0, NOW), max_size=200))
def test_few_are_kept(times):
    item_intervals = ItemIntervals().with_items(times)
    assert len(item_intervals.seconds) <= 40
    assert all(seconds > 0 for seconds in item_intervals.seconds)


def test_a_feed_is_silent_by_its_own_history():
    daily, hourly, monthly = every(86_400), every(3600), every(30 * 86_400)
    assert [daily.silent(NOW + days * DAY, 86_400) for days in (1, 3, 5)] == [False, False, True]
    assert [hourly.silent(NOW + hours * HOUR, 86_400) for hours in (23, 25)] == [False, True]
    assert [monthly.silent(NOW + days * DAY, 86_400) for days in (60, 110, 130)] == [False, False, True]


def test_weekends_are_usual_and_one_holiday_or_pinned_item_makes_no_feed_deaf():
    workdays = [NOW - n * DAY for n in range(60) if datetime.fromtimestamp((NOW - n * DAY) / 1000, UTC).weekday() < 5]
    item_intervals = ItemIntervals().with_items([*workdays, NOW - 3000 * DAY])
    assert [item_intervals.silent(workdays[0] + days * DAY, 86_400) for days in (3, 7)] == [False, True]


def test_a_feed_without_history_is_never_silent():
    assert not every(60, count=3).silent(NOW + 1000 * DAY, 86_400)


def test_a_feed_is_polled_twice_in_its_usual_gap_within_the_bounds():
    waits = [interval(POLLS, FREE, every(gap), FeedHints(), 0, NOW) for gap in (60, 3600, 86_400)]
    assert waits == [900, 1800, 3600]


def test_a_persons_own_interval_is_kept_and_own_bounds_bend():
    assert interval(POLLS, bounded(interval=300), every(86_400), FeedHints(ttl=7200), 3, NOW) == 300
    assert interval(POLLS, bounded(interval=300, longest=1200), every(86_400), FeedHints(), 0, NOW) == 1200
    assert interval(POLLS, bounded(longest=600), every(60), FeedHints(), 0, NOW) == 600


def test_an_interval_by_the_second_is_kept():
    assert interval(PollIntervals(1, 60, 3600), FREE, every(86_400), FeedHints(ttl=7200), 0, NOW) == 1


@pytest.mark.parametrize(("ttl", "seconds"), [(60, 900), (1800, 1800), (604_800, 3600)])
def test_what_a_feed_states_is_obeyed_within_the_bounds(ttl, seconds):
    assert interval(POLLS, FREE, ItemIntervals(), FeedHints(ttl), 0, NOW) == seconds


def test_after_a_batch_of_items_a_feed_is_polled_often_for_a_while():
    batch = ItemIntervals(oldest=NOW)
    waits = [interval(POLLS, FREE, batch, FeedHints(), 0, NOW + minutes * 60_000) for minutes in (1, 10, 20, 60)]
    assert waits == [60, 300, 600, 900]


def test_a_short_window_or_one_that_turns_over_is_polled_faster():
    assert interval(POLLS, FREE, ItemIntervals(oldest=NOW - 600_000), FeedHints(), 0, NOW) == 300
    assert interval(POLLS, FREE, ItemIntervals(oldest=NOW - 10_000), FeedHints(), 0, NOW) == 60
    assert [interval(POLLS, FREE, ItemIntervals(), FeedHints(), recent_gaps, NOW) for recent_gaps in (0, 1, 2, 9)] == [
        900,
        450,
        225,
        60,
    ]


@given(
    st.floats(1, 10_000),
    st.floats(0, 10_000),
    st.floats(0, 10_000),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 20),
)
def test_an_interval_is_within_its_bounds(base, low, high, ttl, window, recent_gaps):
    polls = PollIntervals(base, 60, 3600)
    feed = bounded(interval=low, longest=high)
    found = interval(polls, feed, ItemIntervals(oldest=NOW - window), FeedHints(ttl), recent_gaps, NOW)
    assert polls.shortest_for(feed) <= found <= polls.bounds(feed)[1]


def test_skipped_hours_are_waited_out_but_not_longer_than_the_longest_interval():
    noon = NOW
    assert after_skipped_hours(noon, (13, 14), noon + DAY) == noon
    assert after_skipped_hours(noon + 60_000, (12, 13), noon + DAY) == noon + 2 * HOUR
    assert after_skipped_hours(noon, (12, 13), noon + HOUR) == noon + HOUR
    assert after_skipped_hours(noon, (23, 12, 0), noon + DAY) == noon + HOUR
    assert after_skipped_hours(noon, tuple(range(24)), noon + DAY) == noon
