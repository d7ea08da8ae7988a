"""What a feed has shown is remembered for 400 days after its document last had it, in bounded rows."""

import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.seen_entries import Mark, Memory
from stream.records import NewerVersion


def at(year: int, month: int, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)


def mark(number: int, revision: int = 0) -> Mark:
    return Mark(number.to_bytes(16), b"raw.", b"titl", b"text", revision)


def key(number: int) -> bytes:
    return number.to_bytes(8)


def after(rows: Mapping[str, bytes], document: Mapping[bytes, Mark], now: int) -> dict[str, bytes]:
    """The rows after a poll whose document has these keys."""
    memory = Memory(rows)
    for own, said in document.items():
        memory.put([own], said)
    changes = memory.changed_rows(now)
    return {name: row for name, row in {**rows, **changes}.items() if row is not None}


SEEN = st.none() | st.integers(0, 2**32 - 2)
GISTS = st.binary(min_size=22, max_size=22)
MARKS = st.builds(
    Mark, *[st.binary(min_size=n, max_size=n) for n in (16, 4, 4, 4)], SEEN, st.integers(0, 2**32 - 1), GISTS, GISTS
)


@given(st.dictionaries(st.binary(min_size=8, max_size=8), MARKS, max_size=20))
def test_what_is_put_can_be_got_again(document):
    rows = after({}, document, at(2024, 5))
    memory = Memory(rows)
    assert {own: memory.get(own) for own in document} == document
    assert memory.get(b"another.") is None or b"another." in document
    assert after(rows, document, at(2024, 5, 9)) == rows


def test_all_keys_of_an_entry_stand_for_it():
    memory = Memory({})
    memory.put([key(1), key(2)], mark(1))
    assert memory.get(key(1)) == memory.get(key(2)) == mark(1)


def test_the_same_document_changes_no_row():
    memory = Memory(after({}, {key(1): mark(1)}, at(2024, 5)))
    memory.put([key(1)], mark(1))
    assert memory.changed_rows(at(2024, 5, 30)) == {}


def test_what_is_in_the_document_is_carried_over_to_the_next_month():
    rows = after({}, {key(1): mark(1), key(2): mark(2)}, at(2024, 5))
    rows = after(rows, {key(1): mark(1)}, at(2024, 6))
    assert sorted(rows) == ["202405", "202406"]
    assert Memory({"202406": rows["202406"]}).get(key(1)) == mark(1)
    assert Memory({"202406": rows["202406"]}).get(key(2)) is None
    assert Memory(rows).get(key(2)) == mark(2)


def test_it_is_forgotten_400_days_after_the_document_last_had_it():
    rows = after({}, {key(1): mark(1), key(2): mark(2)}, at(2024, 1, 31))
    assert Memory(after(rows, {}, at(2025, 3, 6))).get(key(1)) == mark(1)  # 400 days
    rows = after(rows, {key(2): mark(2)}, at(2025, 4, 1))
    assert (Memory(rows).get(key(1)), Memory(rows).get(key(2))) == (None, mark(2))
    assert sorted(rows) == ["202504"]


def test_an_entry_that_stays_for_years_stays_known():
    rows: dict[str, bytes] = {}
    for year in range(2020, 2026):
        for month in range(1, 13):
            rows = after(rows, {key(1): mark(1)}, at(year, month))
            assert Memory(rows).get(key(1)) == mark(1)
    assert len(rows) == 15  # 400 days touch so many months


def test_the_latest_month_speaks_last():
    rows = after({}, {key(1): mark(1, 0)}, at(2024, 5))
    rows = after(rows, {key(1): mark(1, 7)}, at(2024, 6))
    assert Memory(dict(sorted(rows.items(), reverse=True))).get(key(1)) == mark(1, 7)


