"""`feeds check`, `feeds list`, `feeds held` and `feeds release`: what became of the wishes."""

from dataclasses import replace

import msgspec
import pytest

from deploy.running.first_day import feed_id
from stream.log.port import Work
from stream.log.records import Change, Out
from stream.records import Failure, Feed, Item, Poll, encode
from stream.sqlite import SqliteLog
from tests.deploy.test_feeds_add import HTML, page, rss, wishes
from tests.webserver import answer, serve

A, B = "http://127.0.0.1:1/a", "http://127.0.0.1:1/b"


@pytest.fixture
def web():
    with serve() as web:
        yield web


@pytest.fixture
def looking(themewire):
    opened = {"fetch.allow_networks": '["127.0.0.0/8"]', "fetch.host_gap": "0"}
    return replace(themewire, settings={**themewire.settings, **opened})


def put(command, *outs):
    command.does("feeds", "list")  # makes the topics
    log = SqliteLog(command.data / "stream.db")
    log.append(outs)
    log.close()


def wish(url, **more):
    return Out("feeds", feed_id(url), encode(Feed(id=feed_id(url), url=url, **more)))


def poll(url, **more):
    told = {"title": "", "at": 1_700_000_000_000, "outcome": "ok", "error": None, "state": "healthy", **more}
    return Out("polls", feed_id(url), encode(Poll(feed=feed_id(url), url=url, **told)))


def item(number):
    return Item(
        id=f"i{number}", feed=feed_id(A), source="A", entry=f"e{number}", revision=0, url=f"http://a/{number}",
        title=f"Old \x1b {number}", summary="", lang="en", published=1_700_000_000_000, date_quality="trusted",
        first_seen=1, baseline=False,
    )  # fmt: skip


def test_check_polls_all_once_and_stores_nothing(looking, web):
    web.answers["/feed"] = answer(rss("One", "Two"))
    web.answers["/page"] = answer(page("/feed"), HTML)
    feeds = {path: f"{web.base}/{path}" for path in ("feed", "page", "none")}
    paused = f"{web.base}/paused"
    put(looking, *map(wish, feeds.values()), wish(paused, paused=True))
    done = looking("feeds", "check", "--json")
    assert done.status == 1
    assert done.err.endswith("themewire: 2 of 3 feeds cannot be read\n")
    found = {row["url"]: row for row in done.json}
    assert set(found) == set(feeds.values())
    good, named, none = (found[url] for url in feeds.values())
    assert (good["outcome"], good["entries"], good["error"]) == ("ok", 2, None)
    assert (good["id"], good["title"], good["newest"]) == (feed_id(feeds["feed"]), "Site", 1_743_595_200_000)
    assert (named["outcome"], none["outcome"], none["entries"]) == ("not_a_feed", "status", 0)
    assert feeds["feed"] in named["error"]["message"]
    assert len(web.requests) == 3
    assert looking.does("tail", "polls", "--no-follow", "--from-start").out == ""


def test_check_of_some_feeds_prints_a_table(looking, web):
    web.answers["/feed"] = answer(rss("One"))
    good, bad = f"{web.base}/feed", f"{web.base}/none"
    put(looking, wish(good, paused=True), wish(bad))
    head, line = looking.does("feeds", "check", feed_id(good)).out.splitlines()
    assert head.split() == ["outcome", "entries", "seconds", "newest", "feed"]
    assert line.split()[:2] == ["ok", "1"]
    assert line.split()[3:] == ["2025-04-01", "12:00:00", good]
    assert "http://127.0.0.1:1/other" in looking("feeds", "check", "http://127.0.0.1:1/other").failed()
    assert "status: " in looking("feeds", "check", bad).out


def test_check_without_feeds_is_no_failure(looking):
    assert looking.does("feeds", "check", "--json").json == []


def test_list_says_why(themewire):
    failed = poll(
        A, outcome="status", error=Failure("status", "it said no"), state="failing", failures=3,
        since=1_700_000_000_000, next_poll=1_700_000_900_000, interval=900,
    )  # fmt: skip
    silent = poll(
        B, state="silent", document_entries=7, held=2, gap=True, moved_to="http://127.0.0.1:1/c", item_interval=86_400,
        last_item=1_600_000_000_000, since=1_650_000_000_000, interval=7200,
    )  # fmt: skip
    put(themewire, wish(A), wish(B), failed, silent)
    rows = {row["url"]: row for row in themewire.does("feeds", "list", "--json").json}
    assert (rows[A]["state"], rows[A]["failures"], rows[A]["since"]) == ("failing", 3, 1_700_000_000_000)
    assert rows[A]["error"] == {"kind": "status", "message": "it said no"}
    assert (rows[B]["held_back"], rows[B]["gap"], rows[B]["moved_to"]) == (2, True, "http://127.0.0.1:1/c")
    assert (rows[B]["item_interval"], rows[B]["last_item"]) == (86_400, 1_600_000_000_000)
    lines = {line.split()[3]: line for line in themewire.does("feeds", "list").out.splitlines()}
    for words in ("status: it said no", "3 times", "failing since 2023-11-14 22:13:20", "next 2023-11-14", "15 min"):
        assert words in lines[A]
    for words in ("7 entries", "silent since", "every 24 h", "moved to", "missed", "2 held back", "every 2 h"):
        assert words in lines[B]
    themewire.does("feeds", "pause", A)
    [line] = [line for line in themewire.does("feeds", "list").out.splitlines() if A in line]
    assert "paused" in line
    assert "next" not in line


def test_what_is_held_back_is_listed_and_released(themewire):
    put(themewire, wish(A), wish(B, title="Mine"))
    log = SqliteLog(themewire.data / "stream.db")
    session = log.session("collect", ["feeds"])
    session.poll(0)
    rows = [
        Change("held", f"{feed_id(A)}/{name}", msgspec.json.encode(items))
        for name, items in (("1", [item(1), item(2)]), ("2", [item(3)]))
    ]
    partition, epoch = next(iter(session.owned().items()))
    session.commit([Work(partition, epoch, changes=rows)])
    session.close()
    log.close()
    lines = themewire.does("feeds", "held", A, "--json").lines
    assert lines[0] == {
        "feed": feed_id(A), "feed_url": A, "id": "i1", "title": "Old \x1b 1", "url": "http://a/1",
        "published": 1_700_000_000_000,
    }  # fmt: skip
    assert [line["id"] for line in lines] == ["i1", "i2", "i3"]
    assert themewire.does("feeds", "held", B, "--json").out == ""
    done = themewire.does("feeds", "held")
    assert len(done.out.splitlines()) == 3
    assert "\x1b" not in done.out
    themewire.does("feeds", "release", B)
    released = wishes(themewire)
    assert released[B]["released"] > 1_700_000_000_000
    assert (released[B]["title"], released[A]["released"]) == ("Mine", 0)


def test_nothing_is_held_back_where_nothing_was_collected(themewire):
    assert themewire.does("feeds", "held", "--json").out == ""
    assert A in themewire("feeds", "held", A).failed()
