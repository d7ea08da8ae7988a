"""Sources on the page: how they are, and what people do with them."""

from collections.abc import Iterator

import pytest

from stream.log.global_tables import read_table
from stream.log.records import Out
from stream.records import Feed, Poll, decode, encode
from stream.records.message import Failure
from stream.units import DAY, HOUR, MINUTE
from stream.web.access import Access, RequestRefused, Role
from stream.web.page import FeedFound
from tests.stream.index.test_search import alert, tagged
from tests.stream.web.page.some_page import EVIL, NOW, Page, Tags

ADDRESS = "https://example.org/feed"


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    made = Page(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def poll(feed: str, state: str = "healthy", **more: object) -> Out:
    asked = {"url": ADDRESS, "title": "", "at": NOW - MINUTE, "outcome": "ok", "error": None, "state": state, **more}
    return Out("polls", feed, encode(Poll(feed=feed, **asked)))


def wish(page: Page, *feeds: Feed) -> None:
    page.log.append([Out("feeds", feed.id, encode(feed)) for feed in feeds])


def test_each_state_has_its_sentence_and_what_needs_somebody_comes_first(page):
    wish(page, *(Feed(id=name, url=f"https://{name}.example/", title=name, paused=name == "rest") for name in
                 ("fine", "rest", "dead", "mute", "fresh")))  # fmt: skip
    page.index.take(
        poll("fine", new=2, document_entries=9, next_poll=NOW + 4 * MINUTE),
        poll("rest"),
        poll("dead", "failing", outcome="status", error=Failure("status", "it answers 500"), failures=3),
        poll("mute", "silent", last_item=NOW - 19 * DAY, item_interval=3 * DAY / 1000),
    )
    _, html = page.get("/sources")
    places = [html.index(f">{name}</bdi>") for name in ("dead", "mute", "rest", "fresh", "fine")]
    assert places == sorted(places)
    assert "It answers 500 (3 times in a row)." in html
    assert "Nothing new for 19 d; it used to bring something every 3 d." in html
    assert "Not polled yet." in html
    assert "2 new of 9 entries." in html
    assert "in 4 min" in html
    assert "Needs attention 2" in html
    assert "dead" not in page.get("/sources?state=paused")[1]


def test_what_has_never_been_read_is_unverified_and_needs_nobody(page):
    wish(
        page,
        *(
            Feed(id=name, url=f"https://{name}.example/", title=name, unverified=True)
            for name in ("dead", "read", "next")
        ),
    )
    failure = Failure("connection", "it refuses")
    page.index.take(poll("dead", "unverified", outcome="connection", error=failure), poll("read"))
    _, html = page.get("/sources")
    assert "Unverified 2" in html
    assert "Needs attention 0" in html
    _, html = page.get("/sources?state=unverified")
    assert [f">{name}</bdi>" in html for name in ("dead", "read", "next")] == [True, False, True]


def test_a_feed_shows_its_polls_its_share_and_what_became_of_its_items(page):
    wish(page, Feed(id="f", url=ADDRESS, title="Wire"))
    page.index.take(
        poll("f", gap=True, moved_to="https://elsewhere.example/", interval=900.0, next_poll=NOW + 4 * MINUTE),
        tagged("i", "Of a theme", NOW - HOUR, ["t"]),
        tagged("j", "Of none", NOW - HOUR),
        alert("a", "Of a theme", NOW - HOUR),
    )
    status, html = page.get("/sources?feed=f")
    assert status == 200
    assert "then every 15 min" in html
    assert "polled at https://elsewhere.example/" in html
    assert "may have been missed" in html
    assert "50 % of a theme" in html
    assert "Tagged" in html
    assert "Of no theme" in html


def test_without_the_stream_feeds_are_shown_as_the_index_knows_them(page):
    page.index.take(Out("feeds", "f", encode(Feed(id="f", url=ADDRESS, title="Known before"))), poll("f"))
    page.gone = True
    assert "Known before" in page.get("/sources")[1]
    assert page.get("/sources?feed=f")[0] == 200
    assert page.get("/sources?feed=g")[0] == 404


def test_a_long_list_goes_on(page):
    wish(page, *(Feed(id=f"f{n:03}", url=f"https://{n:03}.example/") for n in range(130)))
    _, html = page.get("/sources")
    assert "https://099.example/" in html
    assert "https://100.example/" not in html
    _, html = page.get("/sources?after=100")
    assert "https://129.example/" in html
    assert "More sources" not in html


def test_what_an_address_would_bring_is_shown_before_it_is_saved(page):
    entries, others = [(NOW - HOUR, EVIL), (None, "Undated")], [("https://example.org/comments", EVIL)]
    page.found = FeedFound(ADDRESS, "feed", EVIL, "https://example.org/", 12, 1.5, entries, [EVIL], others=others)
    status, html = page.post("/sources/find", address=" example.org ")
    assert status == 200
    assert page.fed == [("find", "example.org", "")]
    assert page.get("/sources")[1].count("<tr>") == 0  # nothing is saved
    assert "12 entries" in html
    assert "about 1.5 a day" in html
    assert "1 h ago" in html
    assert "no date" in html
    fields = {each["name"]: each.get("value") for tag, each in Tags(html).found if tag == "input" and "name" in each}
    assert fields["kind"] == "feed"
    assert not [each for tag, each in Tags(html).found if tag == "img"]
    status, html = page.post("/sources/add", address=ADDRESS, kind="feed", title="Mine")
    assert status == 200
    assert ">Mine</bdi>" in html  # its own view, at once: the index has not heard of it yet


def test_what_was_found_with_a_kind_is_shown_and_saved_with_it(page):
    why, options = "3 elements of the page repeat one pattern", {"item": "ul > li"}
    page.found = FeedFound(ADDRESS, "page", entries=3, why=why, options=options)
    html = page.post("/sources/find", address="example.org")[1]
    assert why in html
    fields = {each["name"]: each.get("value") for tag, each in Tags(html).found if tag == "input" and "name" in each}
    assert (fields["kind"], fields["option-item"]) == ("page", "ul > li")
    page.post("/sources/add", **{**fields, "title": ""})
    (record,) = read_table(page.log, "feeds").values()
    assert (decode(record, Feed).kind, decode(record, Feed).options) == ("page", options)
    assert "ul &gt; li" in page.get("/sources?feed=new")[1]


def test_an_address_that_brings_nothing_says_why_and_can_be_watched(page):
    page.found = RequestRefused(422, "It is a web page without a link to a feed.")
    status, html = page.post("/sources/find", address="example.org")
    assert {"name": "kind", "value": "changes"}.items() <= next(
        each for tag, each in Tags(html).found if tag == "input" and each.get("name") == "kind"
    ).items()
    assert status == 422
    assert "without a link to a feed" in html
    assert 'value="example.org"' in html
    page.found = FeedFound(ADDRESS, failure="it answers 500")
    assert "Add it anyway" in page.post("/sources/find", address="example.org")[1]
    page.found = FeedFound(ADDRESS, known="f")
    assert "polled already" in page.post("/sources/find", address="example.org")[1]
    assert page.post("/sources/find", address="x" * 3000)[0] == 422


def test_a_feed_is_paused_resumed_let_through_and_removed(page):
    wish(page, Feed(id="f", url=ADDRESS), Feed(id="g", url=ADDRESS, paused=True))
    page.index.take(poll("f", held=3), poll("g"))
    html = page.get("/sources?feed=f")[1]
    assert "3 old items held back" in html
    assert 'action="/sources/pause"' in html
    assert 'action="/sources/resume"' in page.get("/sources?feed=g")[1]
    for act in ("pause", "resume", "release", "remove"):
        status, html = page.post(f"/sources/{act}", feed="f", back="/sources?feed=f")
        assert status == 200
        assert "Its items" in html or act == "remove"
    assert page.fed == [("pause", "f", True), ("pause", "f", False), ("release", "f"), ("remove", "f")]
    assert page.post("/sources/pause")[0] == 422


def test_opml_goes_out_and_comes_in_as_a_file(page):
    assert page.get("/sources/feeds.opml") == (200, "<opml/>")
    status, html = page.send_file("/sources/import", b"<opml>\r\n\xff</opml>")
    assert status == 200
    assert page.fed == [("take", b"<opml>\r\n\xff</opml>")]
    assert "1 feed added" in html
    assert "3 already there" in html
    assert "1 refused" in html
    assert not [each for tag, each in Tags(html).found if tag == "img"]


def test_a_file_has_its_bounds_and_comes_from_our_own_page_only(page):
    assert page.send_file("/sources/import", b"")[0] == 422
    assert page.send_file("/sources/import", b"x" * (5 << 20))[0] == 413
    assert page.send_file("/sources/import", b"x", Origin="https://evil.example")[0] == 403
    assert page.post("/sources/import", file="x")[0] == 415
    assert page.send_file("/sources/pause", b"x")[0] == 415
    assert page.send_file("/sources/import", b"x", **{"Content-Type": "multipart/form-data"})[0] == 422
    assert page.fed == []


def test_who_only_reads_sees_sources_and_changes_none(tmp_path):
    page = Page(tmp_path, Access("operator token", loopback=True, tokens={Role.READER: "reader token"}))
    try:
        wish(page, Feed(id="f", url=ADDRESS))
        reader = {"Authorization": "Bearer reader token"}
        for path in ("/sources", "/sources?feed=f"):
            forms = [each.get("method") for tag, each in Tags(page.get(path, **reader)[1]).found if tag == "form"]
            assert "post" not in forms
        assert page.get("/sources/feeds.opml")[0] == 401
        assert page.get("/sources/feeds.opml", **reader)[0] == 200
        for act in ("find", "add", "pause", "resume", "release", "remove"):
            assert page.post(f"/sources/{act}", reader, feed="f", address="x")[0] == 403
        assert page.send_file("/sources/import", b"x", **reader)[0] == 403
        assert page.fed == []
    finally:
        page.close()


def test_every_view_says_how_many_sources_need_somebody(page):
    wish(page, Feed(id="f", url=ADDRESS))
    feed = Out("feeds", "f", encode(Feed(id="f", url=ADDRESS)))
    page.index.take(feed, poll("f", "failing"))
    assert '1<span class="hidden"> need attention' in page.get("/themes")[1]
    page.index.take(poll("f"))
    with page._db.transaction() as db:
        db.execute("INSERT INTO position VALUES ('polls', 0, 2)")
    assert "need attention" not in page.get("/themes")[1]


def test_the_sparkline_draws_days_with_items_only(page):
    wish(page, Feed(id="f", url=ADDRESS))
    page.index.take(*(tagged(f"a{n}", "Today", NOW) for n in range(4)))
    page.index.take(*(tagged(f"b{n}", "Yesterday", NOW - DAY) for n in range(2)))
    assert 'd="M84 20v-10.0h5V20zM91 20v-20.0h5V20z"' in page.get("/sources")[1]
