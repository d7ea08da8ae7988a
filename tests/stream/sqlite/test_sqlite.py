"""What only the embedded stream can show: how it writes to disk, what its retention deletes, and reads that fail."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.log.port import Fenced, LogError, Session, Work
from stream.log.records import Change, Out
from stream.log.topics import Topic
from stream.sqlite import SqliteLog
from stream.sqlite.database import CHECKPOINTED_AT, SELDOM_CHECKPOINTED_AT, Database
from stream.sqlite.recent_rows import MOST, MOST_BYTES, RecentRows
from stream.sqlite.retention import ClockGuard
from stream.sqlite.store import OwnRecords
from stream.units import DAY
from tests.stream.backends import read_all


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure([Topic("latest", 2, "compact", None, "k", ""), Topic("in", 2, "delete", 30 * DAY, "k", "")])
    yield made
    made.close()


def test_a_commit_is_on_disk_when_it_returns(log):
    db = log.database.connection()
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL: the log is synced at each commit


def test_compaction_keeps_the_last_record_of_each_key_and_no_other(log):
    log.append([Out("latest", key, b"%d" % n) for n in range(700) for key in ("a", "b")])
    log.append([Out("latest", "a", None), Out("latest", "c", b"only")])
    assert log.prune(0) == 2 * 700 - 1
    left = {record.key: record.value for record in read_all(log, "latest")}
    assert left == {"a": None, "b": b"699", "c": b"only"}
    assert len(read_all(log, "latest")) == 3
    assert log.prune(0) == 0


def test_retention_deletes_what_is_older_and_nothing_else(log):
    log.append([Out("in", "k", b"x"), Out("latest", "k", b"x")])
    now = time.time_ns() // 1_000_000
    assert log.prune(now + 30 * DAY - 60_000) == 0
    assert log.prune(now + 30 * DAY + 60_000) == 1
    assert [record.topic for record in read_all(log, "in", "latest")] == ["latest"]


def test_retention_ends_at_the_first_that_is_young_in_each_partition(log, monkeypatch):
    monkeypatch.setattr("stream.sqlite.retention.CHUNK", 7)
    log.append([Out("in", f"k{n % 10}", b"%d" % n) for n in range(100)])
    young = {p: [r.offset for r in read_all(log, "in") if r.partition == p][-3] for p in (0, 1)}
    with log.database.transaction() as db:
        db.execute("UPDATE record SET timestamp = 5")
        for partition, offset in young.items():
            db.execute("UPDATE record SET timestamp = 9 WHERE partition = ? AND offset = ?", (partition, offset))
    assert log.prune(30 * DAY + 6) == 100 - 6
    assert sorted(r.offset for r in read_all(log, "in") if r.partition == 0)[0] == young[0]
    assert log.begins(["in"]) == {("in", p): offset for p, offset in young.items()}


def steps(log: SqliteLog, deleted: int = 0) -> int:
    """How many steps SQLite takes, in hundreds, to delete so many records."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    db = log.database.connection()
    db.set_progress_handler(step, 100)
    assert log.prune(time.time_ns() // 1_000_000) == deleted
    db.set_progress_handler(None, 0)
    return count


def test_what_is_overtaken_is_looked_for_once_in_however_many_transactions_it_goes(log, monkeypatch):
    def append() -> None:
        log.append([Out("latest", f"k{n % 10}", b"%d" % n) for n in range(2000)])

    append()
    at_once = steps(log, 1990)
    append()
    monkeypatch.setattr("stream.sqlite.retention.CHUNK", 50)
    assert steps(log, 2000) < 2 * at_once


def test_that_nothing_is_to_be_deleted_is_found_without_reading_what_there_is(log):
    log.append([Out(topic, f"k{n}", b"x") for n in range(10) for topic in ("in", "latest")])
    log.prune(0)
    few = steps(log)
    log.append([Out(topic, f"k{n}", b"x") for n in range(10, 3000) for topic in ("in", "latest")])
    log.prune(0)
    assert steps(log) <= few + 2


def test_what_retention_writes_by_many_transactions_is_copied_into_the_file_once(log, monkeypatch):
    log.append([Out("in", f"k{n % 10}", b"x" * 900) for n in range(9000)])
    file, db = log.database.path, log.database.connection()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    monkeypatch.setattr("stream.sqlite.retention.CHUNK", 200)
    copied, log_grew_to = {file.stat().st_mtime_ns}, 0

    def look(_: str) -> None:
        nonlocal log_grew_to
        copied.add(file.stat().st_mtime_ns)
        log_grew_to = max(log_grew_to, file.with_name(file.name + "-wal").stat().st_size)

    db.set_trace_callback(look)
    assert log.prune(time.time_ns() // 1_000_000 + 31 * DAY) == 9000
    db.set_trace_callback(None)
    assert len(copied) == 1
    assert 4096 * CHECKPOINTED_AT < log_grew_to < 4096 * SELDOM_CHECKPOINTED_AT
    assert db.execute("PRAGMA wal_autocheckpoint").fetchone() == (CHECKPOINTED_AT,)
    with contextlib.closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as alone:
        assert alone.execute("SELECT COUNT(*) FROM record").fetchone() == (0,)


@pytest.mark.parametrize("topic", ["in", "latest"])
def test_who_waits_to_write_goes_before_the_next_records_that_are_let_go(log, topic, monkeypatch):
    log.append([Out(topic, "k", b"x") for _ in range(200)])
    monkeypatch.setattr("stream.sqlite.retention.CHUNK", 1)
    asks, left = threading.Event(), []

    def write() -> None:
        log.database.connection().set_trace_callback(lambda _: asks.set())
        with log.database.transaction() as db:
            left.extend(db.execute("SELECT COUNT(*) FROM record"))

    other = threading.Thread(target=write)

    def look(statement: str) -> None:
        if statement.startswith("DELETE") and not other.ident:
            other.start()
            asks.wait()

    log.database.connection().set_trace_callback(look)
    assert log.prune(time.time_ns() // 1_000_000 + 31 * DAY) >= 199
    other.join()
    assert left == [(199,)]


class Clocks:
    def __init__(self) -> None:
        self.wall, self.passed = 1_700_000_000_000, 0.0

    def guard(self, newest: int) -> ClockGuard:
        return ClockGuard(newest, lambda: self.wall, lambda: self.passed)

    def goes_on(self, hours: float, ahead: int = 0) -> None:
        self.passed += hours * 3600
        self.wall += int(hours * 3_600_000) + ahead


def test_a_clock_that_leaps_ahead_deletes_nothing_for_a_day():
    clocks = Clocks()
    guard = clocks.guard(clocks.wall - 3_600_000)
    assert not guard.suspended()
    clocks.goes_on(1, ahead=365 * DAY)
    assert guard.suspended()
    clocks.goes_on(23)
    assert guard.suspended()
    clocks.goes_on(1.1)
    assert not guard.suspended()
    clocks.goes_on(48)  # time that has passed is no leap
    assert not guard.suspended()


@pytest.mark.parametrize(("rest", "held"), [(0, False), (DAY - 1, False), (DAY + 1, True), (40 * DAY, True)])
def test_a_stream_that_was_at_rest_lets_nothing_go_in_its_first_day(rest, held):
    clocks = Clocks()
    assert clocks.guard(clocks.wall - rest).suspended() == held
    assert not clocks.guard(0).suspended()


@pytest.mark.parametrize("kind", ["refused", "locked"])
def test_a_read_that_fails_is_one_sentence_and_the_next_one_works(log, kind):
    log.append([Out("in", "k", b"x")])
    db = log.database.connection()
    if kind == "refused":
        db.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
        with pytest.raises(LogError, match="cannot be read"):
            read_all(log, "in")
        db.set_authorizer(None)
    else:
        db.execute("PRAGMA busy_timeout=1")
        other = sqlite3.connect(log.database.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogError, match="locked"):
            log.append([Out("in", "k", b"y")])
        other.execute("ROLLBACK")
        other.close()
    assert [record.value for record in read_all(log, "in")] == [b"x"]


def test_a_member_that_could_not_join_or_leave_is_not_kept_alive(log):
    """It would keep its share of the partitions for as long as the process lives, and do nothing with them."""
    session = log.session("s", ["in"])
    log.database.connection().set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
    with pytest.raises(LogError):
        session.close()
    with pytest.raises(LogError):
        log.session("s", ["in"])
    log.database.connection().set_authorizer(None)
    with log.database.transaction() as db:
        db.execute("DELETE FROM member")  # their leases have run out
    fresh = log.session("s", ["in"])
    while len(fresh.owned()) < 2:
        fresh.poll(None)
    fresh.close()


def test_a_transaction_that_cannot_be_rolled_back_locks_nobody_out(tmp_path: Path) -> None:
    database = Database(tmp_path / "stream.db")
    refused = False

    def judge(*_: object) -> int:
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    database.connection().set_authorizer(judge)

    def refuse() -> None:
        nonlocal refused
        with database.transaction() as db:
            refused = True
            db.execute("SELECT 1 FROM topic")

    with pytest.raises(LogError, match="not authorized"):
        refuse()
    refused = False
    with database.transaction() as db:
        db.execute("INSERT INTO topic (name, partitions, policy) VALUES ('t', 1, 'delete')")
    assert database.read("SELECT name FROM topic") == [("t",)]
    database.close()


def test_what_this_process_appends_wakes_those_alone_who_read_it(tmp_path: Path) -> None:
    topics = [Topic(name, 1, "delete", None, "k", "") for name in ("read", "other")]
    log, another = SqliteLog(tmp_path / "stream.db"), SqliteLog(tmp_path / "stream.db")
    log.ensure(topics)
    log._closing.set()  # its watcher looks when the test says so
    for thread in log._threads:
        thread.join()
    flag = threading.Event()
    log.wakes(flag, ["read"])
    log._watch()
    flag.clear()
    log.append([Out("other", "k", b"1")])
    log._watch()
    assert not flag.is_set()
    another.append([Out("other", "k", b"2")])
    log._watch()
    assert flag.is_set()
    log.close()
    another.close()


def test_records_on_their_way_are_neither_ours_nor_anothers_yet() -> None:
    own = OwnRecords()
    with own.appending(2):
        assert own.settled() is None
    assert own.settled() == 2
    with pytest.raises(LogError), own.appending(3):
        raise LogError("refused")
    assert own.settled() == 2


def wrote(session: Session, partition: int, value: bytes | None) -> None:
    """Has a member commit a row of a partition that it owns."""
    session.commit([Work(partition, session.owned()[partition], changes=[Change("t", "k", value)])])


def test_a_member_reads_what_another_has_written_meanwhile(log, monkeypatch):
    monkeypatch.setattr("stream.sqlite.session.RENEW_SECONDS", 0)  # it looks after its share at each poll
    one = log.session("s", ["in"])
    one.poll(0)
    wrote(one, 1, b"first")
    assert one.tables(1).get("t", "k") == b"first"
    two = log.session("s", ["in"])
    one.poll(0), two.poll(0)
    taken = next(iter(two.owned()))
    wrote(two, taken, b"second")
    two.close()
    one.poll(0)
    assert one.tables(taken).get("t", "k") == b"second"
    wrote(one, taken, None)
    assert one.tables(taken).get("t", "k") is None
    one.close()


def test_a_commit_that_was_refused_leaves_nothing_to_remember(log, monkeypatch):
    monkeypatch.setattr("stream.sqlite.session.RENEW_SECONDS", 0)
    session = log.session("s", ["in"])
    session.poll(0)
    wrote(session, 0, b"mine")
    with log.database.transaction() as db:
        db.execute("UPDATE row SET value = ?", (b"another's",))
        db.execute("UPDATE ownership SET epoch = epoch + 1")
    with pytest.raises(Fenced):
        wrote(session, 0, b"too late")
    assert session.tables(0).get("t", "k") == b"another's"
    session.close()


def test_few_and_small_rows_are_remembered():
    recent = RecentRows()
    recent.committed([Work(0, 1, changes=[Change("t", "large", b"small")])])
    recent.committed([Work(0, 1, changes=[Change("t", "large", bytes(MOST_BYTES + 1))])])
    assert recent.get(0, "t", "large") is None
    recent.committed([Work(0, 1, changes=[Change("t", str(n), b"row") for n in range(MOST + 1)])])
    assert [recent.get(0, "t", str(n)) for n in (0, 1, MOST)] == [None, b"row", b"row"]
