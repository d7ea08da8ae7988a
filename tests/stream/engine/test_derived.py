"""Derived states: the same as if made anew, after whatever was decided, committed, given up or lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine.batch import REQUESTS
from stream.engine.derived import Derivation, Kept, Keys
from stream.engine.executor import RequestExecutor
from stream.engine.ownership import Ownership
from stream.engine.stage import Request, Result
from stream.engine.tables import Tables
from stream.engine.worker import Worker
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Change, Out
from stream.log.topics import Topic
from stream.sqlite import SqliteLog
from stream.units import DAY
from tests.stream.backends import read_all
from tests.stream.fakes import EachStage, RecordingHooks, SetClock


class ByValue:
    """The keys of each value; `puts` counts."""

    made = 0
    puts = 0

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        ByValue.made += 1

    def put(self, key: str, value: bytes | None) -> None:
        ByValue.puts += 1
        if value == b"bad":
            raise ValueError(value)
        self.values.pop(key, None)
        if value is not None:
            self.values[key] = value

    @property
    def keys(self) -> dict[bytes, list[str]]:
        found: dict[bytes, list[str]] = {}
        for key, value in sorted(self.values.items()):
            found.setdefault(value, []).append(key)
        return dict(sorted(found.items()))


OF_T = Derivation("t", ByValue)
KEYS_OF_T = Derivation("t", Keys)
OF_VIEW = Derivation("known", ByValue, view=True)
KEYS, VALUES = st.sampled_from("abcd"), st.none() | st.sampled_from([b"1", b"2"])
CHANGES = st.lists(st.builds(Change, st.sampled_from("tu"), KEYS, VALUES), max_size=4)
# A batch: changes that were decided on before, what a trial writes, and whether that and the commit come to anything.
BATCHES = st.lists(st.tuples(CHANGES, CHANGES, st.booleans(), st.booleans()), max_size=8)


@given(BATCHES)
def test_a_kept_state_is_as_one_made_from_scratch(batches):
    rows, kept = InMemoryRows(), Kept()
    for before, written, is_kept, lands in batches:
        tables = Tables(rows, None, before, kept)
        trial = tables.over()
        for change in written:
            trial.put(change.table, change.key, change.value) if change.value else trial.delete(
                change.table, change.key
            )
            assert trial.derived(OF_T).keys == Tables(rows, None, [*before, *trial.changes]).derived(OF_T).keys
        last = trial if is_kept else tables
        assert last.derived(OF_T).keys == Tables(rows, None, [*before, *last.changes]).derived(OF_T).keys
        if lands:
            rows.apply([*before, *last.changes])
            kept.committed({(c.table, c.key): c for c in (*before, *last.changes)}.values())
        assert Tables(rows, kept=kept).derived(OF_T).keys == Tables(rows).derived(OF_T).keys


@given(CHANGES, CHANGES)
def test_keys_are_those_that_have_a_row(committed, changes):
    rows, kept = InMemoryRows(), Kept()
    for before in (committed, changes):
        tables = Tables(rows, None, before, kept)
        for key in "abcd":
            assert (key in tables.derived(KEYS_OF_T)) == (tables.get("t", key) is not None)
        rows.apply(before)
        kept.committed({(c.table, c.key): c for c in before}.values())


def test_a_state_of_rows_that_cannot_be_read_is_not_kept_by_halves():
    rows, kept = InMemoryRows(), Kept()
    rows.apply([Change("t", "a", b"1"), Change("t", "b", b"bad")])
    for _ in range(2):
        with pytest.raises(ValueError, match="bad"):
            Tables(rows, kept=kept).derived(OF_T)
    rows.apply([Change("t", "b", None)])
    assert Tables(rows, kept=kept).derived(OF_T).keys == {b"1": ["a"]}


def each(tables, event, now) -> tuple[list[Out], list[Request]]:
    """`KEY=VALUE` writes a row; then it is said which keys of rows and of the view have which value."""
    key, _, value = event.value.decode().partition("=")
    tables.put("t", key, value.encode())
    told = f"{tables.derived(OF_T).keys} {tables.derived(OF_VIEW).keys}"
    if value == "poison":
        raise ValueError(value)
    return [Out("out", "k", told.encode())], []


class Bench:
    def __init__(self, folder: Path) -> None:
        self.log = SqliteLog(folder / "stream.db")
        names = ("in", "out", "dead", "events")
        self.log.ensure([Topic(n, 1, "delete", DAY, "k", "") for n in names])
        self.log.ensure([Topic("known", 1, "compact", None, "k", "")])
        stage = EachStage(each, views=("known",))
        self.hooks = RecordingHooks()
        session = self.log.session(stage.name, stage.inputs)
        self.worker = Worker(stage, self.log, session, SetClock(), self.hooks)

    def say(self, *values: str) -> None:
        """Has these decided on, in one batch."""
        self.log.append([Out("in", "k", value.encode()) for value in values])
        before = self.worker.passed
        self.until(lambda: self.worker.passed >= before + len(values))

    def until(self, met: Callable[[], bool]) -> None:
        for _ in range(20):
            if met():
                return
            self.worker.wake()
            self.worker.step()
        pytest.fail("it does not come")

    def last(self) -> str:
        return (read_all(self.log, "out")[-1].value or b"").decode()


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.worker.close()
    made.log.close()


def test_the_worker_keeps_a_state_between_batches_and_puts_only_what_changes(bench):
    bench.say(*(f"{n}=x" for n in range(50)))
    made, puts = ByValue.made, ByValue.puts
    for n in range(10):
        bench.say(f"{n}=y")
    assert ByValue.made == made
    assert ByValue.puts - puts <= 2 * 10
    assert bench.last().startswith(str({b"x": sorted(str(n) for n in range(10, 50)), b"y": list("0123456789")}))


def test_what_poison_has_written_is_in_no_state(bench):
    bench.say("a=1", "b=poison", "c=1")
    assert bench.last() == "{b'1': ['a', 'c']} {}"
    bench.say("d=1")
    assert bench.last() == "{b'1': ['a', 'c', 'd']} {}"


def test_a_fence_throws_states_away(bench):
    bench.say("a=1")
    with bench.log.database.transaction() as db:  # another owner, who has written
        db.execute("UPDATE ownership SET epoch = epoch + 1")
        db.execute("UPDATE row SET value = x'32' WHERE name = 't' AND key = 'a'")
    made = ByValue.made
    bench.say("b=1")
    assert bench.hooks.fences == 1
    assert bench.last() == "{b'1': ['b'], b'2': ['a']} {}"
    assert ByValue.made > made


class Shares:
    """A session of which it is said what it owns."""

    def __init__(self, rows: InMemoryRows) -> None:
        self.share: dict[int, int] = {}
        self._rows = rows

    def owned(self) -> dict[int, int]:
        return self.share

    def tables(self, partition: int) -> InMemoryRows:
        return self._rows


def test_what_came_back_is_taken_once_and_only_while_its_request_stands():
    rows, asked = InMemoryRows(), Request("r", "k", b"")
    executor = RequestExecutor({"k": lambda _: b"done"}, 1, lambda: None)
    session = Shares(rows)
    owned = Ownership(session, executor, None, 0)
    session.share = {0: 1}
    owned.follow()
    for lands in (True, False):
        change = Change(REQUESTS, "r", b"{}" if lands else None)
        rows.apply([change])
        owned.kept[0].committed([change])
        executor.start(0, 1, asked)
        executor.close(1)
        assert [event for _, event in owned.results(0)] == [Result(asked, b"done")] * lands
        executor = owned._executor = RequestExecutor({"k": lambda _: b"done"}, 1, lambda: None)
    executor.close(0)


@pytest.mark.parametrize("shares", [[{}, {0: 3}], [{0: 3}]], ids=["lost and regained", "regained at one look"])
def test_a_lost_partition_takes_its_states_with_it(shares):
    rows = InMemoryRows()
    session = Shares(rows)
    executor = RequestExecutor({}, 1, lambda: None)
    owned = Ownership(session, executor, None, 0)
    session.share = {0: 1}
    owned.follow()
    rows.apply([Change("t", "a", b"1")])
    assert Tables(rows, kept=owned.kept[0]).derived(OF_T).keys == {b"1": ["a"]}
    rows.apply([Change("t", "a", b"2")])  # by another owner
    for session.share in shares:
        owned.follow()
        assert owned.kept.keys() == session.share.keys()
    assert Tables(rows, kept=owned.kept[0]).derived(OF_T).keys == {b"2": ["a"]}
    executor.close(0)


def test_a_state_of_a_view_follows_its_topic(bench):
    bench.log.append([Out("known", "a", b"1"), Out("known", "b", b"1")])
    bench.say("a=1")
    made = ByValue.made
    bench.log.append([Out("known", "a", None), Out("known", "b", b"2")])
    bench.say("a=1")
    assert bench.last() == "{b'1': ['a']} {b'2': ['b']}"
    assert ByValue.made == made
