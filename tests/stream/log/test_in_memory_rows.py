"""The view in memory against the plainest model of a table with timers."""

from hypothesis import given
from hypothesis import strategies as st

from stream.kafka.changelog import change_of, record_for
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Change, Record, Tick

KEYS = st.sampled_from(["a", "ab", "b"])
CHANGES = st.builds(
    Change, st.sampled_from(["t", "u"]), KEYS, st.none() | st.binary(max_size=3), st.none() | st.integers(0, 5)
)


@given(st.lists(CHANGES), st.integers(0, 6), st.integers(1, 4))
def test_rows_are_as_in_a_plain_dictionary(changes: list[Change], now: int, limit: int) -> None:
    rows = InMemoryRows()
    model: dict[tuple[str, str], Change] = {}
    for change in changes:
        rows.apply([change])
        model[change.table, change.key] = change
        assert rows.get(change.table, change.key) == change.value
        armed = sorted((c.due, c.table, c.key) for c in model.values() if c.value is not None and c.due is not None)
        due = [Tick(table, key, at) for at, table, key in armed if at <= now]
        assert rows.due(now, limit) == due[:limit]
        for name in "tu":
            theirs = {key: (Tick(name, key, at), model[name, key].value) for at, table, key in armed if table == name}
            assert {tick.key: (tick, value) for tick, value in rows.armed(name)} == theirs
        assert rows.next_due() == (armed[0][0] if armed else None)
        for prefix in ("a", "ab", "b"):
            assert list(rows.items("t", prefix)) == [pair for pair in rows.items("t") if pair[0].startswith(prefix)]
    for table in "tu":
        expected = sorted((k, c.value) for (t, k), c in model.items() if t == table and c.value is not None)
        assert list(rows.items(table)) == expected


@given(st.builds(Change, st.text(), st.text(), st.none() | st.binary(), st.none() | st.integers(-(2**40), 2**60)))
def test_a_row_survives_the_changelog(change: Change) -> None:
    out = record_for("s", change)
    back = change_of(Record(out.topic, 0, 0, out.key, out.value))
    assert back == (change if change.value is not None else Change(change.table, change.key, None))
