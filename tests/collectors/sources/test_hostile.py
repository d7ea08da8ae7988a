"""What servers do to polls of each kind: a failed poll with a sentence, `failing`, and well again with nothing lost."""

import gzip

import pytest

from stream.records import POLL_OUTCOMES
from tests.collectors.sources.test_changes import status
from tests.collectors.sources.test_json_api import FIELDS, results
from tests.collectors.sources.test_page import SELECTORS, page, row
from tests.collectors.sources.test_sitemap import urlset
from tests.webserver import answer, close, then_close

GOOD = {
    "sitemap": ({}, urlset("/the-page-1"), urlset("/the-page-1", "/the-page-2")),
    "json": (FIELDS, results(1), results(2, 1)),
    "page": ({"item": SELECTORS["item"]}, page(row(1)), page(row(2), row(1))),
    "changes": ({"select": "table"}, status("A: up"), status("A: down")),
}
BAD = {
    "dead": answer(status="404 Not Found"),
    "hangs up": close,
    "cut off": then_close(answer(b"<urlset>", length=5000)),
    "broken gzip": answer(gzip.compress(b"<urlset/>" * 99)[:-9], "Content-Encoding: gzip"),
    "bomb": answer(gzip.compress(b"<p>" * 10_000_000), "Content-Encoding: gzip"),
    "empty": answer(b""),
    "bytes": answer(bytes(range(256)) * 8, "Content-Type: application/octet-stream"),
    "page without anything": answer(b"<!doctype html><html><body><div id=root></div></body></html>"),
    "wall": answer(b"<!doctype html><title>Just a moment...</title>", "CF-Mitigated: challenge", status="403 No"),
    "into a private network": answer(b"", "Location: http://10.0.0.1/", status="302 Found"),
}


@pytest.mark.parametrize("kind", GOOD)
def test_whatever_a_server_does_is_said_and_what_was_new_meanwhile_comes_once(source, site, kind):
    options, before, after = GOOD[kind]
    watched = source(kind, "/s", **options)
    site.answers["/s"] = answer(before)
    assert watched.poll().poll.baseline == 1
    for name, bad in BAD.items():
        site.answers["/s"] = bad
        polled = watched.poll()
        assert polled.poll.outcome in POLL_OUTCOMES[2:], name
        assert polled.poll.error.message, name
        assert (polled.poll.state, polled.items) == ("failing", []), name
    site.answers["/s"] = answer(after)
    found = watched.poll().poll
    assert (found.outcome, found.state, found.new, found.baseline) == ("ok", "healthy", 1, 0)
    assert watched.poll().poll.new == 0
