"""Subscriptions that match nothing: when it is odd, who hears of it and how often, and when it is over."""

import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.log.records import Out, Record
from stream.matching.silence import IMPROBABLE, NEVER_MATCHED, WATCHES, SilenceWatch, expected
from stream.matching.stage import MatchStage
from stream.records import Destination, HealthEvent, Outbound, OwnTheme, Subscription, decode, encode
from stream.units import DAY, HOUR
from tests.stream.matching.test_stage import subscription, views
from tests.stream.stories.test_stages import Run, alert

BEGIN = 1_772_000_000_000


class Course:
    """A match stage over time, with a subscription that was saved at its beginning, and what it told."""

    def __init__(self, *wishes: Subscription, themes: tuple[str, ...] = ("t",)) -> None:
        self.run, self.now, self.number = Run(MatchStage(themes)), BEGIN, 0
        self.outs: list[Out] = []
        for wish in wishes or (subscription(),):
            self.save(wish)

    def save(self, wish: Subscription) -> None:
        self.run.views = views(*self.wishes, wish)
        self.take(Record("subscriptions", 0, 0, wish.id, encode(wish)))

    def remove(self, name: str) -> None:
        self.run.views = views(*(wish for wish in self.wishes if wish.id != name))
        self.take(Record("subscriptions", 0, 0, name, None))

    @property
    def wishes(self) -> list[Subscription]:
        return [decode(value, Subscription) for value in self.run.views.get("subscriptions", {}).values()]

    def take(self, *events) -> None:
        outs = list(self.run(*events, now=self.now).outputs)
        self.outs += outs
        for out in outs:
            if out.topic == "events":  # as the stage itself reads them
                self.take(Record("events", 0, 0, out.key, out.value))

    def hear(self, after: int = 0, **of) -> None:
        """An alert, so much later."""
        self.until(self.now + after)
        self.number += 1
        one = msgspec.structs.replace(alert(), **{"id": f"a{self.number}", "story": f"a{self.number}", **of})
        self.take(Record("alerts.t", 0, 0, one.story, encode(one)))

    def until(self, moment: int) -> None:
        while (due := self.run.rows.next_due()) is not None and due <= moment:
            self.now = max(self.now, due)
            self.take(*self.run.rows.due(self.now, 10))
        self.now = moment

    @property
    def events(self) -> list[HealthEvent]:
        return [decode(out.value, HealthEvent) for out in self.outs if out.topic == "events"]

    @property
    def kinds(self) -> list[str]:
        return [event.kind.removeprefix("subscription ") for event in self.events]

    @property
    def sent(self) -> list[tuple[str, str]]:
        """(subscription, kind) of the health events that were sent."""
        found = [decode(out.value, Outbound) for out in self.outs if out.topic == "outbox"]
        return [(out.subscription, out.event.kind) for out in found if out.event]


def regular(course: Course, times: int = 10, gap: int = 6 * HOUR) -> None:
    for _ in range(times):
        course.hear(gap)


def test_a_subscription_that_used_to_match_is_told_of_once_and_again_when_it_is_over():
    course = Course()
    regular(course)
    last = course.now
    course.until(last + 365 * DAY)
    (event,) = course.events
    assert (event.kind, event.subject) == ("subscription silent", "subscriptions/s")
    assert last + DAY < event.at < last + 10 * DAY
    assert "about every 6.0 hours" in event.message
    assert "since 2026-0" in event.message
    assert "`themewire subscriptions preview s`" in event.message
    course.hear()
    course.hear(HOUR)
    assert course.kinds == ["silent", "heard again"]
    assert "after 365.0 days" in course.events[-1].message
    regular(course)
    course.until(course.now + 700 * DAY)
    assert course.kinds == ["silent", "heard again"]  # a year of silence has been seen: nearly two more are not odd
    course.until(course.now + 365 * DAY * 1000)
    assert course.kinds == ["silent", "heard again", "silent"]


