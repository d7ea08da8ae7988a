"""The contract of the log port, held by both backends: every test runs on SQLite and on a real Kafka."""

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from kafka.partitioner.default import murmur2

from stream.log.port import MAX_RECORD_BYTES, Fenced, Lag, Log, LogError, RecordTooLarge, Session, Work, records
from stream.log.records import Change, Out, Tick
from stream.log.topics import partition_of
from tests.stream.backends import (
    YEAR,
    Backend,
    Child,
    first,
    join,
    open_log,
    passing,
    read_all,
    take,
    topic,
    until,
    values,
)

Opener = Callable[[str], Session]


@pytest.fixture
def log(backend: Backend) -> Iterator[Log]:
    made = open_log(backend.address)
    made.ensure([topic("in"), topic("more"), topic("out")])
    yield made
    made.close()


@pytest.fixture
def opened(log: Log) -> Iterator[Opener]:
    """Opens sessions of stages on the topic `in`, and closes them all at the end."""
    sessions: list[Session] = []

    def opener(stage: str) -> Session:
        sessions.append(log.session(stage, ["in"]))
        return sessions[-1]

    yield opener
    for session in sessions:
        session.close()


def numbers(count: int, key: str = "k") -> list[Out]:
    return [Out("in", key, b"%d" % i) for i in range(count)]


def test_records_of_a_partition_keep_their_order(log: Log, opened: Opener) -> None:
    for start in range(0, 60, 20):
        log.append([Out("in", f"k{i % 7}", b"%d" % i) for i in range(start, start + 20)])
    read = take(opened("s"), 60)
    for partition in (0, 1):
        mine = [r for r in read if r.partition == partition]
        assert [int(r.value or b"") for r in mine] == sorted(int(r.value or b"") for r in mine)
        assert [r.offset for r in mine] == sorted({r.offset for r in mine})
    assert sorted(int(r.value or b"") for r in read) == list(range(60))


def test_a_key_has_the_same_partition_on_both_backends(log: Log) -> None:
    keys = ["", "a", "ab", "abc", "abcd", "Ζεύς", "芯片", "https://example.org/feed?x=1"]
    log.append([Out("in", key, b"") for key in keys])
    for record in read_all(log, "in"):
        assert record.partition == partition_of(record.key, 2)
        assert record.partition == (murmur2(record.key.encode()) & 0x7FFFFFFF) % 2


