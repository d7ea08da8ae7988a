"""`feeds check` polls as the collectors do, and stores nothing."""

from deploy.running.first_day import feed_id
from tests.deploy.commands.documents import HTML, page, rss
from tests.deploy.commands.stream import feed, put
from tests.webserver import answer


def test_check_polls_all_once_and_stores_nothing(looking, web):
    web.answers["/feed"] = answer(rss("One", "Two"))
    web.answers["/page"] = answer(page("/feed"), HTML)
    feeds = {path: f"{web.base}/{path}" for path in ("feed", "page", "none")}
    paused = f"{web.base}/paused"
    put(looking, *map(feed, feeds.values()), feed(paused, paused=True))
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
    put(looking, feed(good, paused=True), feed(bad))
    head, line = looking.does("feeds", "check", feed_id(good)).out.splitlines()
    assert head.split() == ["outcome", "entries", "seconds", "newest", "feed"]
    assert line.split()[:2] == ["ok", "1"]
    assert line.split()[3:] == ["2025-04-01", "12:00:00", good]
    assert "http://127.0.0.1:1/other" in looking("feeds", "check", "http://127.0.0.1:1/other").failed()
    assert "status: " in looking("feeds", "check", bad).out


def test_check_without_feeds_is_no_failure(looking):
    assert looking.does("feeds", "check", "--json").json == []
