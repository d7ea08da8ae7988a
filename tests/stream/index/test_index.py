"""The index: rows from records in any order of topics, a file that can be deleted, and two processes on it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine.tables import Tables
from stream.engine.worker import Worker
from stream.index import retention
from stream.index import session as index_session
from stream.index.feeds import feeds_now
from stream.index.session import IndexSession, open_index
from stream.index.stage import AlertNote, IndexStage, ItemDoc, find_item
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import Fenced, LogError, Work
from stream.log.records import Change, Out, Record
from stream.log.topics import all_topics
from stream.records import Alert, Dead, Feed, Item, Mute, Poll, Source, Tagged, decode, encode
from stream.sqlite import SqliteLog
from tests.stream.backends import read_all
from tests.stream.fakes import RecordingHooks, SetClock

STAGE = IndexStage(("t", "u"))
TABLES = ("feeds", "polls", "items", "early", "links", "mutes")


def feed(key: str, title: str = "") -> Out:
    return Out("feeds", key, encode(Feed(id=key, url=f"https://example.org/{key}", title=title)))


def poll(key: str, at: int = 1, next_poll: int | None = None) -> Out:
    made = Poll(feed=key, url="u", title="", at=at, outcome="ok", error=None, state="healthy", next_poll=next_poll)
    return Out("polls", key, encode(made))


def tagged(key: str, title: str = "A title", joined: bool = False, sources: int = 1) -> Out:
    item = Item(
        id=key, feed="f", source="Feed", entry="e", revision=0, url="https://example.org", title=title, summary="",
        lang="en", published=1, date_quality="trusted", first_seen=2, baseline=False,
    )  # fmt: skip
    made = Tagged(
        item=item, themes={"t": 0.9}, tags=("t",), decision="tagged", reasons=(), model="m", joined=joined,
        sources=tuple(Source(f"Feed {n}", "u", key) for n in range(sources)),
    )  # fmt: skip
    return Out("tagged", key, encode(made))


def alert(item: str, seq: int = 0, kind: str = "new", theme: str = "t") -> Out:
    made = Alert(
        id=f"alert {theme} {item}", seq=seq, kind=kind, theme=theme, story=item, title="T", summary="", url="",
        lang="en", sources=(Source("Feed", "u", item),), independent=1, probability=0.9, sure=True, reasons=(),
        model="m", published=1, date_quality="trusted", first_seen=1, tagged_at=1, alerted_at=1,
    )  # fmt: skip
    return Out(f"alerts.{theme}", item, encode(made))


def rows_of(outs: Sequence[Out]) -> dict[str, dict[str, bytes]]:
    """The rows that these records come to, each decided alone."""
    rows = InMemoryRows()
    for n, out in enumerate(outs):
        rows.apply(STAGE.decide(Tables(rows), [Record(out.topic, 0, n, out.key, out.value)], 0).changes)
    return {table: dict(rows.items(table)) for table in TABLES}


def doc(rows: dict[str, dict[str, bytes]], item: str) -> ItemDoc:
    return msgspec.json.decode(rows["items"][item], type=ItemDoc)


def test_an_item_is_shown_with_its_decision_its_sources_and_the_last_word_of_its_alerts():
    rows = rows_of([tagged("i"), alert("i"), alert("i", theme="u"), alert("i", 1, "retracted")])
    shown = doc(rows, "i")
    assert (shown.item.title, shown.decision, shown.themes) == ("A title", "tagged", {"t": 0.9})
    assert shown.alerts == {"t": AlertNote("alert t i", 1, "retracted"), "u": AlertNote("alert u i", 0, "new")}


def test_another_feeds_record_of_an_item_only_adds_its_source():
    shown = doc(rows_of([tagged("i"), alert("i"), tagged("i", "Other words", joined=True, sources=2)]), "i")
    assert (shown.item.title, len(shown.sources), set(shown.alerts)) == ("A title", 2, {"t"})


def test_an_item_is_found_by_its_link_also_under_the_page_by_which_it_was_once_known():
    rows = InMemoryRows()
    out = tagged("i")
    item = decode(out.value, Tagged).item
    rows.apply(STAGE.decide(Tables(rows), [Record(out.topic, 0, 0, out.key, out.value)], 0).changes)
    for link in (item.url, f"{item.url}#part"):
        found = find_item(rows, link)
        assert found is not None
        assert found.item.id == "i"


def test_a_revision_keeps_what_was_alerted():
    shown = doc(rows_of([tagged("i"), alert("i"), tagged("i", "Edited")]), "i")
    assert (shown.item.title, set(shown.alerts)) == ("Edited", {"t"})


def test_a_removed_feed_is_gone_and_the_last_poll_of_each_feed_is_kept():
    rows = rows_of([feed("a"), feed("b"), poll("b", 1), poll("b", 2), Out("feeds", "a", None)])
    assert list(rows["feeds"]) == ["b"]
    assert decode(rows["polls"]["b"], Poll).at == 2


def test_an_alert_is_muted_until_that_is_taken_back():
    mute = Out("mutes", "a", encode(Mute(alert="a", theme="t", who="ann", at=3)))
    assert decode(rows_of([mute])["mutes"]["a"], Mute).who == "ann"
    assert rows_of([mute, Out("mutes", "a", None)])["mutes"] == {}


TOPICS = (
    (feed("a"), feed("b"), Out("feeds", "a", None)),
    (poll("a", 1), poll("b", 1), poll("a", 2)),
    (tagged("i"), tagged("j"), tagged("i", "Edited"), tagged("j", joined=True, sources=2)),
    (alert("i"), alert("j"), alert("i", 1, "update")),
    (alert("i", theme="u"), alert("i", 1, "retracted", theme="u")),
)


@given(st.permutations([n for n, topic in enumerate(TOPICS) for _ in topic]))
def test_the_rows_are_the_same_in_whatever_order_the_topics_are_read(order: list[int]):
    left = [list(topic) for topic in TOPICS]
    assert rows_of([left[n].pop(0) for n in order]) == rows_of([out for topic in TOPICS for out in topic])


@pytest.fixture
def log(tmp_path):
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure(all_topics(STAGE.themes, 3))
    yield made
    made.close()


def all_rows(session: IndexSession) -> dict[str, dict[str, bytes]]:
    return {table: dict(session.tables(0).items(table)) for table in TABLES}


def brought_up(log: SqliteLog, path: Path) -> dict[str, dict[str, bytes]]:
    """The rows of the index at `path`, once it has everything."""
    session = IndexSession(log, path, STAGE.inputs)
    worker = Worker(STAGE, log, session, SetClock(), RecordingHooks())
    while not session.caught_up():
        worker.step()
    assert session.lag() == 0
    rows = all_rows(session)
    worker.close()
    return rows


def test_an_index_that_was_deleted_is_built_again_the_same(log, tmp_path):
    path = tmp_path / "index" / "index.db"
    for n in range(20):
        log.append([feed(f"f{n}"), poll(f"f{n}"), tagged(f"i{n}"), alert(f"i{n}")])
        if n % 5 == 0:
            brought_up(log, path)
    log.append([Out("feeds", "f3", None), alert("i3", 1, "retracted")])
    grown = brought_up(log, path)
    assert (len(grown["items"]), len(grown["feeds"]), grown["early"]) == (20, 19, {})
    for file in path.parent.iterdir():
        file.unlink()
    assert brought_up(log, path) == grown


def test_an_index_that_is_ahead_of_a_restored_stream_is_made_anew(log, tmp_path):
    path = tmp_path / "i.db"
    log.append([feed("a"), feed("b")])
    with closing(SqliteLog(tmp_path / "other.db")) as of_before:
        of_before.ensure(all_topics(("t", "u"), 2))
        of_before.append([feed("c")])
        brought_up(log, path)
        session = IndexSession(of_before, path, STAGE.inputs)
        assert [record.key for record in session.poll(0)] == ["c"]
        assert all_rows(session)["feeds"] == {}
        session.close()


def test_an_index_goes_on_where_it_was_left(log, tmp_path):
    log.append([feed("a")])
    brought_up(log, tmp_path / "i.db")
    session = IndexSession(log, tmp_path / "i.db", STAGE.inputs)
    assert (session.poll(0), session.caught_up(), session.lag()) == ([], True, 0)
    log.append([feed("b")])
    assert ([r.key for r in session.poll(0)], session.lag()) == (["b"], 1)
    session.close()


def test_of_two_processes_on_one_index_the_slower_begins_again_and_both_end_the_same(log, tmp_path):
    log.append([feed("a"), tagged("i"), alert("i")])
    path, hooks = tmp_path / "i.db", RecordingHooks()
    slower = IndexSession(log, path, STAGE.inputs)
    batch = slower.poll(0)
    expected = brought_up(log, path)
    with pytest.raises(Fenced):
        slower.commit([Work(0, 1, {}, (), [Change("feeds", "a", b"overtaken")])])
    assert (len(batch), all_rows(slower)) == (3, expected)
    log.append([feed("b")])
    worker = Worker(STAGE, log, slower, SetClock(), hooks)
    worker.step()
    assert ([len(events) for events, _ in hooks.commits], set(all_rows(slower)["feeds"])) == ([1], {"a", "b"})
    worker.close()


def test_a_refused_commit_puts_nothing_on_dead(log, tmp_path):
    log.append([Out("feeds", "a", b"no json")])
    slower = IndexSession(log, tmp_path / "i.db", STAGE.inputs)
    slower.poll(0)
    brought_up(log, tmp_path / "i.db")
    with pytest.raises(Fenced):
        slower.commit([Work(0, 1, {}, [Out("dead", "feeds/0/0", b"twice")])])
    slower.close()
    (dead,) = [decode(r.value, Dead) for r in read_all(log, "dead")]
    assert (dead.stage, dead.topic, dead.value) == ("index", "feeds", b"no json")


def test_a_commit_whose_records_cannot_be_appended_changes_no_row(log, tmp_path):
    session = IndexSession(log, tmp_path / "i.db", STAGE.inputs)
    log.append([feed("a")])
    session.poll(0)
    with pytest.raises(LogError, match="no topic"):
        session.commit([Work(0, 1, {}, [Out("nowhere", "k", b"")], [Change("feeds", "a", b"x")])])
    assert (all_rows(session)["feeds"], session.lag()) == ({}, 1)
    session.close()


def test_feeds_are_counted_by_the_state_of_their_last_poll(log, tmp_path):
    path = tmp_path / "i.db"
    assert feeds_now(path, 0) == ({}, 0)
    paused = Out("feeds", "d", encode(Feed(id="d", url="u", paused=True)))
    log.append([feed("a"), feed("b"), feed("c"), paused, poll("a", next_poll=10), poll("b", next_poll=20)])
    log.append([poll("d", next_poll=1), poll("removed", next_poll=1)])
    brought_up(log, path)
    assert feeds_now(path, before=20) == ({"healthy": 2, "new": 1, "paused": 1}, 1)
    log.append([Out("feeds", "a", None), Out("feeds", "d", encode(Feed(id="d", url="u"))), poll("c", next_poll=30)])
    brought_up(log, path)
    assert feeds_now(path, before=20) == ({"healthy": 3}, 1)


def test_a_file_that_is_no_index_is_told_in_a_sentence(log, tmp_path):
    (tmp_path / "i.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(LogError, match=r"is damaged .*: delete it"):
        IndexSession(log, tmp_path / "i.db", STAGE.inputs)


def test_a_page_leads_to_its_item_whatever_its_scheme():
    assert rows_of([tagged("i")])["links"] == {"example.org": b"i"}


def test_an_index_of_another_form_is_made_anew(tmp_path):
    path = tmp_path / "index.db"
    open_index(path).close()
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO row VALUES ('items', 'i', 'of old')")
        db.execute("INSERT INTO position VALUES ('tagged', 0, 7)")
        db.execute("PRAGMA user_version = 1")
    db.close()
    again = open_index(path)
    counts = [again.read(f"SELECT count(*) FROM {table}")[0][0] for table in ("row", "position")]
    again.close()
    assert counts == [0, 0]


def test_a_commit_writes_only_the_positions_that_have_moved(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "stream.db")
    log.ensure(all_topics(STAGE.themes, 12))
    session = IndexSession(log, tmp_path / "i.db", STAGE.inputs)
    session.commit([Work(0, 1, {}, (), ())])
    log.append([feed("f")])
    assert session.poll(None)
    before = session._db.connection().total_changes
    session.commit([Work(0, 1, {}, (), ())])
    assert session._db.connection().total_changes - before == 1
    session.close()
    log.close()


def test_what_is_old_is_let_go_a_piece_at_each_poll(log, tmp_path, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    monkeypatch.setattr(retention, "ITEMS_KEPT", 0)
    monkeypatch.setattr(index_session, "wall_clock", lambda: 1_000)
    log.append([tagged(f"i{n}") for n in range(5)])
    brought_up(log, tmp_path / "i.db")
    session = IndexSession(log, tmp_path / "i.db", STAGE.inputs)
    session._retained_at -= index_session.RETAIN_SECONDS + 1
    left = []
    for _ in range(4):
        session.poll(0)
        left.append(len(all_rows(session)["items"]))
    session.close()
    assert left == [3, 1, 0, 0]
