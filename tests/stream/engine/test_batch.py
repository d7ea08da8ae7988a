"""One partition's turn: what is decided together, and what becomes of an event that cannot be handled."""

import pytest

from stream.engine.batch import KEPT_BYTES, REQUESTS, RETRY_AFTER, decide_batch, load_request
from stream.engine.stage import Effects, Request, Result
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import MAX_RECORD_BYTES, LogError
from stream.log.records import Change, Out, Record, Tick
from stream.records import Dead, HealthEvent, decode
from tests.stream.fakes import EachStage


def record(value: bytes | None, offset: int = 0, key: str = "k") -> Record:
    return Record("in", 3, offset, key, value)


def count(tables, event, now):
    """Counts records by key and says how many there were; raises where it is told to, once it has changed a row."""
    seen = int(tables.get("seen", event.key) or b"0") + 1
    tables.put("seen", event.key, b"%d" % seen)
    if event.value == b"poison":
        raise ValueError("not for me")
    return [Out("out", event.key, b"%d" % seen)], []


def rows_with(*changes: Change) -> InMemoryRows:
    rows = InMemoryRows()
    rows.apply(changes)
    return rows


def last(effects, table: str, key: str) -> Change:
    (change,) = [c for c in effects.changes if (c.table, c.key) == (table, key)]
    return change


def test_a_good_batch_is_decided_at_once():
    stage = EachStage(count)
    batch = [record(b"a", 0), record(b"b", 1)]
    effects = decide_batch(stage, Tables(InMemoryRows()), batch, 0)
    assert stage.batches == [batch]
    assert [o.value for o in effects.outputs] == [b"1", b"2"]


def test_the_rest_of_a_batch_sees_its_own_changes_and_none_of_the_poison():
    effects = decide_batch(
        EachStage(count), Tables(InMemoryRows()), [record(b"a"), record(b"poison", 1), record(b"b", 2)], 9
    )
    assert [o.value for o in effects.outputs if o.topic == "out"] == [b"1", b"2"]
    assert last(effects, "seen", "k").value == b"2"


def test_facts_are_those_of_what_was_not_set_apart():
    class Counts(EachStage):
        def decide(self, tables, events, now):
            effects = super().decide(tables, events, now)
            return Effects(effects.outputs, effects.changes, effects.requests, {"seen": len(events)})

    batch = [record(b"a"), record(b"b", 1), record(b"c", 2)]
    assert decide_batch(Counts(count), Tables(InMemoryRows()), batch, 9).facts == {"seen": 3}
    batch.insert(1, record(b"poison", 3))
    assert decide_batch(Counts(count), Tables(InMemoryRows()), batch, 9).facts == {"seen": 3}


def test_a_dead_record_names_origin_error_and_bytes():
    effects = decide_batch(EachStage(count), Tables(InMemoryRows()), [record(b"poison", 7)], 9)
    (out,) = effects.outputs
    assert (out.topic, out.key) == ("dead", "in/3/7")
    dead = decode(out.value, Dead)
    assert (dead.stage, dead.topic, dead.partition, dead.offset, dead.key) == ("s", "in", 3, 7, "k")
    assert (dead.value, dead.error, dead.at) == (b"poison", "ValueError: not for me", 9)
    assert 'raise ValueError("not for me")' in dead.traceback


def test_what_is_too_large_to_keep_is_dead_without_its_bytes():
    def fails(tables, event, now):
        raise ValueError("x" * 50_000)

    (out,) = decide_batch(EachStage(fails), Tables(InMemoryRows()), [record(b"v" * (KEPT_BYTES + 1))], 0).outputs
    dead = decode(out.value, Dead)
    assert (dead.value, len(dead.error), len(dead.traceback)) == (None, 1000, 8000)


def test_a_row_that_is_too_large_makes_only_its_event_dead():
    def grows(tables, event, now):
        tables.put("t", event.key, event.value * MAX_RECORD_BYTES)
        return [Out("out", event.key, b"")], []

    effects = decide_batch(
        EachStage(grows), Tables(InMemoryRows()), [record(b"v", 0, "large"), record(b"", 1, "small")], 0
    )
    assert [(o.topic, o.key) for o in effects.outputs] == [("dead", "in/3/0"), ("out", "small")]
    assert [c.key for c in effects.changes] == ["small"]


