"""Each command does what it says, on a stream of its own; standard output is data only."""

import time

import msgspec

from deploy.running.first_day import feed_id
from stream.log.records import Out
from stream.records import Alert, Dead, Item, encode
from stream.sqlite import SqliteLog

A, B = "http://127.0.0.1:1/feed.xml", "http://127.0.0.1:1/rss?x=1&y=2"  # refused without a look-up


def put(themewire, *outs):
    themewire.does("feeds", "list")  # makes the topics
    log = SqliteLog(themewire.data / "stream.db")
    log.append(outs)
    log.close()


def item(id_: str, title: str) -> Item:
    return Item(
        id=id_, feed="f", source="A", entry="e", revision=0, url=f"http://a/{id_}", title=title, summary="", lang="en",
        published=0, date_quality="none", first_seen=1, baseline=False,
    )  # fmt: skip


def listed(themewire):
    return {feed["url"]: feed for feed in themewire.does("feeds", "list", "--json").json}


def test_feeds_are_added_paused_resumed_and_removed(themewire):
    themewire.does("feeds", "add", A, "--yes", "--interval", "5", "--title", "Law")
    themewire.does("feeds", "add", B, "--yes")
    feeds = listed(themewire)
    assert feeds[A] == {
        "id": feed_id(A), "url": A, "title": "Law", "state": "new", "outcome": None, "error": None, "entries": 0,
        "interval": 5.0, "last_poll": None, "next_poll": None, "since": None, "failures": 0, "held_back": 0,
        "gap": False, "moved_to": "", "item_interval": 0, "last_item": None, "articles": None, "warnings": [],
    }  # fmt: skip
    themewire.does("feeds", "pause", A)
    assert listed(themewire)[A]["state"] == "paused"
    themewire.does("feeds", "resume", feed_id(A))
    assert listed(themewire)[A]["state"] == "new"
    themewire.does("feeds", "remove", A)
    assert set(listed(themewire)) == {B}
    assert A in themewire("feeds", "remove", A).failed()


def test_a_feed_that_is_added_again_keeps_what_is_not_said_anew(themewire):
    themewire.does("feeds", "add", A, "--yes", "--interval", "5", "--title", "Law")
    themewire.does("feeds", "add", A, "--yes", "--title", "Right")
    assert (listed(themewire)[A]["title"], listed(themewire)[A]["interval"]) == ("Right", 5.0)


def test_an_address_that_cannot_be_polled_is_refused(themewire):
    for url in ("ftp://a.example/", "file:///etc/passwd", "a.example", "http://"):
        assert url in themewire("feeds", "add", url, "--yes").failed()


def test_feeds_go_out_and_in_as_opml(themewire, tmp_path):
    themewire.does("feeds", "add", A, "--yes", "--title", 'Law & "Order"')
    themewire.does("feeds", "add", B, "--yes")
    document = themewire.does("feeds", "export").out
    themewire.does("feeds", "remove", A)
    assert themewire.does("feeds", "import", "-", stdin=document).out.startswith("1 feeds added, 1 were there, 0 left")
    assert listed(themewire)[A]["title"] == 'Law & "Order"'
    assert themewire.does("feeds", "export").out == document
    (tmp_path / "feeds.opml").write_text(document)
    assert themewire.does("feeds", "import", str(tmp_path / "feeds.opml")).out.startswith("0 feeds added, 2 were there")


def test_opml_that_is_none_is_refused_and_a_bad_address_left_out(themewire):
    assert "OPML" in themewire("feeds", "import", "-", stdin="<html/>").failed()
    assert "none.opml" in themewire("feeds", "import", "none.opml").failed()
    some = f'<opml><body><outline xmlUrl="ftp://x/"/><outline xmlUrl="{A}"/></body></opml>'
    done = themewire.does("feeds", "import", "-", stdin=some)
    assert done.out.startswith("1 feeds added, 0 were there, 1 left out")
    assert "ftp://x/" in done.err


def test_subscriptions_are_added_replaced_shown_and_removed(themewire):
    line = ["subscriptions", "add", "me", "--webhook", "http://a.example/hook", "--theme"]
    themewire.does(*line, "standards")
    themewire.does(*line, "standards", "--theme", "ip-disputes", "--secret", "env:HOOK", "--threshold", "0.5")
    shown = themewire.does("subscriptions", "show", "me").json
    assert (shown["revision"], shown["themes"], shown["threshold"]) == (2, ["standards", "ip-disputes"], 0.5)
    assert themewire.does("subscriptions", "list", "--json").json == [shown]
    assert "me" in themewire.does("subscriptions", "list").out
    themewire.does("subscriptions", "remove", "me")
    assert themewire.does("subscriptions", "list", "--json").json == []
    assert "'me'" in themewire("subscriptions", "show", "me").failed()


def test_a_subscription_that_cannot_work_is_refused(themewire):
    hook = ["--webhook", "http://a.example/hook"]
    add = ["subscriptions", "add", "me", "--theme"]
    assert "cpu-inference" in themewire(*add, "cpu", *hook).failed()
    assert "ftp://a" in themewire(*add, "standards", "--webhook", "ftp://a").failed()
    refused = themewire(*add, "standards", *hook, "--secret", "hunter2").failed()
    assert "hunter2" not in refused


