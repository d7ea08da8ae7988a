"""What is said of an outage: few lines, with how long it took."""

from dataclasses import dataclass

import pytest

from stream.ops.outage import Outage, duration


@dataclass
class Time:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def outage(time):
    return Outage("tag", "is without Kafka", "is back on Kafka", time)


def test_an_outage_is_a_line_when_it_begins_one_a_minute_and_one_when_it_is_over(outage, time, caplog):
    outage.over()
    for second in range(200):
        time.now = float(second)
        outage.lost("nobody answers")
    time.now = 203.4
    outage.over()
    outage.over()
    assert caplog.messages == [
        "tag is without Kafka: nobody answers",
        "tag is without Kafka for 1 min 0 s: nobody answers",
        "tag is without Kafka for 2 min 0 s: nobody answers",
        "tag is without Kafka for 3 min 0 s: nobody answers",
        "tag is back on Kafka after 3 min 23 s",
    ]


def test_another_reason_is_said_at_once_where_a_person_is_needed(outage, time, caplog):
    outage.lost("nobody answers")
    outage.lost("the broker is up, and busy")
    time.now = 5.0
    outage.lost("a topic is gone", urgent=True)
    outage.lost("a topic is gone", urgent=True)
    assert caplog.messages[1:] == ["tag is without Kafka for 5 s: a topic is gone"]


def test_the_next_outage_begins_anew(outage, time, caplog):
    outage.lost("once")
    outage.over()
    outage.lost("again")
    assert caplog.messages[-1] == "tag is without Kafka: again"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (192, "3 min 12 s"), (7380, "2 h 3 min")]
)
def test_a_duration_is_for_people(seconds, text):
    assert duration(seconds) == text
