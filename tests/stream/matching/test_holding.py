"""What is held back by digests, quiet hours, caps and mutes comes later, once, and none of it is lost."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.log.records import Record
from stream.matching.messages import TOGETHER
from stream.matching.send_time import check_hours, next_moment
from stream.matching.stage import MatchStage
from stream.records import Alert, Outbound, decode, encode
from stream.units import HOUR
from tests.stream.matching.test_stage import subscription, views
from tests.stream.stories.test_stages import Run, alert


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


NOON = at("2026-03-02 12:00")


class Course:
    """A match stage over time, with what it sent."""

    def __init__(self, **of) -> None:
        self.run = Run(MatchStage(("t",)), views(subscription(**of)))
        self.sent: list[Outbound] = []

    def tell(self, one: Alert, now: int) -> None:
        self._take(self.run(Record("alerts.t", 0, 0, one.story, encode(one)), now=now))

    def until(self, now: int) -> None:
        """Lets every timer up to this moment ring when it is due."""
        while (due := self.run.rows.next_due()) is not None and due <= now:
            self._take(self.run(*self.run.rows.due(due, 10), now=due))

    def _take(self, effects) -> None:
        self.sent += [decode(out.value, Outbound) for out in effects.outputs]

    @property
    def told(self) -> list[tuple[str, int]]:
        """(alert id, seq) in the order in which they were sent, digests unpacked."""
        return [(a.id, a.seq) for out in self.sent for a in ((out.alert,) if out.alert else out.alerts)]


def story(number: int, seq: int = 0, kind: str = "new") -> Alert:
    return replace(alert(seq, kind), id=f"a{number}", story=f"a{number}", alerted_at=number)


def test_a_digest_brings_what_came_since_the_last_one():
    course = Course(digest=("08:00", "18:00"), zone="Europe/Lisbon")
    for number in range(3):
        course.tell(story(number), NOON + number)
    course.until(at("2026-03-02 17:59", "Europe/Lisbon"))
    assert course.sent == []
    course.until(at("2026-03-02 18:00", "Europe/Lisbon"))
    assert course.told == [("a0", 0), ("a1", 0), ("a2", 0)]
    (out,) = course.sent
    assert (out.alert, out.subscription, out.at) == (None, "s", at("2026-03-02 18:00", "Europe/Lisbon"))
    assert (out.held, out.prompt) == (True, False)
    course.tell(story(9), at("2026-03-02 18:01", "Europe/Lisbon"))
    course.until(at("2026-03-03 08:00", "Europe/Lisbon"))
    assert course.told[3:] == [("a9", 0)]


def test_of_an_alert_that_is_muted_nothing_more_is_sent_until_that_is_taken_back_but_its_retraction_is():
    course = Course()
    course.run.stage = MatchStage(("t",), live=True)
    muted: dict[str, bytes] = {}
    course.run.views |= {"mutes": muted, "themes": {}}
    course.tell(story(1), NOON)
    muted["a1"] = muted["a2"] = b""
    course.tell(story(1, 1, "update"), NOON + 1)
    course.tell(story(2), NOON + 2)
    assert course.told == [("a1", 0)]
    del muted["a1"]
    course.tell(story(1, 2, "update"), NOON + 3)
    muted["a1"] = b""
    course.tell(story(1, 3, "retracted"), NOON + 4)
    course.tell(story(2, 1, "retracted"), NOON + 5)
    assert course.told[1:] == [("a1", 2), ("a1", 3)]


def test_what_waits_goes_without_those_that_were_muted_meanwhile():
    course = Course(digest=("18:00",))
    course.run.stage = MatchStage(("t",), live=True)
    course.run.views |= {"mutes": {}, "themes": {}}
    course.tell(story(1), NOON)
    course.tell(story(2), NOON + 1)
    course.run.views["mutes"] = {"a1": b""}
    course.until(NOON + 24 * HOUR)
    assert course.told == [("a2", 0)]


def test_a_later_word_takes_the_place_of_one_that_waits_and_a_retraction_ends_it():
    course = Course(digest=("18:00",), updates=False)
    course.tell(story(1), NOON)
    course.tell(story(1, 1, "update"), NOON + 1)
    course.tell(story(2), NOON + 2)
    course.tell(story(2, 1, "retracted"), NOON + 3)
    course.until(NOON + 24 * HOUR)
    assert course.told == [("a1", 1)]


def test_what_was_sent_is_retracted_even_where_an_update_still_waits():
    course = Course(quiet="13:00-14:00")
    course.tell(story(1), NOON)
    course.tell(story(1, 1, "update"), NOON + HOUR)
    course.tell(story(1, 2, "retracted"), NOON + HOUR + 1)
    course.until(NOON + 24 * HOUR)
    assert course.told == [("a1", 0), ("a1", 2)]
    assert course.sent[-1].alert.kind == "retracted"
    assert course.sent[-1].at == NOON + 2 * HOUR


def test_quiet_hours_over_midnight_end_in_the_morning_of_the_zone():
    course = Course(quiet="22:00-07:00", zone="Asia/Tokyo")
    course.tell(story(1), at("2026-03-02 23:30", "Asia/Tokyo"))
    course.tell(story(2), at("2026-03-03 06:59", "Asia/Tokyo"))
    course.tell(story(3), at("2026-03-03 07:30", "Asia/Tokyo"))
    assert course.told == [("a3", 0)]
    course.until(at("2026-03-03 08:00", "Asia/Tokyo"))
    assert course.told == [("a3", 0), ("a1", 0), ("a2", 0)]
    assert course.sent[-1].at == at("2026-03-03 07:00", "Asia/Tokyo")


def test_a_cap_holds_back_the_rest_of_the_hour_and_loses_nothing():
    course = Course(cap=2)
    for number in range(2 * TOGETHER):
        course.tell(story(number), NOON + number)
    assert course.told == [("a0", 0), ("a1", 0)]
    course.until(NOON + HOUR)
    assert sorted(course.told) == sorted((f"a{number}", 0) for number in range(2 * TOGETHER))
    assert len(course.sent) == 2 + 2  # two by themselves, the rest in messages of a bounded size


def test_only_what_nothing_holds_back_is_to_arrive_promptly():
    course = Course(cap=1)
    course.tell(story(1), NOON)
    course.tell(story(2), NOON)
    course.until(NOON + HOUR)
    assert [(out.alert.id, out.held, out.prompt) for out in course.sent] == [("a1", False, True), ("a2", True, False)]
    course.tell(story(1, 1, "update"), NOON + 2 * HOUR)
    course.tell(replace(story(3), rule="label"), NOON + 3 * HOUR)
    assert [(out.held, out.prompt) for out in course.sent[2:]] == [(False, False)] * 2


def test_a_mute_keeps_away_what_comes_and_holds_back_what_waited():
    course = Course(digest=("18:00",))
    course.tell(story(1), NOON)
    course.run.views = views(subscription(digest=("18:00",), muted_until=NOON + 10 * HOUR))
    course.tell(story(2), NOON + 1)
    course.until(NOON + 9 * HOUR)
    assert course.sent == []
    course.until(NOON + 10 * HOUR)
    assert course.told == [("a1", 0)]


def test_what_waits_for_a_subscription_that_is_removed_waits_for_nobody():
    course = Course(digest=("18:00",))
    course.tell(story(1), NOON)
    course.run.views = views()
    course.until(NOON + 24 * HOUR)
    assert (course.sent, list(course.run.rows.items("held"))) == ([], [])


@pytest.mark.parametrize(
    "wrong",
    [{"digest": ("8:00",)}, {"digest": ("24:00",)}, {"quiet": "22:00"}, {"quiet": "07:00-07:00"}, {"zone": "Mars"}],
)
def test_a_time_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"HH:MM|never end|time zone"):
        check_hours(subscription(**wrong))


def test_a_day_of_which_an_hour_is_missing_still_has_its_digest():
    wish = subscription(digest=("02:30",), zone="Europe/Berlin")
    moment = next_moment(wish, at("2026-03-29 01:00", "Europe/Berlin"), 0)
    assert at("2026-03-29 01:00", "Europe/Berlin") < moment <= at("2026-03-29 04:00", "Europe/Berlin")


WAITS = st.fixed_dictionaries(
    {},
    optional={
        "digest": st.sampled_from([("00:00",), ("08:00", "18:00")]),
        "quiet": st.sampled_from(["22:00-07:00", "11:00-13:00"]),
        "cap": st.integers(1, 3),
        "zone": st.sampled_from(["UTC", "Asia/Kolkata", "America/St_Johns"]),
        "updates": st.just(True),
    },
)


@given(WAITS, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12 * HOUR)), max_size=30))
def test_whatever_holds_it_back_the_last_word_of_each_alert_arrives_once(waits, words):
    course, now, last = Course(**waits), NOON, {}
    for number, later in words:
        now += later
        course.until(now)
        seq = last.get(number, -1) + 1
        last[number] = seq
        course.tell(story(number, seq, "update" if seq else "new"), now)
    course.until(now + 72 * HOUR)
    assert len(course.told) == len(set(course.told))
    newest = dict(sorted(course.told))
    assert newest == {f"a{number}": seq for number, seq in last.items()}
    assert list(course.run.rows.items("held")) == []