def test_what_was_written_comes_back_with_its_append_time(log: Log) -> None:
    before = time.time_ns() // 1_000_000
    written = ['{"β": 1}'.encode(), None, b""]
    log.append([Out("in", "Κ", value) for value in written])
    read = read_all(log, "in")
    assert [(r.topic, r.key, r.value) for r in read] == [
        ("in", "Κ", '{"β": 1}'.encode()),
        ("in", "Κ", None),
        ("in", "Κ", b""),
    ]
    assert all(before - 1000 <= r.timestamp <= time.time_ns() // 1_000_000 + 1000 for r in read)


def test_what_was_appended_is_within_the_ends_at_once(log: Log) -> None:
    for count in range(40):
        log.append([Out("in", f"{count}.{n}", b"") for n in range(4)])
        ends = log.ends(["in"])
        assert all(record.offset < ends["in", record.partition] for record in records(log, ["in"]))


def test_each_stage_sees_every_record(log: Log, opened: Opener) -> None:
    log.append(numbers(5))
    assert values(take(opened("one"), 5)) == values(take(opened("two"), 5))


def test_offsets_never_go_back_after_retention_emptied_a_partition(log: Log, backend: Backend, opened: Opener) -> None:
    log.append(numbers(5))
    session = opened("s")
    last = take(session, 5)[-1]
    session.close()
    ends = log.ends(["in"])
    assert set(log.begins(["in"]).values()) == {0}
    backend.empty(log, "in")
    assert read_all(log, "in") == []
    assert log.ends(["in"]) == log.begins(["in"]) == ends
    until(lambda: log.lag("s", ["in"]).records == 0)
    log.append([Out("in", "k", b"new")])
    (new,) = take(opened("s"), 1)
    assert new.value == b"new"
    assert new.offset > last.offset


def test_a_commit_lands_whole_and_a_new_member_goes_on_from_it(log: Log, opened: Opener) -> None:
    log.append(numbers(3))
    session = opened("s")
    records = first(session, 3)
    session.commit(passing(session, records[:2], [Out("out", "a", b"A")], [Change("t", "a", b"1", 7)]))
    assert session.tables(records[0].partition).get("t", "a") == b"1"
    session.close()
    again = opened("s")
    join(again)
    assert again.tables(records[0].partition).get("t", "a") == b"1"
    assert again.tables(records[0].partition).next_due() == 7
    assert values(first(again, 1)) == [b"2"]
    assert values(read_all(log, "out")) == [b"A"]


def test_what_is_not_committed_is_polled_again(log: Log, opened: Opener) -> None:
    log.append(numbers(4))
    session = opened("s")
    records = first(session, 4)
    assert first(session, 4) == records
    session.commit(passing(session, records[:3]))
    assert first(session, 1) == records[3:]


def test_works_of_several_partitions_land_together_or_not_at_all(log: Log, opened: Opener) -> None:
    session = opened("s")
    join(session)
    zero, one = session.owned()[0], session.owned()[1]
    with pytest.raises(Fenced):
        session.commit(
            [
                Work(0, zero, {}, [Out("out", "a", b"no")], [Change("t", "a", b"no")]),
                Work(1, one + 1000, {}, [Out("out", "b", b"no")], [Change("t", "b", b"no")]),
            ]
        )
    session.commit(
        [
            Work(0, zero, {}, [Out("out", "a", b"0")], [Change("t", "a", b"0")]),
            Work(1, one, {}, [Out("out", "b", b"1")], [Change("t", "b", b"1")]),
        ]
    )
    assert sorted(r.value or b"" for r in read_all(log, "out")) == [b"0", b"1"]
    assert [list(session.tables(p).items("t")) for p in (0, 1)] == [[("a", b"0")], [("b", b"1")]]


@pytest.mark.slow
def test_a_crash_between_any_two_steps_leaves_nothing_or_everything(
    log: Log, opened: Opener, child: Callable[..., Child]
) -> None:
    log.append(numbers(3))
    steps = int(child("crash", "whole", "0").wait_for("steps").split()[1])
    assert steps > 3
    crashed = [(f"stage{n}", child("crash", f"stage{n}", str(n))) for n in range(1, steps + 1)]
    for _, one in crashed:
        assert one.ended() == -signal.SIGKILL
    log.append([Out("in", "k", b"last")])
    outcomes = [_after_a_crash(log, opened(stage), stage) for stage, _ in [("whole", None), *crashed]]
    assert outcomes[0] == "everything"
    assert outcomes[1] == "nothing"


def _after_a_crash(log: Log, session: Session, stage: str) -> str:
    outs = [r.value for r in read_all(log, "out") if r.key == stage]
    join(session)
    rows = list(session.tables(partition_of("k", 2)).items("t"))
    left = values(take(session, 1))
    session.close()
    whole = ([b"1", b"2"], [("1", b"1"), ("2", b"2")], [b"last"])
    nothing = ([], [], [b"0", b"1", b"2", b"last"])
    assert (outs, rows, left) in (whole, nothing)
    return "everything" if outs else "nothing"


def test_unfinished_work_is_invisible(log: Log, child: Callable[..., Child]) -> None:
    log.append(numbers(3))
    steps = int(child("crash", "whole", "0").wait_for("steps").split()[1])
    reader = log.reader(["out"])
    until(reader.caught_up, lambda: reader.poll(1.0))
    stopped = child("stop", "s", str(steps))  # everything is sent, only the last word is missing
    stopped.wait_for("stopping")
    assert reader.poll(1.0) == []
    assert log.lag("s", ["in"]).records == 3
    stopped.end()
    assert [r for r in read_all(log, "out") if r.key == "s"] == []
    reader.close()


def test_a_record_that_is_too_large_is_refused_and_nothing_is_lost(log: Log, opened: Opener) -> None:
    large = b"x" * (MAX_RECORD_BYTES + 1)
    with pytest.raises(RecordTooLarge, match="limit"):
        log.append([Out("in", "k", b"small"), Out("in", "k", large)])
    assert read_all(log, "in") == []
    log.append(numbers(1))
    session = opened("s")
    records = first(session, 1)
    with pytest.raises(RecordTooLarge, match="limit"):
        session.commit(passing(session, records, [Out("out", "a", b"small"), Out("out", "a", large)]))
    assert first(session, 1) == records
    session.commit(passing(session, records, [Out("out", "a", large[: MAX_RECORD_BYTES - 1])]))
    assert [len(r.value or b"") for r in read_all(log, "out")] == [MAX_RECORD_BYTES - 1]


def said_to_own(member: Child) -> list[int]:
    """The partitions that a sharing member has named last."""
    last = [line for line in member.lines if line.startswith("owned")][-1]
    return [int(partition) for partition in last.removeprefix("owned").replace(",", " ").split()]


@pytest.mark.slow
def test_two_members_share_and_one_takes_over_from_the_dead(
    log: Log, opened: Opener, child: Callable[..., Child]
) -> None:
    session = opened("s")
    join(session)
    other = child("share", "s")
    other.wait_for("owned", lambda: session.poll(int(time.time() * 1000) + 200))
    # a half each; while the group changes, either may own nothing for a moment
    until(
        lambda: len(session.owned()) == 1 and sorted([*session.owned(), *said_to_own(other)]) == [0, 1],
        lambda: session.poll(None),
    )
    other.end()
    join(session)
    log.append([Out("in", f"k{i}", b"") for i in range(20)])
    assert len(take(session, 20)) == 20


def test_a_member_that_leaves_hands_over(log: Log, opened: Opener) -> None:
    session = opened("s")
    join(session)
    session.close()
    assert session.owned() == {}
    join(opened("s"))


@pytest.mark.slow
def test_a_zombies_commit_is_fenced(log: Log, opened: Opener, child: Callable[..., Child]) -> None:
    log.append(numbers(3))
    zombie = child("zombie", "s")
    zombie.wait_for("polled")
    zombie.signal(signal.SIGSTOP)
    session = opened("s")
    join(session)
    assert values(take(session, 3)) == [b"0", b"1", b"2"]
    zombie.signal(signal.SIGCONT)
    zombie.say("go on")
    assert zombie.wait_for("fenced", lambda: session.poll(int(time.time() * 1000) + 50)) == "fenced"
    assert zombie.ended() == 0
    assert read_all(log, "out") == []
    join(session)
    assert session.tables(partition_of("k", 2)).get("t", "zombie") is None


def test_rows_are_written_deleted_and_listed_by_key(log: Log, opened: Opener) -> None:
    session = opened("s")
    join(session)
    epoch = session.owned()[1]
    session.commit(
        [Work(1, epoch, {}, (), [Change("t", k, k.encode()) for k in "cabé"] + [Change("u", "a", b"other")])]
    )
    session.commit([Work(1, epoch, {}, (), [Change("t", "b", None), Change("t", "a", b"new"), Change("t", "z", None)])])
    expected = [("a", b"new"), ("c", b"c"), ("é", "é".encode())]
    assert list(session.tables(1).items("t")) == expected
    assert list(session.tables(0).items("t")) == []
    session.close()
    again = opened("s")
    join(again)
    assert list(again.tables(1).items("t")) == expected
    assert again.tables(1).get("u", "a") == b"other"


def test_the_committed_rows_of_a_table_are_read_without_joining(log: Log, opened: Opener) -> None:
    assert log.rows("s", "t") == {}
    session = opened("s")
    join(session)
    epochs = session.owned()
    session.commit(
        [Work(p, epochs[p], {}, (), [Change("t", f"{k}{p}", b"1", 7) for k in "ab"]) for p in (0, 1)]
        + [Work(1, epochs[1], {}, (), [Change("u", "a", b"other")])]
    )
    session.commit([Work(0, epochs[0], {}, (), [Change("t", "a0", b"new"), Change("t", "b0", None)])])
    assert log.rows("s", "t") == {"a0": b"new", "a1": b"1", "b1": b"1"}
    assert (log.rows("s", "none"), log.rows("nobody", "t")) == ({}, {})
    assert session.owned() == epochs


def test_due_rows_come_earliest_first(log: Log, opened: Opener) -> None:
    session = opened("s")
    join(session)
    epoch = session.owned()[0]
    session.commit(
        [Work(0, epoch, {}, (), [Change("t", k, b"", due) for k, due in (("a", 30), ("b", 10), ("c", 20), ("d", 99))])]
    )
    session.commit([Work(0, epoch, {}, (), [Change("t", "e", b"")])])
    rows = session.tables(0)
    assert rows.due(30, 10) == [Tick("t", "b", 10), Tick("t", "c", 20), Tick("t", "a", 30)]
    assert sorted((tick.due, tick.key, value) for tick, value in rows.armed("t")) == [
        (10, "b", b""), (20, "c", b""), (30, "a", b""), (99, "d", b"")
    ]  # fmt: skip
    assert list(rows.armed("u")) == []
    assert rows.due(30, 2) == [Tick("t", "b", 10), Tick("t", "c", 20)]
    assert rows.next_due() == 10
    session.commit([Work(0, epoch, {}, (), [Change("t", "b", b"", 40), Change("t", "c", None), Change("t", "a", b"")])])
    assert session.tables(0).due(50, 10) == [Tick("t", "b", 40)]
    session.close()
    again = opened("s")
    join(again)
    assert again.tables(0).due(100, 10) == [Tick("t", "b", 40), Tick("t", "d", 99)]
    assert again.tables(0).next_due() == 40


def test_a_poll_ends_at_its_time_or_when_it_is_woken(log: Log, opened: Opener) -> None:
    session = opened("s")
    join(session)
    assert session.poll(int(time.time() * 1000) + 50) == []
    waker = threading.Timer(0.1, session.wake)
    waker.start()
    assert session.poll(int(time.time() * 1000) + 3_600_000) == []
    waker.join()
    session.wake()  # what came between two polls ends the next one
    session.eager = True
    assert session.poll(int(time.time() * 1000) + 3_600_000) == []
    log.append(numbers(1))
    assert len(first(session, 1)) == 1


def test_a_reader_catches_up_and_another_goes_on_from_its_positions(log: Log) -> None:
    log.append([Out("in", f"k{i}", b"%d" % i) for i in range(20)])
    reader = log.reader(["in", "out"])
    found = []
    until(reader.caught_up, lambda: found.extend(reader.poll(1.0)))
    assert len(found) == 20
    assert set(reader.positions) == {("in", 0), ("in", 1), ("out", 0), ("out", 1)}
    log.append([Out("in", "k", b"later"), Out("out", "k", b"later, too")])
    second = log.reader(["in", "out"], reader.positions)
    later: list[bytes | None] = []
    until(second.caught_up, lambda: later.extend(values(second.poll(1.0))))
    assert sorted(v or b"" for v in later) == [b"later", b"later, too"]
    until(lambda: len(found) == 22, lambda: found.extend(reader.poll(1.0)))
    reader.close()
    second.close()


def test_lag_counts_down_to_zero(log: Log, opened: Opener) -> None:
    def comes_to(count: int, stage: str, *inputs: str) -> None:
        until(lambda: log.lag(stage, inputs).records == count)  # on Kafka a commit shows a moment after it has returned

    comes_to(0, "s", "in", "more")
    log.append([*numbers(4), Out("more", "k", b"")])
    comes_to(5, "s", "in", "more")
    session = opened("s")
    session.commit(passing(session, first(session, 4)[:1]))
    comes_to(3, "s", "in")
    take(session, 3)
    comes_to(0, "s", "in")
    comes_to(4, "other", "in")


@pytest.mark.parametrize("count", [3, 600])
def test_lag_tells_when_the_oldest_came_that_was_not_passed(log: Log, opened: Opener, count: int) -> None:
    """Also where there are more than are looked at one by one."""
    assert log.lag("s", ["in", "more"]) == Lag(0, None)
    log.append(numbers(1))
    log.append(numbers(count - 1))
    log.append([Out("more", "k", b"later")])
    came = [record.timestamp for record in read_all(log, "in")]
    until(lambda: log.lag("s", ["in", "more"]).records >= count + 1)
    assert log.lag("s", ["in", "more"]).since == came[0]
    session = opened("s")
    session.commit(passing(session, first(session, 1)[:1]))
    until(lambda: log.lag("s", ["in", "more"]).since == came[1])
    take(session, count - 1)
    until(lambda: log.lag("s", ["in"]) == Lag(0, None))


def test_topics_are_checked(log: Log) -> None:
    log.ensure([topic("in"), topic("out")])
    with pytest.raises(LogError, match="2 partitions"):
        log.ensure([topic("in", 3)])
    log.ensure([topic("wide", 3)])
    with pytest.raises(LogError, match="differ in partitions"):
        log.session("s", ["in", "wide"])
    with pytest.raises(LogError, match="there is no topic 'nowhere'"):
        log.append([Out("in", "k", b"1"), Out("nowhere", "k", b"")])
    with pytest.raises(LogError, match="there is no topic 'nowhere'"):
        log.reader(["nowhere"])
    assert read_all(log, "in") == []


def test_co_partitioned_inputs_come_to_one_member(log: Log) -> None:
    log.append([Out("in", "k", b"1"), Out("more", "k", b"2")])
    session = log.session("s", ["in", "more"])
    records = first(session, 2)
    assert {(r.topic, r.partition) for r in records} == {("in", partition_of("k", 2)), ("more", partition_of("k", 2))}
    session.commit(passing(session, records))
    session.close()
    until(lambda: log.lag("s", ["in", "more"]).records == 0)


def test_a_range_of_rows_is_read_in_order_of_keys(log: Log, opened: Opener) -> None:
    session = opened("s")
    join(session)
    keys = ["a", "a/", "a/1", "a/2", "a/€", "a/𐍈", "a/\U0010ffff", "a0", "b", "\ud7ff1", "ä/1"]
    changes = [Change("t", key, key.encode()) for key in reversed(keys)] + [Change("u", "a/3", b"")]
    session.commit([Work(0, session.owned()[0], {}, (), changes)])
    rows = session.tables(0)
    for prefix in ("", "a", "a/", "a/𐍈", "a/\U0010ffff", "b", "c", "\ud7ff"):
        found = list(rows.items("t", prefix))
        assert found == [(key, key.encode()) for key in sorted(keys) if key.startswith(prefix)]
    session.commit([Work(0, session.owned()[0], {}, (), [Change("t", "a/1", None), Change("t", "a/0", b"")])])
    assert [key for key, _ in session.tables(0).items("t", "a/")][:3] == ["a/", "a/0", "a/2"]


def test_records_of_a_moment_are_found_by_their_append_time(log: Log) -> None:
    log.append(numbers(5))
    time.sleep(0.02)  # another millisecond by any clock
    moment = time.time_ns() // 1_000_000
    time.sleep(0.02)
    log.append([Out("in", "k", b"later")])
    partition = partition_of("k", 2)
    found = records(log, ["in"], log.since(["in"], moment))
    assert [record.value for record in found] == [b"later"]
    assert len(list(records(log, ["in"], log.since(["in"], 0)))) == 6
    assert log.since(["in"], moment + YEAR)["in", partition] == log.ends(["in"])["in", partition]


def test_rows_that_begin_alike_are_seen_from_outside(log: Log, opened: Opener) -> None:
    session = opened("s")
    join(session)
    for partition, key in ((0, "a/1"), (1, "a/2"), (1, "b/1")):
        session.commit([Work(partition, session.owned()[partition], {}, (), [Change("t", key, b"")])])
    assert list(log.rows("s", "t", "a/")) == ["a/1", "a/2"]
    assert list(log.rows("s", "t")) == ["a/1", "a/2", "b/1"]
