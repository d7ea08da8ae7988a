"""Polls of each kind keep to what sites ask for: robots.txt, validators, and who it is that asks."""

import pytest

from tests.collectors.sources.test_changes import status
from tests.collectors.sources.test_json_api import FIELDS, results
from tests.collectors.sources.test_page import SELECTORS, page, row
from tests.collectors.sources.test_sitemap import urlset
from tests.webserver import answer

KINDS = {
    "sitemap": ({}, urlset("/the-page-1")),
    "json": (FIELDS, results(1)),
    "page": (SELECTORS, page(row(1))),
    "changes": ({}, status("A: up")),
}
OF_PAGES = ("sitemap", "page", "changes")  # what is there for people, or for search engines


@pytest.mark.parametrize("kind", KINDS)
def test_validators_are_sent_and_rules_are_asked_for_once(source, site, kind):
    options, body = KINDS[kind]
    site.answers["/s"] = answer(body, 'ETag: "1"', "Last-Modified: Mon, 06 May 2024 07:08:09 GMT")
    watched = source(kind, "/s", **options)
    assert watched.poll().poll.outcome == "ok"
    site.answers["/s"] = answer(status="304 Not Modified")
    assert [watched.poll().poll.outcome for _ in range(2)] == ["not_modified"] * 2
    assert (site.header("if-none-match"), site.header("if-modified-since")) == ('"1"', "Mon, 06 May 2024 07:08:09 GMT")
    assert site.header("user-agent") == "test"
    asked = [request.split(" ")[1] for request in site.requests]
    assert asked == [*(["/robots.txt"] if kind in OF_PAGES else []), "/s", "/s", "/s"]


@pytest.mark.parametrize("kind", OF_PAGES)
def test_what_robots_may_not_read_is_not_requested_and_a_redirect_there_is_not_read(source, site, kind):
    options, body = KINDS[kind]
    site.answers["/robots.txt"] = answer(b"User-agent: themewire\nDisallow: /s\n")
    site.answers["/s"] = answer(body)
    site.answers["/to"] = answer(b"", "Location: /s", status="302 Found")
    for path in ("/s", "/to"):
        poll = source(kind, path, **options).poll().poll
        assert (poll.outcome, poll.state, "robots.txt" in poll.error.message) == ("robots", "failing", True)
    assert [request.split(" ")[1] for request in site.requests] == ["/robots.txt", "/robots.txt", "/to", "/s"]
