"""Long lists over HTTP: every row once, whatever comes and goes between two pages."""

from collections.abc import Iterator
from typing import Any

import pytest

from stream.log.records import Out
from stream.web.access import Access
from stream.web.paging import cursor_of
from tests.stream.web.api_site import Site

HOOK = {"kind": "webhook", "address": "https://receiver.example/hook"}


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def pages(site: Site, path: str, limit: int = 2) -> Iterator[list[Any]]:
    """Each page's rows, until there is no next one."""
    cursor = ""
    while cursor is not None:
        status, page = site.ask("GET", f"{path}{'&' if '?' in path else '?'}limit={limit}&cursor={cursor}")
        assert status == 200, page
        yield page["items"]
        cursor = page["next"]


def test_a_list_by_name_goes_on_behind_the_last_name_though_that_is_gone(site: Site):
    for name in ("a", "b", "c", "e", "f"):
        site.ask("PUT", f"/api/subscriptions/{name}", {"themes": ["a"], "channel": HOOK})
    found = pages(site, "/api/subscriptions")
    assert [each["id"] for each in next(found)] == ["a", "b"]
    site.ask("DELETE", "/api/subscriptions/b")
    site.ask("PUT", "/api/subscriptions/d", {"themes": ["a"], "channel": HOOK})
    assert [[each["id"] for each in page] for page in found] == [["c", "d"], ["e", "f"]]


def test_labels_are_listed_once_each_and_those_of_an_item_by_themselves(site: Site):
    for n in range(5):
        site.post("/api/labels", {"item": "i", "is": ["a"], "id": f"label {n}"})
    site.log.append([Out("labels", "i", b"{}"), Out("labels", "i", None)])  # what is no label hides none
    every = [[label["id"] for label in page] for page in pages(site, "/api/labels")]
    assert every == [["label 0", "label 1"], ["label 2", "label 3"], ["label 4"]]
    assert [len(page) for page in pages(site, "/api/labels?item=i", 3)] == [3, 2]
    assert list(pages(site, "/api/labels?item=j")) == [[]]


def test_a_place_beyond_all_labels_is_the_end_and_one_beyond_all_numbers_is_none(site: Site):
    site.post("/api/labels", {"item": "i", "is": ["a"]})
    for place, status in (([9, 0], 200), ([0, 2**63 - 1], 200), ([0, 2**63], 422), ([-1, 0], 422), ([0], 422)):
        assert site.ask("GET", f"/api/labels?cursor={cursor_of(place)}")[0] == status, place


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("cursor=x", "this cursor is of no page"),
        ("cursor=MQ", "this cursor is of no page"),  # 1, where a name is asked for
        ("cursor=ImEi%0A", "this cursor is of no page"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("offset=3", "offset"),
        ("limit=1&limit=2", "given once"),
    ],
)
def test_what_is_no_page_is_refused(site: Site, query, says):
    status, answer = site.ask("GET", f"/api/subscriptions?{query}")
    assert (status, says in answer["detail"]) == (422, True), answer