def test_the_owner_hears_of_it_by_the_channel_itself_and_who_listens_too_does_not_hear_it_twice():
    course = Course(subscription(), subscription("ops", themes=(), events=("all",)))
    regular(course)
    course.until(course.now + 365 * DAY)
    course.hear()
    silent, again = "subscription silent", "subscription heard again"
    assert sorted(course.sent) == [("ops", again), ("ops", silent), ("s", silent)]
    both = Course(subscription(events=("subscription silent",)))
    regular(both)
    both.until(both.now + 365 * DAY)
    assert both.sent == [("s", silent)]


def test_one_that_never_matched_is_told_of_after_a_week_once():
    course = Course(subscription(threshold=0.95))
    for _ in range(40):
        course.hear(DAY)
    assert course.kinds == ["silent"]
    assert course.events[0].at == BEGIN + NEVER_MATCHED
    assert "since it was saved, 7.0 days ago" in course.events[0].message


def test_one_or_two_matches_are_no_history():
    course = Course()
    regular(course, times=2)
    course.until(course.now + 365 * DAY)
    assert course.kinds == []


def test_an_event_subscription_is_quiet_where_all_is_well():
    course = Course(subscription(themes=(), events=("all",)))
    course.until(BEGIN + 365 * DAY)
    assert course.outs == []


def test_many_alerts_of_one_moment_are_one_match():
    course = Course()
    for _ in range(50):
        course.hear(1000)
    course.until(course.now + 365 * DAY)
    assert course.kinds == []


def test_updates_of_what_was_matched_are_no_matches():
    course = Course()
    for seq in range(20):
        course.hear(6 * HOUR, id="a", story="a", seq=seq, kind="update" if seq else "new")
    course.until(course.now + 365 * DAY)
    assert course.kinds == []


def test_nights_and_weekends_are_no_silence():
    course = Course()
    for day in range(60):
        for _ in range(8):
            course.hear(HOUR)
        course.hear(16 * HOUR if day % 5 < 4 else 64 * HOUR)
    assert course.kinds == []


def test_a_mute_is_no_silence_and_what_is_odd_is_told_when_it_ends():
    course = Course()
    regular(course)
    until = course.now + 60 * DAY
    course.save(subscription(muted_until=until, revision=2))
    regular(course, times=4 * 20)
    assert course.kinds == []
    course.until(until - 1)
    assert course.kinds == []
    course.until(until)
    assert (course.kinds, course.events[0].at) == (["silent"], until)


def test_nobody_is_woken_by_it():
    course = Course(subscription(quiet="22:00-07:00"))
    regular(course)
    course.until(course.now + 365 * DAY)
    assert course.kinds == ["silent"]
    assert 7 <= course.events[0].at % DAY / HOUR < 22


def test_another_filter_begins_a_history_of_its_own_and_another_channel_does_not():
    course = Course()
    regular(course)
    course.save(subscription(channel=Destination("webhook", "https://example.org/other"), revision=2))
    watch = msgspec.json.decode(course.run.rows.get(WATCHES.name, "s"), type=SilenceWatch)
    assert len(watch.gaps) == 9
    course.save(subscription(words=("never",), revision=3))
    watch = msgspec.json.decode(course.run.rows.get(WATCHES.name, "s"), type=SilenceWatch)
    assert (watch.since, watch.gaps, watch.last) == (course.now, (), 0)


def test_who_is_removed_or_has_ended_is_not_watched():
    course = Course(subscription("a"), subscription("b"))
    course.save(subscription("a", ended="the receiver answered 410"))
    course.remove("b")
    assert list(course.run.rows.items(WATCHES.name)) == []
    course.until(BEGIN + 365 * DAY)
    assert course.kinds == []


def test_one_whose_timer_rings_when_it_is_gone_harms_nobody():
    course = Course()
    course.run.views = views()
    course.until(BEGIN + 365 * DAY)
    assert (course.outs, list(course.run.rows.items(WATCHES.name))) == ([], [])


