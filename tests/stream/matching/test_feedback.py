"""What a subscription says of an alert, as far as it alone is concerned."""

import pytest

from stream.log.records import Record
from stream.records import Feedback, encode
from tests.stream.matching.test_holding import NOON, Course, story
from tests.stream.matching.test_stage import subscription, views


def say(course: Course, right: bool | None, alert: str = "a1", name: str = "s", topic: str = "feedback") -> None:
    said = Feedback(subscription=name, alert=alert, theme="t", item="i", right=right, at=NOON)
    assert course.run(Record(topic, 0, 0, name, encode(said)), now=NOON).outputs == []


@pytest.mark.parametrize("topic", ["feedback", "retry.match"])
def test_of_what_it_called_wrong_a_subscription_hears_no_updates_but_that_it_is_retracted(topic):
    course = Course()
    course.tell(story(1), NOON)
    say(course, False, topic=topic)
    course.tell(story(1, 1, "update"), NOON)
    course.tell(story(2), NOON)
    course.tell(story(2, 1, "update"), NOON)
    course.tell(story(1, 2, "retracted"), NOON)
    assert course.told == [("a1", 0), ("a2", 0), ("a2", 1), ("a1", 2)]


@pytest.mark.parametrize("later", [True, None])
def test_who_changes_their_mind_or_is_undone_hears_updates_again(later):
    course = Course()
    course.tell(story(1), NOON)
    say(course, False)
    say(course, later)
    course.tell(story(1, 1, "update"), NOON)
    assert course.told == [("a1", 0), ("a1", 1)]


def test_others_go_on_hearing_of_it():
    course = Course()
    course.run.views = views(subscription("s"), subscription("other"))
    course.tell(story(1), NOON)
    say(course, False)
    course.tell(story(1, 1, "update"), NOON)
    assert [(out.subscription, out.alert.seq) for out in course.sent] == [("other", 0), ("s", 0), ("other", 1)]


def test_an_update_that_waits_goes_with_the_answer_and_a_retraction_does_not():
    course = Course(quiet="13:00-14:00")
    for number in (1, 2):
        course.tell(story(number), NOON)
        course.tell(story(number, 1, "update"), NOON + 3_600_000)
    course.tell(story(2, 2, "retracted"), NOON + 3_600_000)
    say(course, False, "a1")
    say(course, False, "a2")
    course.until(NOON + 10 * 3_600_000)
    assert course.told == [("a1", 0), ("a2", 0), ("a2", 2)]


def test_feedback_on_what_was_never_sent_leaves_nothing():
    course = Course()
    say(course, False)
    assert list(course.run.rows.items("sent")) == []
    course.tell(story(1), NOON)
    assert course.told == [("a1", 0)]