def test_tail_prints_one_object_a_line_and_ends(themewire):
    put(themewire, *(Out("items", f"{n}", encode(item(f"{n}", f"Titel \u2028 {n} ü"))) for n in range(20)))
    assert themewire.does("tail", "items", "--no-follow", "--json").out == ""
    lines = themewire.does("tail", "items", "--no-follow", "--from-start", "--json").lines
    assert sorted(line["value"]["title"] for line in lines) == sorted(f"Titel \u2028 {n} ü" for n in range(20))
    assert set(lines[0]) == {"topic", "partition", "offset", "key", "timestamp", "value"}


def test_tail_shows_what_is_deleted_and_what_steers_a_terminal_harmlessly(themewire):
    put(themewire, Out("feeds", "gone", None), Out("items", "x", encode(item("x", "red \x1b[31m alert"))))
    assert "(deleted)" in themewire.does("tail", "feeds", "--no-follow", "--from-start").out
    assert "\x1b" not in themewire.does("tail", "items", "--no-follow", "--from-start").out
    [gone] = themewire.does("tail", "feeds", "--no-follow", "--from-start", "--json").lines
    assert gone["value"] is None


def test_tail_shows_alerts_for_people(themewire):
    alert = Alert(
        id="a", seq=0, kind="new", theme="standards", story="a", title="A \x1b draft", summary="", url="http://a/1",
        lang="en", sources=(), independent=1, probability=0.91, sure=True, reasons=(), model="m", published=0,
        date_quality="none", first_seen=0, tagged_at=0, alerted_at=1_700_000_000_000,
    )  # fmt: skip
    put(themewire, Out("alerts.standards", "a", encode(alert)))
    [line] = themewire.does("tail", "alerts.standards", "--no-follow", "--from-start").out.splitlines()
    assert line == "2023-11-14 22:13:20  standards  0.91  [en] A   draft  http://a/1"


def test_many_dead_are_given_back_at_once_and_none_of_them_again(themewire):
    def origin(stage, topic, n, at):
        dead = Dead(stage=stage, topic=topic, partition=0, offset=n, key=f"k{n}", value=b"{}", error="E: x", at=at)
        return Out("dead", f"{topic}/0/{n}", encode(dead))

    now = time.time_ns() // 1_000_000
    olds = [origin("tag", "items", n, now - 3 * 86_400_000) for n in range(3)]
    put(themewire, *olds, origin("tag", "items", 3, now), origin("story", "candidates", 4, now))
    put(themewire, origin("match", "items", 0, now))  # another stage of the same record
    put(themewire, origin("index", "items", 9, now))  # no stage to give it back to

    def given(*options):
        return themewire.does("dead", "requeue", *options).out.strip()

    assert given("--stage", "tag", "--since", "1d") == "1 given back"
    assert given("--stage", "story") == "1 given back"
    assert given("--all") == "4 given back"
    assert given("--all") == "0 given back"
    back = themewire.does("tail", "retry.tag", "--from-start", "--no-follow", "--json").lines
    assert sorted(line["key"] for line in back) == ["k0", "k1", "k2", "k3"]
    assert "index only" in themewire("dead", "requeue", "items/0/9").err
    lines = themewire.does("dead", "list", "--json").lines
    assert {line["stage"]: bool(line["requeued_at"]) for line in lines} == {
        "tag": True,
        "story": True,
        "match": True,
        "index": False,
    }
    assert "--all" in themewire("dead", "requeue").failed(2)


def test_the_dead_are_listed_shown_and_given_back(themewire):
    dead = Dead(
        stage="tag", topic="items", partition=3, offset=7, key="k", value=b'{"title": 3}', error="ValueError: x", at=1
    )
    large = msgspec.structs.replace(dead, offset=8, value=None)
    canary = msgspec.structs.replace(dead, topic="canary.items")
    put(themewire, *(Out("dead", f"{d.topic}/3/{d.offset}", encode(d)) for d in (dead, large, canary)))
    lines = themewire.does("dead", "list", "--json").lines
    assert {line["origin"] for line in lines} == {"items/3/7", "items/3/8", "canary.items/3/7"}
    assert "ValueError: x" in themewire.does("dead", "list").out
    shown = themewire.does("dead", "show", "items/3/7").json
    assert (shown["value"], shown["stage"], shown["error"]) == ('{"title": 3}', "tag", "ValueError: x")
    themewire.does("dead", "requeue", "items/3/7")
    [back] = themewire.does("tail", "retry.tag", "--from-start", "--no-follow", "--json").lines
    assert (back["key"], back["value"]) == ("k", {"title": 3})
    failed = themewire("dead", "requeue", "items/3/8")
    assert "none of them" in failed.failed()
    assert "too large" in failed.err
    canary = themewire("dead", "requeue", "canary.items/3/7")
    assert "none of them" in canary.failed()
    assert "was a canary" in canary.err
    assert "items/0/0" in themewire("dead", "show", "items/0/0").failed()
