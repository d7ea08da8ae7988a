"""A stage with canaries: they are decided by the same code, and nothing of theirs meets anything of the world's."""

from dataclasses import dataclass, field

from stream.engine.batch import decide_batch
from stream.engine.stage import Effects, Request, Result
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Change, Out, Record, Tick
from stream.log.topics import canary_topic
from stream.ops.canary.isolated import LATE, WithCanary
from stream.units import HOUR

NOW = 100 * HOUR


@dataclass
class Counting:
    """A stage that counts what it has seen, in a row, and answers each event on every topic there may be."""

    name: str = "s"
    inputs: tuple[str, ...] = ("items", "labels")
    views: tuple[str, ...] = ("subscriptions", "models")
    asked: list[tuple[list, dict[str, dict[str, bytes]]]] = field(default_factory=list)

    def decide(self, tables, events, now):
        self.asked.append((list(events), {topic: dict(tables.view(topic)) for topic in self.views}))
        outs, requests = [], []
        for event in events:
            if isinstance(event, Record) and event.value == b"poison":
                raise ValueError("poison")
            seen = int(tables.get("seen", "all") or 0) + 1
            tables.put("seen", "all", b"%d" % seen, due=NOW + seen)
            tables.put("each", f"{seen}", b"x")
            outs += [Out(topic, "k", b"%d" % seen) for topic in ("candidates", "alerts.t", "tagged", "events")]
            requests.append(Request(f"r{seen}", "fetch", b"body"))
        return Effects(outs, tables.changes, requests, {"facts": len(events)})


VIEWS = {
    "subscriptions": {"person": b"p"},
    canary_topic("subscriptions"): {"canary": b"c"},
    "models": {"m": b"model"},
}


def record(topic, value=b"v", offset=0, timestamp=NOW):
    return Record(topic, 0, offset, "k", value, timestamp)


def stage():
    return WithCanary(Counting(), Counting())


def rows_after(effects):
    rows = InMemoryRows()
    rows.apply(effects.changes)
    return rows


def test_it_reads_the_twins_of_what_it_reads_and_of_what_needs_none_there_is_none():
    assert stage().inputs == ("items", "labels", "canary.items")
    assert stage().views == ("subscriptions", "models", "canary.subscriptions")
    assert canary_topic("alerts.a") == canary_topic("alerts.b") == "canary.alerts"
    assert [canary_topic(topic) for topic in ("tagged", "labels", "polls", "events", "deliveries", "dead")] == [""] * 6


def test_a_canary_leaves_on_the_twins_only_and_is_counted_nowhere():
    one = stage()
    effects = one.decide(Tables(InMemoryRows(), VIEWS), [record("canary.items")], NOW)
    assert [(out.topic, out.value) for out in effects.outputs] == [("canary.candidates", b"1"), ("canary.alerts", b"1")]
    assert {change.table for change in effects.changes} == {"canary.seen", "canary.each"}
    assert effects.requests == [Request("canary.r1", "canary.fetch", b"body")]
    assert not effects.facts
    assert not one.stage.asked
    [(events, views)] = one.canary_stage.asked
    assert [event.topic for event in events] == ["items"]  # as the stage knows it
    assert views == {"subscriptions": {"canary": b"c"}, "models": {"m": b"model"}}


def test_in_one_batch_neither_sees_rows_of_the_other():
    one = stage()
    events = [record("items"), record("canary.items"), record("items", offset=1)]
    effects = one.decide(Tables(InMemoryRows(), VIEWS), events, NOW)
    rows = rows_after(effects)
    assert rows.get("seen", "all") == b"2"
    assert rows.get("canary.seen", "all") == b"1"
    assert effects.facts == {"facts": 2}
    assert [out.value for out in effects.outputs if out.topic == "tagged"] == [b"1", b"2"]
    assert [out.value for out in effects.outputs if out.topic == "canary.candidates"] == [b"1"]
    later = Tables(rows, VIEWS)
    assert dict(later.items("each")) == {"1": b"x", "2": b"x"}


def test_timers_and_answers_come_back_to_whom_they_are_of():
    one = stage()
    answer = Result(Request("canary.r1", "canary.fetch", b"body"), b"a")
    one.decide(Tables(InMemoryRows(), VIEWS), [Tick("canary.seen", "all", 1), answer, Tick("seen", "all", 2)], NOW)
    assert one.canary_stage.asked[0][0] == [Tick("seen", "all", 1), Result(Request("r1", "fetch", b"body"), b"a")]
    assert one.stage.asked[0][0] == [Tick("seen", "all", 2)]


def test_what_was_held_up_for_long_is_passed_by_but_never_a_wish():
    old = NOW - LATE - 1
    events = [record("canary.items", timestamp=old), record("canary.subscriptions", timestamp=old)]
    one = stage()
    one.decide(Tables(InMemoryRows(), VIEWS), events, NOW)
    assert [event.topic for event in one.canary_stage.asked[0][0]] == ["subscriptions"]
    late = [record("canary.items", timestamp=old)]
    assert not stage().decide(Tables(InMemoryRows(), VIEWS), late, NOW).outputs


def test_a_poisonous_canary_is_alone_in_it():
    effects = decide_batch(
        stage(), Tables(InMemoryRows(), VIEWS), [record("canary.items", b"poison"), record("items")], NOW
    )
    topics = [out.topic for out in effects.outputs]
    assert topics.count("dead") == topics.count("tagged") == 1
    assert effects.outputs[0].key == "canary.items/0/0"


def test_a_row_that_is_deleted_is_the_canarys_own():
    @dataclass
    class Deleting(Counting):
        def decide(self, tables, events, now):
            tables.delete("seen", "all")
            return Effects(changes=tables.changes)

    effects = WithCanary(Counting(), Deleting()).decide(Tables(InMemoryRows(), VIEWS), [record("canary.items")], NOW)
    assert effects.changes == (Change("canary.seen", "all", None),)
