"""Items, alerts and searches over HTTP: what the index has, page by page, by filters and by words."""

from collections.abc import Iterator
from typing import Any

import pytest

from stream.index.session import open_index
from stream.records import Source
from stream.web.access import Access
from tests.stream.index.test_search import Index, alert, tagged
from tests.stream.web.api_site import Site


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    made = Site(tmp_path, Access("", loopback=True))
    db = open_index(made.index)
    Index(db).take(
        *(tagged(f"i{n}", f"Item {n} of chips", 1000 * n, ["t"] * (n % 2), feed=f"f{n % 2}") for n in range(1, 8)),
        tagged("ja", "半導体の特許訴訟", 9_000, lang="ja"),
        *(alert(f"a{n}", f"Alert {n} on chips", 1000 * n, theme="tu"[n % 2]) for n in range(1, 6)),
        alert("b", "Another", 9_000, sources=[Source("Wire", "https://example.org/x", "i1")]),
    )
    yield made
    db.close()
    made.close()


def every(site: Site, path: str) -> list[Any]:
    found, cursor = [], ""
    while cursor is not None:
        status, page = site.ask("GET", f"{path}&limit=2&cursor={cursor}")
        assert status == 200, page
        assert len(page["items"]) <= 2
        found += page["items"]
        cursor = page["next"]
    return found


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("q=chips", ["i7", "i6", "i5", "i4", "i3", "i2", "i1"]),
        ("q=%E7%89%B9%E8%A8%B1", ["ja"]),
        ("theme=t", ["i7", "i5", "i3", "i1"]),
        ("decision=none&feed=f0", ["i6", "i4", "i2"]),
        ("lang=ja", ["ja"]),
        ("since=3000&until=5000", ["i4", "i3"]),
        ("q=...", []),
        ("theme=nothing", []),
    ],
)
def test_items_are_found_each_once_the_newest_first(site: Site, query, ids):
    assert [each["item"]["id"] for each in every(site, f"/api/items?{query}")] == ids


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["b", "a5", "a4", "a3", "a2", "a1"]),
        ("theme=u", ["a5", "a3", "a1"]),
        ("q=chips&since=2000", ["a5", "a4", "a3", "a2"]),
        ("source=Wire", ["b"]),
    ],
)
def test_alerts_are_found_each_once_the_newest_first(site: Site, query, ids):
    assert [each["alert"]["id"] for each in every(site, f"/api/alerts?{query}")] == ids


def test_one_item_and_one_alert_have_all_that_is_known_of_them(site: Site):
    status, doc = site.ask("GET", "/api/items/i3")
    assert (status, doc["item"]["title"], doc["tags"]) == (200, "Item 3 of chips", ["t"])
    status, doc = site.ask("GET", "/api/alerts/b")
    assert (status, doc["alert"]["sources"][0]["name"], len(doc["course"])) == (200, "Wire", 1)
    assert site.ask("GET", "/api/items/nothing")[0] == site.ask("GET", "/api/alerts/nothing")[0] == 404


def test_a_search_finds_both_and_each_list_goes_on_from_there(site: Site):
    status, found = site.ask("GET", "/api/search?q=chips")
    assert (status, len(found["items"]["items"]), len(found["alerts"]["items"])) == (200, 7, 5)
    assert found["items"]["next"] is None
    assert site.ask("GET", "/api/search?q=")[0] == 422


def test_why_there_was_no_alert_is_answered_in_words(site: Site):
    path = "/api/why-not?item=https%3A%2F%2Fexample.org%2Fx"
    assert site.ask("GET", path) == (200, {"steps": [{"what": "seen", "text": "https://example.org/x was seen"}]})


@pytest.mark.parametrize(
    "query", ["decision=wrong", "since=-1", "since=99999999999999", "cursor=LTE", "cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5"]
)
def test_what_makes_no_sense_is_refused(site: Site, query):
    assert site.ask("GET", f"/api/items?{query}")[0] == 422


def test_before_there_is_an_index_it_is_said_to_come(tmp_path):
    site = Site(tmp_path, Access("", loopback=True))
    for path in tmp_path.glob("index.db*"):
        path.unlink()
    for path in ("/api/items", "/api/alerts/x", "/api/why-not?item=x"):
        status, problem = site.ask("GET", path)
        assert (status, "no index yet" in problem["detail"]) == (503, True)
    assert site.ask("GET", "/api/feeds")[0] == site.ask("GET", "/api/system")[0] == 200
    site.close()