def test_a_stream_that_cannot_be_used_is_no_fault_of_the_record():
    def fails(tables, event, now):
        raise LogError("the disk is gone")

    with pytest.raises(LogError, match="the disk is gone"):
        decide_batch(EachStage(fails), Tables(InMemoryRows()), [record(b"a")], 0)


def test_the_stream_failing_while_events_are_tried_alone_is_no_fault_of_theirs_either():
    def fails(tables, event, now):
        if event.value == b"poison":
            raise ValueError("first")
        raise LogError("the disk is gone")

    with pytest.raises(LogError, match="the disk is gone"):
        decide_batch(EachStage(fails), Tables(InMemoryRows()), [record(b"poison"), record(b"a", 1)], 0)


def asks(tables, event, now):
    if isinstance(event, Result):
        if event.answer == b"poison":
            raise ValueError("no answer of ours")
        return [Out("out", event.request.id, event.answer)], []
    return [], [Request(event.value.decode(), "work", b"body")]


def test_a_request_is_written_as_a_row_from_which_it_can_be_read_again():
    effects = decide_batch(EachStage(asks), Tables(InMemoryRows()), [record(b"r1")], 0)
    row = last(effects, REQUESTS, "r1")
    assert (load_request("r1", row.value), row.due) == (effects.requests[0], None)


def test_a_result_ends_its_request():
    effects = decide_batch(
        EachStage(asks), Tables(rows_with(Change(REQUESTS, "r1", b"{}"))), [answer("r1", b"good")], 0
    )
    assert last(effects, REQUESTS, "r1") == Change(REQUESTS, "r1", None)


def answer(name: str, value: bytes) -> Result:
    return Result(Request(name, "work", b"body"), value)


def test_a_result_that_raises_keeps_its_request_for_an_hour_later_and_is_told():
    rows = rows_with(Change(REQUESTS, "bad", b"row"), Change(REQUESTS, "good", b"row"))
    effects = decide_batch(EachStage(asks), Tables(rows), [answer("bad", b"poison"), answer("good", b"fine")], 50)
    assert last(effects, REQUESTS, "bad") == Change(REQUESTS, "bad", b"row", 50 + RETRY_AFTER)
    assert last(effects, REQUESTS, "good").value is None
    told, out = effects.outputs
    assert (told.topic, told.key, out.value) == ("events", f"s/{REQUESTS}/bad", b"fine")
    assert decode(told.value, HealthEvent).message == "ValueError: no answer of ours"


def test_a_result_may_ask_for_the_same_request_again():
    def again(tables, event, now):
        return [], [event.request]

    effects = decide_batch(EachStage(again), Tables(rows_with(Change(REQUESTS, "r", b"{}"))), [answer("r", b"")], 0)
    assert load_request("r", last(effects, REQUESTS, "r").value) == Request("r", "work", b"body")


def test_a_timer_that_raises_is_armed_again_with_what_its_batch_has_written_before():
    def each(tables, event, now):
        if isinstance(event, Tick):
            raise ValueError("not now")
        tables.put("t", event.key, event.value)
        return [], []

    rows = rows_with(Change("t", "k", b"old", 10))
    effects = decide_batch(EachStage(each), Tables(rows), [record(b"new"), Tick("t", "k", 10)], 20)
    assert last(effects, "t", "k") == Change("t", "k", b"new", 20 + RETRY_AFTER)


def test_a_timer_that_raises_does_not_undo_what_comes_after_it():
    def each(tables, event, now):
        if event.table == "broken":
            raise ValueError("not now")
        tables.delete("broken", "k")
        return [], []

    rows = rows_with(Change("broken", "k", b"x", 10), Change("t", "k", b"x", 10))
    effects = decide_batch(EachStage(each), Tables(rows), [Tick("broken", "k", 10), Tick("t", "k", 10)], 20)
    assert last(effects, "broken", "k").value is None
