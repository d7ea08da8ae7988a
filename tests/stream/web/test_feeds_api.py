"""Feeds over HTTP: added, changed, paused and removed as by the command line, with their state by the index."""

import pytest

from stream.index.session import open_index
from stream.log.access import accesses
from stream.log.records import Out
from stream.records import Feed, Poll, decode, encode
from stream.web.access import Access
from tests.stream.backends import read_all
from tests.stream.index.test_search import Index
from tests.stream.web.api_site import Site

URL = "https://example.org/feed.xml"


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def written(site: Site) -> list[Feed | None]:
    return [decode(each.value, Feed) if each.value else None for each in read_all(site.log, "feeds")]


def test_a_feed_comes_is_paused_and_changed_and_goes(site: Site):
    status, made = site.post("/api/feeds", {"url": URL, "interval": 60})
    assert (status, made["url"], made["state"], made["last_poll"]) == (201, URL, "new", None)
    one = f"/api/feeds/{made['id']}"
    assert site.post("/api/feeds", {"url": URL})[0] == 409
    assert site.ask("PATCH", one, {"paused": True})[1]["state"] == "paused"
    assert site.ask("PATCH", one, {"title": "News", "paused": False})[1]["state"] == "new"
    shown = site.ask("GET", one)[1]
    assert (shown["title"], shown["interval"], shown["activity"]) == ("News", 60, {"polls": [], "days": {}})
    assert site.ask("DELETE", one) == (204, None)
    assert site.ask("GET", one)[0] == site.ask("DELETE", one)[0] == site.ask("PATCH", one, {})[0] == 404
    last = written(site)
    assert [each and (each.title, each.paused) for each in last] == [("", False), ("", True), ("News", False), None]


def test_what_the_api_does_not_say_of_a_feed_stays_as_it_was(site: Site):
    feed = Feed(id="f", url=URL, credentials="bearer env:TOKEN", options={"path": "x"})
    site.log.append([Out("feeds", "f", encode(feed)), Out("feeds", "odd", b"{}")])
    status, shown = site.ask("PATCH", "/api/feeds/f", {"paused": True})
    assert status == 200
    assert "TOKEN" not in str(shown) + str(site.ask("GET", "/api/feeds"))
    assert (feed.credentials, feed.options) == (
        decode(read_all(site.log, "feeds")[-1].value, Feed).credentials,
        feed.options,
    )


def test_feeds_are_listed_by_state_page_by_page(site: Site):
    with open_index(site.index).transaction():
        pass
    index = Index(open_index(site.index))
    for n in range(5):
        site.log.append([Out("feeds", f"f{n}", encode(Feed(id=f"f{n}", url=f"{URL}?{n}")))])
        state = "failing" if n % 2 else "healthy"
        poll = Poll(feed=f"f{n}", url=URL, title=f"Title {n}", at=1, outcome="ok", error=None, state=state)
        index.take(Out("polls", f"f{n}", encode(poll)))
    status, page = site.ask("GET", "/api/feeds?limit=3")
    assert (status, [each["title"] for each in page["items"]]) == (200, ["Title 0", "Title 1", "Title 2"])
    _, rest = site.ask("GET", f"/api/feeds?limit=3&cursor={page['next']}")
    assert ([each["id"] for each in rest["items"]], rest["next"]) == (["f3", "f4"], None)
    _, failing = site.ask("GET", "/api/feeds?state=failing")
    assert [each["id"] for each in failing["items"]] == ["f1", "f3"]
    index.db.close()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"url": "nonsense"}, "cannot be polled"),
        ({"url": URL, "title": "a\x1bb"}, "control characters"),
        ({"url": URL, "interval": 600, "longest": 60}, "shorter than the interval"),
        ({"url": URL, "interval": -1}, "interval"),
        ({"url": URL, "articles": "some"}, "articles"),
        ({"url": URL, "credentials": "bearer file:/etc/shadow"}, "credentials"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_writes_nothing(site: Site, body, says):
    status, answer = site.post("/api/feeds", body)
    assert (status, says in answer["detail"]) == (422, True), answer
    assert written(site) == []


def test_the_role_web_has_the_right_to_do_so():
    (web,) = [each for each in accesses(()) if each.role == "web"]
    assert {"feeds", "models", "labels", "dead", "polls"} <= web.reads
    assert "feeds" in web.writes
