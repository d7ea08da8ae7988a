"""The entries of a feed are known for 400 days after its document last had it, in bounded rows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.entries.seen import SeenEntries, SeenEntry
from collectors.deciding.entries.seen_row import SeenRow
from stream.records import NewerVersion
from tests.collectors import plain_seen


def at(year: int, month: int, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)


def seen(number: int, revision: int = 0) -> SeenEntry:
    return SeenEntry(number.to_bytes(16), b"raw.", b"titl", b"text", revision)


def key(number: int) -> bytes:
    return number.to_bytes(8)


def after(rows: Mapping[str, bytes], document: Mapping[bytes, SeenEntry], now: int) -> dict[str, bytes]:
    """The rows after a poll whose document has these keys."""
    entries = SeenEntries(rows)
    for own, said in document.items():
        entries.put([own], said)
    changes = entries.changed_rows(now)
    return {name: row for name, row in {**rows, **changes}.items() if row is not None}


SEEN = st.none() | st.integers(0, 2**32 - 2)
SKETCHES = st.binary(min_size=22, max_size=22)
ENTRIES = st.builds(
    SeenEntry,
    *[st.binary(min_size=n, max_size=n) for n in (16, 4, 4, 4)],
    SEEN,
    st.integers(0, 2**32 - 1),
    SKETCHES,
    SKETCHES,
)


@given(st.dictionaries(st.binary(min_size=8, max_size=8), ENTRIES, max_size=20))
def test_what_is_put_can_be_got_again(document):
    rows = after({}, document, at(2024, 5))
    entries = SeenEntries(rows)
    assert {own: entries.get(own) for own in document} == document
    assert entries.get(b"another.") is None or b"another." in document
    assert after(rows, document, at(2024, 5, 9)) == rows


@given(*[st.dictionaries(st.integers(0, 9).map(key), ENTRIES, max_size=8) for _ in range(2)])
def test_what_is_looked_up_together_is_what_is_asked_for_one_by_one(before, later):
    rows = after(after({}, before, at(2024, 5)), later, at(2024, 6))
    entries, asked = SeenEntries(rows), [key(number) for number in range(10)]
    entries.look_up(asked)
    assert [entries.get(each) for each in asked] == [SeenEntries(rows).get(each) for each in asked]


def test_all_keys_of_an_entry_stand_for_it():
    entries = SeenEntries({})
    entries.put([key(1), key(2)], seen(1))
    assert entries.get(key(1)) == entries.get(key(2)) == seen(1)


def test_the_same_document_changes_no_row():
    entries = SeenEntries(after({}, {key(1): seen(1)}, at(2024, 5)))
    entries.put([key(1)], seen(1))
    assert entries.changed_rows(at(2024, 5, 30)) == {}


def test_what_is_in_the_document_is_carried_over_to_the_next_month():
    rows = after({}, {key(1): seen(1), key(2): seen(2)}, at(2024, 5))
    rows = after(rows, {key(1): seen(1)}, at(2024, 6))
    assert sorted(rows) == ["202405", "202406"]
    assert SeenEntries({"202406": rows["202406"]}).get(key(1)) == seen(1)
    assert SeenEntries({"202406": rows["202406"]}).get(key(2)) is None
    assert SeenEntries(rows).get(key(2)) == seen(2)


def test_it_is_forgotten_400_days_after_the_document_last_had_it():
    rows = after({}, {key(1): seen(1), key(2): seen(2)}, at(2024, 1, 31))
    assert SeenEntries(after(rows, {}, at(2025, 3, 6))).get(key(1)) == seen(1)  # 400 days
    rows = after(rows, {key(2): seen(2)}, at(2025, 4, 1))
    assert (SeenEntries(rows).get(key(1)), SeenEntries(rows).get(key(2))) == (None, seen(2))
    assert sorted(rows) == ["202504"]


def test_an_entry_that_stays_for_years_stays_known():
    rows: dict[str, bytes] = {}
    for year in range(2020, 2026):
        for month in range(1, 13):
            rows = after(rows, {key(1): seen(1)}, at(year, month))
            assert SeenEntries(rows).get(key(1)) == seen(1)
    assert len(rows) == 15  # 400 days touch so many months


def test_the_latest_month_wins():
    rows = after({}, {key(1): seen(1, 0)}, at(2024, 5))
    rows = after(rows, {key(1): seen(1, 7)}, at(2024, 6))
    assert SeenEntries(dict(sorted(rows.items(), reverse=True))).get(key(1)) == seen(1, 7)


def test_full_rows_spill_over_and_stay_small():
    document = {key(n): seen(n) for n in range(130_000)}
    rows = after({}, document, at(2024, 5))
    assert sorted(rows, key=len)[:2] == ["202405", "202405.1"]
    assert len(rows) == 17
    assert max(map(len, rows.values())) < 900_000
    edited = {**document, key(1): seen(1, 1), key(129_999): seen(129_999, 1)}
    changed = {name for name, row in after(rows, edited, at(2024, 5)).items() if rows[name] != row}
    assert changed == {"202405", "202405.16"}
    assert SeenEntries(rows).get(key(129_999)) == seen(129_999)


def test_an_entry_is_kept_once_whatever_its_keys():
    rows = after({}, {key(3 * n + k): seen(n) for n in range(6_000) for k in range(3)}, at(2024, 5))
    entries = SeenEntries(rows)
    assert all(entries.get(key(3 * n + k)) == seen(n) for n in range(6_000) for k in range(3))
    assert sorted(rows) == ["202405", "202405.1", "202405.2"]
    assert sum(map(len, rows.values())) < 6_000 * 120  # three times that, if each key had the entry beside it


def test_keys_that_change_at_each_poll_do_not_pile_up():
    rows: dict[str, bytes] = {}
    for poll in range(50):
        rows = after(rows, {key(1): seen(1), key(1000 + poll): seen(1)}, at(2024, 5))
    assert sum(map(len, rows.values())) == 1 + 4 + 80 + 2 * 10
    assert SeenEntries(rows).get(key(1049)) == seen(1)


def test_entries_that_left_the_document_stay():
    rows = after({}, {key(n): seen(n) for n in range(5)}, at(2024, 5))
    rows = after(rows, {key(9): seen(9)}, at(2024, 5))
    assert all(SeenEntries(rows).get(key(n)) for n in (0, 1, 2, 3, 4, 9))


def test_a_row_of_a_newer_version_is_refused():
    with pytest.raises(NewerVersion):
        SeenEntries({"202405": b"\x02" + bytes(40)})


def test_entries_are_found_by_their_date():
    one, two = replace(seen(1), published=7), replace(seen(2), published=8)
    entries = SeenEntries(after({}, {key(1): one, key(2): one, key(3): two, key(4): seen(4)}, at(2024, 5)))
    assert (entries.published_at(7), entries.published_at(8), entries.published_at(9), entries.published_at(0)) == (
        [one],
        [two],
        [],
        [],
    )


def test_what_is_released_counts_as_seen():
    held = replace(seen(1), revision=None)
    rows = after({}, {key(1): held, key(2): seen(2)}, at(2024, 5))
    entries = SeenEntries(rows)
    assert entries.get(key(1)) == held
    entries.release()
    changes = entries.changed_rows(at(2024, 6))
    assert list(changes) == ["202406"]
    again = SeenEntries({**rows, **{name: row for name, row in changes.items() if row}})
    assert (again.get(key(1)), again.get(key(2))) == (replace(held, revision=0), seen(2))


FEW = st.integers(0, 5)
FEW_ENTRIES = st.builds(
    lambda item, raw, revision, published: SeenEntry(
        item.to_bytes(16), bytes([raw]) * 4, b"titl", b"text", revision, published
    ),
    FEW,
    st.integers(0, 2),
    st.none() | st.integers(0, 1),
    st.integers(0, 2),
)
DOCUMENTS = st.lists(st.tuples(st.lists(FEW, min_size=1, max_size=3), FEW_ENTRIES), max_size=5)
POLLS = st.lists(st.tuples(DOCUMENTS, st.integers(0, 40), st.booleans()), max_size=10)


@given(POLLS)
def test_nothing_is_known_that_is_not_when_all_is_unpacked(polls):
    ours, plain, now = dict[str, bytes](), dict[str, bytes](), at(2024, 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("collectors.deciding.entries.seen.MOST_KEYS", 4)
        patch.setattr(plain_seen, "MOST_KEYS", 4)
        for document, days, released in polls:
            now += days * 86_400_000
            one, other = SeenEntries(ours), plain_seen.SeenEntries(plain)
            for numbers, entry in document:
                for each in (one, other):
                    each.put([key(number) for number in numbers], entry)
            if released:
                one.release()
                other.release()
            assert [one.get(key(n)) for n in range(7)] == [other.get(key(n)) for n in range(7)]
            assert [set(one.published_at(n)) for n in range(3)] == [set(other.published_at(n)) for n in range(3)]
            ours, plain = changed(ours, one.changed_rows(now)), changed(plain, other.changed_rows(now))
            assert unpacked(ours) == unpacked(plain)


def changed(rows: dict[str, bytes], changes: Mapping[str, bytes | None]) -> dict[str, bytes]:
    return {name: row for name, row in {**rows, **changes}.items() if row is not None}


def unpacked(rows: Mapping[str, bytes]) -> dict[tuple[str, bytes], SeenEntry]:
    """What each month's keys stand for; in which of a month's rows a key stands makes no difference."""
    found = [
        ((name.partition(".")[0], own), entry) for name, row in rows.items() for own, entry in SeenRow(row).items()
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_of_a_feed_that_has_had_very_many_entries_few_are_unpacked(monkeypatch):
    rows = after({}, {key(n): seen(n) for n in range(20_000)}, at(2024, 5))
    count = 0
    whole = SeenRow.entry

    def counted(row: SeenRow, index: int) -> SeenEntry:
        nonlocal count
        count += 1
        return whole(row, index)

    monkeypatch.setattr(SeenRow, "entry", counted)
    entries = SeenEntries(rows)
    assert [entries.get(key(n)) for n in (0, 9_999, 19_999)] == [seen(0), seen(9_999), seen(19_999)]
    assert entries.get(key(20_000)) is None
    for n in (0, 9_999, 20_000):
        entries.put([key(n)], seen(n))
    changes = entries.changed_rows(at(2024, 5, 2))
    assert len(changes) == 1
    assert count == 3
