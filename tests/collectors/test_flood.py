"""What is news, what is history, and what is too much at once."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.entries.flood import Arrival, FloodLimits, fates
from stream.units import DAY

LIMITS = FloodLimits(7 * DAY, 10)


def aged(days: float) -> Arrival:
    return Arrival(int(days * DAY), True)


def undated(above: bool = True) -> Arrival:
    return Arrival(None, above)


def test_young_entries_are_news_however_many():
    assert set(fates([aged(6)] * 500, LIMITS)) == {"new"}


def test_old_entries_are_history_and_in_bulk_they_are_held_back():
    assert set(fates([aged(8)] * 10, LIMITS)) == {"history"}
    assert fates([aged(1), *[aged(8)] * 11], LIMITS) == ["new", *["held back"] * 11]


def test_entries_without_a_date_are_news_and_in_bulk_only_the_first_above_all_known():
    assert set(fates([undated(False)] * 10, LIMITS)) == {"new"}
    assert fates([*[undated()] * 3, *[undated(False)] * 20], LIMITS) == [*["new"] * 3, *["held back"] * 20]
    assert fates([undated()] * 20, LIMITS) == [*["new"] * 10, *["held back"] * 10]


@given(st.lists(st.builds(Arrival, st.none() | st.integers(0, 100 * DAY), st.booleans()), max_size=60))
def test_what_may_raise_an_alert_without_a_young_date_is_bounded(arrivals):
    found = fates(arrivals, LIMITS)
    assert len(found) == len(arrivals)
    assert sum(fate == "new" and a.age is None for a, fate in zip(arrivals, found, strict=True)) <= LIMITS.flood
    assert all(
        (fate == "new") == (a.age <= LIMITS.new_within) for a, fate in zip(arrivals, found, strict=True) if a.age
    )
