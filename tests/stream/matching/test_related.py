"""What becomes of an alert that is likely of the same event as one that a subscription has had, as it wants it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.records import Alert, Related
from stream.units import HOUR
from tests.stream.matching.test_feedback import say
from tests.stream.matching.test_holding import NOON, WAITS, Course, at, story
from tests.stream.matching.test_stage import subscription, views

CHOICES = ("separate", "thread", "fold")


def like(number: int, *others: int, **of) -> Alert:
    """An alert that names these others."""
    related = tuple(Related(f"a{other}", 0.6, f"Title {other}") for other in others)
    return replace(story(number, **of), related=related)


def threads(course: Course) -> list[tuple[str, str]]:
    return [(out.alert.id, out.thread) for out in course.sent if out.alert]


def test_separate_sends_it_as_any_other():
    course = Course(related="separate")
    course.tell(story(1), NOON)
    course.tell(like(2, 1), NOON)
    assert threads(course) == [("a1", ""), ("a2", "")]


def test_thread_sends_it_and_all_later_words_on_it_in_the_thread_of_the_first():
    course = Course(related="thread")
    course.tell(story(1), NOON)
    course.tell(like(2, 1), NOON)
    course.tell(like(3, 2), NOON)  # of which the first is no relation: one thread all the same
    course.tell(story(2, 1, "update"), NOON)
    course.tell(like(1, 2, seq=1, kind="update"), NOON)
    course.tell(story(2, 2, "retracted"), NOON)
    assert threads(course) == [("a1", ""), ("a2", "a1"), ("a3", "a1"), ("a2", "a1"), ("a1", ""), ("a2", "a1")]
    assert [out.prompt for out in course.sent] == [True, True, True, False, False, False]
    assert "likely (0.60) about the event of an earlier alert" in course.sent[1].why


def test_fold_leaves_it_for_the_next_digest_with_what_else_waits():
    course = Course(related="fold", digest=("18:00",))
    course.tell(story(1), NOON)
    course.tell(like(2, 1), NOON)
    course.until(at("2026-03-02 18:00"))
    assert course.told == [("a1", 0), ("a2", 0)]
    assert len(course.sent) == 1


def test_fold_without_a_digest_waits_for_the_morning_of_the_zone():
    course = Course(related="fold", zone="Asia/Tokyo")
    course.tell(story(1), NOON)
    for number in (2, 3):
        course.tell(like(number, 1), NOON + number)
    course.tell(story(4), NOON + HOUR)
    assert course.told == [("a1", 0), ("a4", 0)]
    course.until(at("2026-03-03 08:00", "Asia/Tokyo"))
    assert course.told[2:] == [("a2", 0), ("a3", 0)]
    assert (course.sent[-1].at, course.sent[-1].held) == (at("2026-03-03 08:00", "Asia/Tokyo"), True)


def test_of_what_was_folded_a_later_word_takes_its_place_and_one_after_the_digest_is_in_the_next():
    course = Course(related="fold")
    course.tell(story(1), NOON)
    course.tell(like(2, 1), NOON)
    course.tell(story(2, 1, "update"), NOON + HOUR)
    course.tell(like(3, 1), NOON)
    course.tell(story(3, 1, "retracted"), NOON + HOUR)
    course.until(NOON + 24 * HOUR)
    assert course.told == [("a1", 0), ("a2", 1)]
    course.tell(story(2, 2, "retracted"), NOON + 24 * HOUR)
    assert course.told == [("a1", 0), ("a2", 1)]
    course.until(NOON + 48 * HOUR)
    assert course.told == [("a1", 0), ("a2", 1), ("a2", 2)]


def test_what_waits_for_the_morning_does_not_hold_up_what_a_cap_holds_back():
    course = Course(related="fold", cap=2)
    course.tell(story(1), NOON)
    course.tell(like(2, 1), NOON + 1)
    course.tell(story(3), NOON + 2)
    course.tell(story(4), NOON + 3)
    assert course.told == [("a1", 0), ("a3", 0)]
    course.until(NOON + HOUR)
    assert course.told == [("a1", 0), ("a3", 0), ("a2", 0), ("a4", 0)]


@pytest.mark.parametrize("choice", ["thread", "fold"])
def test_who_has_not_had_the_other_is_told_at_once(choice):
    course = Course(related=choice, least_sources=2)
    course.tell(story(1), NOON)  # which one source is too few for
    course.tell(replace(like(2, 1), independent=2), NOON)
    assert threads(course) == [("a2", "")]
    course.tell(replace(like(1, 2, seq=1, kind="update"), independent=2), NOON)  # now it is the one that comes second
    assert threads(course)[1:] == ([("a1", "a2")] if choice == "thread" else [])
    course.until(NOON + 24 * HOUR)
    assert course.told == [("a2", 0), ("a1", 1)]


def test_each_subscription_has_it_its_own_way():
    course = Course()
    course.run.views = views(*(subscription(choice, related=choice) for choice in CHOICES))
    course.tell(story(1), NOON)
    course.tell(like(2, 1), NOON)
    second = [(out.subscription, out.thread) for out in course.sent if out.alert.id == "a2"]
    assert second == [("separate", ""), ("thread", "a1")]
    course.until(NOON + 24 * HOUR)
    assert [(out.subscription, out.alert.id) for out in course.sent[5:]] == [("fold", "a2")]


def test_one_that_was_called_wrong_still_gathers_what_is_related():
    course = Course(related="thread")
    course.tell(story(1), NOON)
    say(course, False)
    course.tell(like(2, 1), NOON)
    assert threads(course) == [("a1", ""), ("a2", "a1")]


def test_a_choice_that_changes_holds_for_what_comes():
    course = Course(related="fold")
    course.tell(story(1), NOON)
    course.tell(like(2, 1), NOON)
    course.run.views = views(subscription(related="separate"))
    course.tell(like(3, 1), NOON)
    course.tell(story(2, 1, "update"), NOON + 1)
    assert course.told == [("a1", 0), ("a3", 0), ("a2", 1)]
    course.until(NOON + 48 * HOUR)
    assert course.told == [("a1", 0), ("a3", 0), ("a2", 1)]


def test_the_default_is_a_thread():
    assert subscription().related == "thread"


COURSES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 12 * HOUR), st.lists(st.integers(0, 5), max_size=2)), max_size=30
)


@given(WAITS, st.sampled_from(CHOICES), COURSES)
def test_whatever_becomes_of_it_the_last_word_of_each_alert_arrives_once(waits, choice, words):
    course, now, last = Course(**waits, related=choice), NOON, {}
    for number, later, others in words:
        now += later
        course.until(now)
        seq = last.get(number, -1) + 1
        last[number] = seq
        others = sorted({other for other in others if other in last} - {number})
        course.tell(like(number, *others, seq=seq, kind="update" if seq else "new"), now)
    course.until(now + 72 * HOUR)
    assert len(course.told) == len(set(course.told))
    assert dict(sorted(course.told)) == {f"a{number}": seq for number, seq in last.items()}
    assert list(course.run.rows.items("held")) == []
    assert all(not out.thread for out in course.sent if choice == "separate" or not out.alert)
