"""Typed tables: rows are read as they were written, of older versions too, and a newer one stops the stage."""

import msgspec
import pytest

from stream.engine.tables import Table, Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Change
from stream.records import NewerVersion


class Line(msgspec.Struct, frozen=True):
    name: str
    tries: int = 0
    v: int = 3


LINES = Table("lines", Line, {1: lambda row: {"name": row["called"]}, 2: lambda row: row | {"tries": 1}})
PLAIN = Table("plain", tuple[str, ...])


def tables(**rows: bytes) -> Tables:
    kept = InMemoryRows()
    kept.apply([Change("lines", key, value) for key, value in rows.items()])
    return Tables(kept)


def test_a_row_is_read_as_it_was_written_with_its_timer():
    of = tables()
    LINES.put(of, "a", Line("one"), due=5)
    PLAIN.put(of, "b", ("x", "y"))
    assert LINES.get(of, "a") == Line("one")
    assert PLAIN.get(of, "b") == ("x", "y")
    assert {(change.table, change.due) for change in of.changes} == {("lines", 5), ("plain", None)}
    LINES.delete(of, "a")
    assert LINES.get(of, "a") is None


def test_rows_of_older_versions_are_read_through_each_step_from_theirs_on():
    found = dict(LINES.items(tables(one=b'{"called": "a"}', two=b'{"name": "b", "v": 2}', three=b'{"name":"c","v":3}')))
    assert found == {"one": Line("a", 1), "two": Line("b", 1), "three": Line("c")}


def test_a_row_of_a_newer_version_is_no_bad_row():
    with pytest.raises(NewerVersion, match="'lines' has version 4"):
        LINES.get(tables(a=b'{"name": "a", "v": 4}'), "a")


def test_what_is_no_such_row_is_an_error():
    with pytest.raises(msgspec.MsgspecError):
        LINES.get(tables(a=b"[]"), "a")


def test_a_decision_sees_earlier_changes_of_its_commit_and_reports_its_own():
    kept = InMemoryRows()
    kept.apply([Change("t", key, b"committed") for key in "abc"])
    of = Tables(kept, before=[Change("t", "a", b"earlier"), Change("t", "b", None), Change("t", "d", b"earlier")])
    trial = of.over()
    trial.put("t", "a", b"own")
    assert [trial.get("t", key) for key in "abcd"] == [b"own", None, b"committed", b"earlier"]
    assert dict(trial.items("t")) == {"a": b"own", "c": b"committed", "d": b"earlier"}
    assert (trial.changes, of.changes, of.get("t", "a")) == ((Change("t", "a", b"own"),), (), b"earlier")
