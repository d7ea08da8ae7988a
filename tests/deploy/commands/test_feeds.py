"""Feeds are added, changed and removed, and go out and in as OPML."""

from deploy.running.first_day import feed_id

A, B = "http://127.0.0.1:1/feed.xml", "http://127.0.0.1:1/rss?x=1&y=2"  # refused without a look-up


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
        "kind": "feed", "hub": "", "hub_error": "", "pushed_until": None,
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
    assert themewire.does("feeds", "import", "-", stdin=document).out.startswith("1 feed added, 1 already there, 0")
    assert listed(themewire)[A]["title"] == 'Law & "Order"'
    assert themewire.does("feeds", "export").out == document
    (tmp_path / "feeds.opml").write_text(document)
    assert themewire.does("feeds", "import", str(tmp_path / "feeds.opml")).out.startswith("0 feeds added, 2 already")


def test_opml_that_is_none_is_refused_and_a_bad_address_left_out(themewire):
    assert "OPML" in themewire("feeds", "import", "-", stdin="<html/>").failed()
    assert "none.opml" in themewire("feeds", "import", "none.opml").failed()
    some = f'<opml><body><outline xmlUrl="ftp://x/"/><outline xmlUrl="{A}"/></body></opml>'
    done = themewire.does("feeds", "import", "-", stdin=some)
    assert done.out.startswith("1 feed added, 0 already there, 1 skipped")
    assert "ftp://x/" in done.err