def test_after_a_time_in_which_nobody_was_at_work_it_has_a_day_to_be_heard():
    def back_after_weeks() -> Course:
        course = Course()
        regular(course)
        course.now += 30 * DAY
        course.take(*course.run.rows.due(course.now, 10))
        return course

    course = back_after_weeks()
    course.hear(HOUR)
    course.until(course.now + 2 * DAY)
    assert course.kinds == []
    course = back_after_weeks()
    back = course.now
    course.until(back + 2 * DAY)
    assert (course.kinds, course.events[0].at) == (["silent"], back + DAY)


def test_a_stage_that_runs_but_now_and_then_tells_it_the_second_time():
    course = Course()
    regular(course)
    for _ in range(2):
        assert course.kinds == []
        course.now += 30 * DAY
        course.take(*course.run.rows.due(course.now, 10))
    assert course.kinds == ["silent"]


def test_when_its_themes_go_it_can_never_match_and_its_owner_hears_so_once():
    course = Course(subscription(), subscription("both", themes=("t", "u")), themes=("t", "u"))
    course.hear()
    course.run.stage = MatchStage(("u",))
    for _ in range(3):
        course.take(Record("events", 0, 0, "f", encode(HealthEvent(subject="f", kind="feed gone", message="m", at=1))))
    assert course.sent == [("s", "subscription silent")]
    assert "can never match: none of its themes (t) is watched" in course.events[0].message
    course.until(course.now + 365 * DAY)
    assert [event.subject for event in course.events].count("subscriptions/s") == 1


def test_word_of_a_theme_that_comes_before_its_record_is_not_lost():
    course = Course(subscription(), themes=("t", "u"))
    gone = HealthEvent(subject="themes/t", kind="theme removed", message="m", at=1)
    course.take(Record("events", 0, 0, gone.subject, encode(gone)))
    assert course.kinds == []
    removed = encode(OwnTheme(id="t", name="", about="a", added_at=1, removed_at=2))
    course.run.stage = MatchStage(("t", "u"), live=True)
    course.run.views = {**course.run.views, "mutes": {}, "themes": {"t": removed}}
    course.take(Record("themes", 0, 0, "t", removed))
    assert course.sent == [("s", "subscription silent")]


def test_one_that_was_saved_past_all_checks_and_can_never_match_is_told_of_at_once():
    course = Course(subscription(words=("a",), not_words=("a",)))
    assert course.sent == [("s", "subscription silent")]
    assert course.events[0].at == BEGIN


GAPS = st.lists(st.integers(HOUR, 100 * DAY), min_size=2, max_size=200)


@given(GAPS)
def test_it_is_never_odd_within_a_day_nor_within_twice_the_longest_gap(gaps):
    moment = expected(SilenceWatch("a", 0, last=1, gaps=tuple(gaps)))
    assert moment is not None
    assert moment - 1 >= max(DAY, 2 * max(gaps))


def test_the_more_is_known_the_less_it_takes_and_never_less_than_the_rate_itself_allows():
    waits = [expected(SilenceWatch("a", 0, last=1, gaps=(10 * DAY,) * n)) - 1 for n in range(2, 201)]
    assert waits == sorted(waits, reverse=True)
    assert waits[-1] > -math.log(IMPROBABLE) * 10 * DAY


@pytest.mark.parametrize("known", [2, 5, 40])
def test_a_gap_of_a_steady_source_is_taken_for_silence_as_rarely_as_is_said(known):
    """Of gaps that an exponential law makes, drawn anew with each history."""
    draw, trials, wrong = random.Random(1), 20_000, 0
    for _ in range(trials):
        gaps = tuple(int(draw.expovariate(1) * 10 * DAY) + 1 for _ in range(known))
        moment = expected(SilenceWatch("a", 0, last=1, gaps=gaps))
        wrong += draw.expovariate(1) * 10 * DAY > moment
    assert wrong / trials <= 2 * IMPROBABLE
