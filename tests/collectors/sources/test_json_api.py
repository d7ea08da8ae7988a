"""JSON APIs from the server to items: lists by expressions or found, page after page."""

import json

from tests.webserver import answer

TYPE = "Content-Type: application/json"
FIELDS = {"items": "data.results", "title": "name", "link": "links.self", "id": "id", "published": "at"}


def results(*numbers: int, **other: object) -> bytes:
    made = [{"id": n, "name": f"Case {n}", "links": {"self": f"/c/{n}"}, "at": 1_714_990_000 + n} for n in numbers]
    return json.dumps({"data": {"results": made}, **other}).encode()


def test_elements_of_a_list_are_items_once(source, site):
    site.answers["/api?q=gpu"] = answer(results(2, 1), TYPE)
    watched = source("json", "/api?q=gpu", **FIELDS)
    assert watched.poll().poll.baseline == 2
    site.answers["/api?q=gpu"] = answer(results(3, 2, 1), TYPE)
    polled = watched.poll()
    (item,) = polled.items
    assert (item.title, item.url, item.published) == ("Case 3", f"{site.base}/c/3", 1_714_990_003_000)
    assert (polled.poll.new, polled.poll.seen) == (1, 2)
    assert watched.poll().poll.new == 0


def test_pages_follow_an_address_a_mark_or_a_link_header(source, site):
    site.answers["/api"] = answer(results(1, next="/api?page=2"), TYPE)
    site.answers["/api?page=2"] = answer(results(2, next="/api"), TYPE)  # which leads back
    assert source("json", "/api", **FIELDS, next="next", pages="5").poll().poll.entries == 2
    site.answers["/b?n=1"] = answer(results(1, cursor="x y"), TYPE)
    site.answers["/b?n=1&after=x+y"] = answer(results(2, cursor=None), TYPE)
    assert source("json", "/b?n=1", **FIELDS, next="cursor", parameter="after", pages="5").poll().poll.entries == 2
    site.answers["/c"] = answer(results(1), TYPE, 'Link: </>; rel="first", </c2>; rel="next"')
    site.answers["/c2"] = answer(results(2), TYPE)
    assert source("json", "/c", **FIELDS, pages="2").poll().poll.entries == 2
