"""Whatever process dies in whatever step of a poll, what is new goes on the stream once, of each kind."""

import pytest

from tests.collectors.sources.test_changes import status
from tests.collectors.sources.test_json_api import results
from tests.collectors.sources.test_page import page
from tests.collectors.sources.test_sitemap import index, urlset
from tests.webserver import answer

ROWS = [f"<li><a href='/{n}'>A draft of the working group, number {n}</a></li>" for n in range(5)]
KINDS = {
    "sitemap": ({"/s": index("/a", "/b"), "/a": urlset("/the-page-1")}, {"/b": [urlset(), urlset("/the-page-2")]}, {}),
    "json": (
        {"/s?p=2": results(1)},
        {"/s": [results(2, next="/s?p=2"), results(3, 2, next="/s?p=2")]},
        {"items": "data.results", "title": "name", "link": "links.self", "next": "next", "pages": "3"},
    ),
    "page": ({}, {"/s": [page(*ROWS[1:]), page(*ROWS)]}, {}),
    "changes": ({}, {"/s": [status("A: up"), status("A: down")]}, {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_is_performed_again_where_its_process_has_died(source, site, kind):
    steady, changing, options = KINDS[kind]
    watched = source(kind, "/s", **options)
    watched.dies = True
    for path, body in steady.items():
        site.answers[path] = answer(body)
    for path, (body, _) in changing.items():
        site.answers[path] = answer(body)
    watched.poll()
    for path, (_, body) in changing.items():
        site.answers[path] = answer(body)
    assert [watched.poll().poll.new for _ in range(3)] == [1, 0, 0]