def test_full_rows_spill_over_and_stay_small():
    document = {key(n): mark(n) for n in range(130_000)}
    rows = after({}, document, at(2024, 5))
    assert sorted(rows, key=len)[:2] == ["202405", "202405.1"]
    assert len(rows) == 17
    assert max(map(len, rows.values())) < 900_000
    edited = {**document, key(1): mark(1, 1), key(129_999): mark(129_999, 1)}
    changed = {name for name, row in after(rows, edited, at(2024, 5)).items() if rows[name] != row}
    assert changed == {"202405", "202405.16"}
    assert Memory(rows).get(key(129_999)) == mark(129_999)


def test_an_entry_is_kept_once_whatever_its_keys():
    rows = after({}, {key(3 * n + k): mark(n) for n in range(6_000) for k in range(3)}, at(2024, 5))
    memory = Memory(rows)
    assert all(memory.get(key(3 * n + k)) == mark(n) for n in range(6_000) for k in range(3))
    assert sorted(rows) == ["202405", "202405.1", "202405.2"]
    assert sum(map(len, rows.values())) < 6_000 * 120  # what three keys of an entry took in rows of version 1


def test_keys_that_change_at_each_poll_do_not_pile_up():
    rows: dict[str, bytes] = {}
    for poll in range(50):
        rows = after(rows, {key(1): mark(1), key(1000 + poll): mark(1)}, at(2024, 5))
    assert sum(map(len, rows.values())) == 1 + 4 + 80 + 2 * 10
    assert Memory(rows).get(key(1049)) == mark(1)


def test_entries_that_left_the_document_stay():
    rows = after({}, {key(n): mark(n) for n in range(5)}, at(2024, 5))
    rows = after(rows, {key(9): mark(9)}, at(2024, 5))
    assert all(Memory(rows).get(key(n)) for n in (0, 1, 2, 3, 4, 9))


def test_a_row_of_a_newer_version_is_refused():
    with pytest.raises(NewerVersion):
        Memory({"202405": b"\x03" + bytes(40)})


def row_of_version_1(document: Mapping[bytes, Mark]) -> bytes:
    """As it was written before there were gists."""
    packed = struct.Struct(">8s16s4s4s4sI")
    return b"\x01" + b"".join(
        packed.pack(own, m.item, m.raw, m.title, m.text, m.revision or 0) for own, m in document.items()
    )


def test_a_row_of_version_1_is_read_and_written_anew():
    rows = {"202405": row_of_version_1({key(1): mark(1, 3), key(2): mark(2)})}
    memory = Memory(rows)
    assert (memory.get(key(1)), memory.get(key(2))) == (mark(1, 3), mark(2))
    assert memory.get(key(1)).is_old
    rows = after(rows, {key(3): mark(3)}, at(2024, 5))
    assert [Memory(rows).get(key(n)) for n in (1, 2, 3)] == [mark(1, 3), mark(2), mark(3)]


def test_a_full_row_of_version_1_gives_what_no_longer_fits_to_another():
    document = {key(n): mark(n) for n in range(12_000)}
    rows = after({"202405": row_of_version_1(document)}, {key(0): mark(0, 1)}, at(2024, 5))
    assert sorted(rows) == ["202405", "202405.1"]
    assert max(map(len, rows.values())) < 900_000
    memory = Memory(rows)
    assert all(memory.get(key(n)) == mark(n) for n in range(1, 12_000))


def test_entries_are_found_by_their_date():
    one, two = replace(mark(1), at=7), replace(mark(2), at=8)
    memory = Memory(after({}, {key(1): one, key(2): one, key(3): two, key(4): mark(4)}, at(2024, 5)))
    assert (memory.dated(7), memory.dated(8), memory.dated(9), memory.dated(0)) == ([one], [two], [], [])


def test_what_is_released_is_remembered_as_seen():
    held = replace(mark(1), revision=None)
    rows = after({}, {key(1): held, key(2): mark(2)}, at(2024, 5))
    memory = Memory(rows)
    assert memory.get(key(1)) == held
    memory.release()
    changes = memory.changed_rows(at(2024, 6))
    assert list(changes) == ["202406"]
    again = Memory({**rows, **{name: row for name, row in changes.items() if row}})
    assert (again.get(key(1)), again.get(key(2))) == (replace(held, revision=0), mark(2))
