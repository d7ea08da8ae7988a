"""What the page says when something is missing: the index, the stream, a right, or an answer that makes sense."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest

from stream.index.session import open_index
from stream.log.port import LogError
from stream.log.records import Out
from stream.records import Feed, encode
from stream.web.access import Access
from stream.web.limits import MOST_HEAD_BYTES
from stream.web.page.freshness import BEHIND, staleness
from tests.stream.index.test_search import Index, alert, tagged
from tests.stream.web.page.some_page import NOW, Page


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    made = Page(tmp_path, Access("", loopback=True))
    yield made
    made.close()


class Unreachable:
    """A stream whose broker has gone."""

    def ends(self, _: object) -> None:
        raise LogError("no broker answers at localhost:9092")


def test_an_empty_view_says_what_will_come_and_what_to_do(page):
    assert "No alert yet." in page.get("/")[1]
    assert "Show all alerts" in page.get("/?lang=de")[1]
    assert "No item has been judged yet." in page.get("/items")[1]
    assert "There are no older items." in page.get("/items?before=7")[1]
    assert "Show all items" in page.get("/items?q=x")[1]


def test_where_nothing_has_come_it_says_what_may_be_wrong(page):
    for path in ("/", "/items"):
        _, html = page.get(path)
        assert "Stage tag: <bdi>" in html
        assert "Disk: <bdi>" in html
    page.index.take(tagged("i", "x", NOW), alert("a", "x", NOW))
    assert "Stage tag" not in page.get("/")[1] + page.get("/items")[1] + page.get("/items?lang=de")[1]


def test_without_an_index_the_page_says_so_and_asks_again_until_there_is_one(page, tmp_path):
    page.index.take(alert("a", "Old", NOW))
    assert "Old" in page.get("/")[1]
    for path in tmp_path.glob("index.db*"):
        path.unlink()
    status, html = page.get("/?lang=en")
    assert status == 503
    assert "data-retry" in html
    assert '<a href="/?lang=en">Try again now</a>' in html
    assert page.post("/alert/right", alert="a", back="/")[0] == 503
    with closing(open_index(tmp_path / "index.db")) as db:
        Index(db).take(alert("b", "New", NOW))
        _, html = page.get("/")  # of the file as it is now, not of the one that was
    assert "New" in html
    assert "Old" not in html


def test_what_is_behind_says_how_far(page):
    page.index.take(tagged("i", "Seen", NOW))
    assert "banner" not in page.get("/")[1]
    page.log.append([Out("feeds", "f", encode(Feed(id="f", url="https://example.org/")))] * (BEHIND + 1))
    _, html = page.get("/items")
    assert "with 501 records to go" in html
    assert "Seen" in html


def test_without_the_stream_it_shows_what_was_known(page):
    said = staleness(Unreachable(), page._db)  # type: ignore[arg-type]
    assert said == (
        "The stream cannot be reached, so this is what was known before: no broker answers at localhost:9092"
    )


def test_a_refusal_says_what_to_do(page):
    assert "Go back" in page.post("/items/say", item="i", back="/items?lang=en")[1]
    assert '<a href="/items?lang=en">' in page.post("/items/say", item="i", back="/items?lang=en")[1]


def test_whoever_reads_is_told_of_an_unknown_address_in_words_and_programs_by_problem_details(page):
    reads = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    status, html = page.get("/no/such/view", **reads)
    assert status == 404
    assert "<h1>There is nothing here</h1>" in html
    assert '<a href="/">Show the alerts</a>' in html
    status, html = page.get("/alert/right", **reads)  # which is only posted to
    assert status == 405
    assert '<nav aria-label="Views">' in html
    for path, headers in (("/no/such/view", {}), ("/api/no-such", reads)):
        status, answer = page.get(path, **headers)
        assert (status, json.loads(answer)["status"]) == (404, 404)


@pytest.mark.parametrize("path", ["/items", "/api/items"])
def test_whoever_reads_is_told_in_words_that_they_ask_for_too_much(page, path):
    reads, long = {"Accept": "text/html,*/*;q=0.8"}, {"Cookie": "x" * MOST_HEAD_BYTES}
    status, told = page.get(path, **reads, **long)
    assert (status, "headers are too long.</bdi>" in told) == (431, path == "/items")
    assert json.loads(page.get(path, **long)[1])["status"] == 431


def test_a_defect_of_ours_is_told_in_words_without_what_the_log_says(page):
    page.labels.waiting = None  # a desk that answers nonsense
    status, html = page.get("/label", Accept="text/html")
    assert status == 500
    assert "<h1>This did not work</h1>" in html
    assert "NoneType" not in html


def test_an_open_list_hears_that_we_are_there_though_nothing_changes(tmp_path):
    page = Page(tmp_path, Access("", loopback=True), beat=0.01)
    try:
        with urllib.request.urlopen(page.address + "/changes", timeout=20) as events:
            told = (line for line in iter(events.readline, b"") if line.startswith(b"event: "))
            assert {next(told), next(told)} == {b"event: changed\n", b"event: work\n"}
            assert next(told) == b"event: beat\n"
        page.stopped.set()
        with urllib.request.urlopen(page.address + "/changes", timeout=20) as events:
            assert b"event:" not in events.read()  # a server that stops does not wait for its readers
    finally:
        page.close()
