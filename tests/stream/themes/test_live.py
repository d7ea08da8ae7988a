"""Themes that come and go while others look on, on the embedded stream."""

import threading

import pytest

from stream.index.session import IndexSession
from stream.index.stage import IndexStage
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.records import OwnTheme
from stream.sqlite import SqliteLog
from stream.themes.live import LiveThemes
from stream.themes.rules import InvalidTheme
from stream.themes.saved import every_theme, find_theme, remove_theme, save_theme, shipped_themes

ABOUT = "Passenger and car ferries: new routes and cancelled sailings."
FERRIES = OwnTheme(id="ferries", name="", about=ABOUT, added_at=1)


@pytest.fixture
def log(tmp_path):
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure(all_topics(shipped_themes(), 2))
    yield made
    made.close()


def test_whoever_follows_is_told_of_each_theme_and_finds_its_topic(log):
    live, told = LiveThemes(log), threading.Semaphore(0)
    seen = []

    def tell():
        seen.append((live.now, log.ends(["alerts.ferries"])))
        told.release()

    live.on_change(tell)
    try:
        assert list(live) == list(shipped_themes())
        save_theme(log, FERRIES, 1)
        assert told.acquire(timeout=60)
        assert "ferries" in live
        remove_theme(log, "ferries", 2)
        assert told.acquire(timeout=60)
        assert "ferries" not in live
    finally:
        live.close()
    ours = (*shipped_themes(), "ferries")
    assert seen == [(ours, {("alerts.ferries", 0): 0}), (shipped_themes(), {("alerts.ferries", 0): 0})]


def test_a_removed_theme_is_none_and_may_come_back(log):
    save_theme(log, FERRIES, 1)
    remove_theme(log, "ferries", 2)
    with pytest.raises(InvalidTheme, match="there is no theme 'ferries'"):
        find_theme(log, "ferries")
    assert every_theme(log) == shipped_themes()
    assert save_theme(log, FERRIES, 1).revision == 3
    assert every_theme(log) == (*shipped_themes(), "ferries")


def test_an_index_outlives_a_theme_that_is_removed(log, tmp_path):
    save_theme(log, FERRIES, 1)
    log.append([Out("alerts.ferries", "s", b"{}")])

    def read(themes):
        session = IndexSession(log, tmp_path / "index.db", IndexStage(themes).inputs)
        found = session.poll(0)
        session.commit([])
        session.close()
        return len(found)

    log.append([Out("feeds", "f", None)])
    assert read((*shipped_themes(), "ferries")) == 2
    assert read(shipped_themes()) == 0  # not made anew
