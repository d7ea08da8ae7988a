"""A poll against a server on loopback is a document, unchanged or failed, and never an exception."""

from collections.abc import Iterator

import msgspec
import pytest

from collectors.fetching.fetch import Fetcher, user_agent
from collectors.parsing.parser_pool import ParserPool
from collectors.poll_result import POLL, Document, PollFailed, PollRequest, PollResult, Unchanged
from collectors.poller import Poller, host_of
from collectors.sources.kind import PollContext
from stream.engine.stage import Request
from stream.net.guard import networks
from stream.records import POLL_OUTCOMES
from tests.webserver import Web, answer, serve

FEED = b"<rss version='2.0'><channel><title>Feed</title><item><title>T</title><link>/1</link></item></channel></rss>"
HEADERS = ("Content-Type: application/rss+xml", 'ETag: "v1"', "Last-Modified: Mon, 06 May 2024 07:08:09 GMT")


@pytest.fixture(scope="module")
def poller() -> Iterator[Poller]:
    fetcher = Fetcher(
        networks(["127.0.0.0/8"]), user_agent("1", "https://example.com/"), connect_timeout=10, read_timeout=10
    )
    own = Poller(PollContext(fetcher, ParserPool(), max_bytes=1_000_000, deadline=30))
    yield own
    own.close()


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as server:
        server.answers["/feed"] = answer(FEED, *HEADERS)
        yield server


def document(found: PollResult) -> Document:
    assert isinstance(found, Document), found
    return found


def test_a_document_comes_with_what_is_to_be_stored(poller, web):
    found = document(poller.poll(PollRequest(web.base + "/feed")))
    assert (found.etag, found.last_modified) == ('"v1"', "Mon, 06 May 2024 07:08:09 GMT")
    assert found.parsed.entries[0].link == web.base + "/1"
    assert len(found.body_hash) == 32
    assert found.received == len(FEED)


def test_validators_are_sent_and_304_is_unchanged(poller, web):
    web.answers["/feed"] = answer(status="304 Not Modified")
    found = poller.poll(PollRequest(web.base + "/feed", etag='"v1"', last_modified="Mon"))
    assert isinstance(found, Unchanged)
    assert found.not_modified
    assert (web.header("if-none-match"), web.header("if-modified-since")) == ('"v1"', "Mon")


def test_a_body_that_is_the_stored_one_is_unchanged_whatever_the_validators_say(poller, web):
    first = document(poller.poll(PollRequest(web.base + "/feed")))
    web.answers["/feed"] = answer(FEED, 'ETag: "v2"')
    found = poller.poll(PollRequest(web.base + "/feed", body_hash=first.body_hash))
    assert isinstance(found, Unchanged)
    assert (found.etag, found.not_modified, found.received) == ('"v2"', False, len(FEED))


def test_of_half_a_document_no_validators_are_kept(poller, web):
    web.answers["/feed"] = answer(FEED[:-20], *HEADERS)
    found = document(poller.poll(PollRequest(web.base + "/feed")))
    assert (len(found.parsed.entries), found.parsed.damaged) == (1, True)
    assert (found.etag, found.last_modified) == ("", "")


def test_relative_links_start_where_a_redirect_led_to(poller, web):
    web.answers["/old"] = answer(b"", "Location: /deep/er/feed", status="301 Moved Permanently")
    web.answers["/deep/er/feed"] = answer(FEED.replace(b"/1", b"x"), *HEADERS)
    found = document(poller.poll(PollRequest(web.base + "/old")))
    assert found.parsed.entries[0].link == web.base + "/deep/er/x"
    assert found.permanent_url == web.base + "/deep/er/feed"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (answer(b"<!doctype html><html></html>", "Content-Type: text/html"), "not_a_feed"),
        (answer(b'<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel/></rss>'), "unsafe_xml"),
        (answer(b'{"items": ['), "parse"),
        (answer(b""), "not_a_feed"),
        (answer(b"x" * 1_000_001), "too_large"),
        (answer(status="404 Not Found"), "status"),
        (answer(status="410 Gone"), "gone"),
        (answer(status="401 Unauthorized"), "auth"),
        (b"nonsense\r\n\r\n", "protocol"),
    ],
)
def test_failures_are_results(poller, web, said, kind):
    web.answers["/feed"] = said
    found = poller.poll(PollRequest(web.base + "/feed"))
    assert isinstance(found, PollFailed)
    assert (found.kind, found.message.isprintable(), bool(found.message)) == (kind, True, True)
    assert kind in POLL_OUTCOMES


def test_retry_after_is_handed_on(poller, web):
    web.answers["/feed"] = answer(b"", "Retry-After: 120", status="429 Too Many Requests")
    found = poller.poll(PollRequest(web.base + "/feed"))
    assert isinstance(found, PollFailed)
    assert (found.kind, found.retry_after) == ("rate_limited", 120)


def test_the_worker_hands_over_bytes_and_gets_bytes(poller, web):
    odd = FEED.replace(b"<title>T</title>", b"<title>T</title><guid>&#xD800;</guid>")
    web.answers["/odd"] = answer(odd)
    web.answers["/json"] = answer(b'{"items": [{"id": "\\ud800", "title": "\\udfff"}]}')
    for path in ("/feed", "/odd", "/json", "/none"):
        body = msgspec.msgpack.encode(PollRequest(web.base + path))
        found = msgspec.msgpack.decode(poller.perform(Request("f/1", POLL, body)), type=PollResult)
        assert isinstance(found, PollFailed if path == "/none" else Document)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Feeds.Example/a?b", "feeds.example"),
        ("http://user:pw@feeds.example/", "feeds.example"),
        ("http://feeds.example:8080/", "feeds.example:8080"),
        ("http://[::1]:80/", "[::1]:80"),
    ],
)
def test_rate_limits_go_by_host(url, host):
    assert host_of(Request("f/1", POLL, msgspec.msgpack.encode(PollRequest(url)))) == host


def test_credentials_are_looked_up_for_the_poll_and_sent(poller, web, monkeypatch):
    monkeypatch.setenv("FEED_TOKEN", "abc")
    document(poller.poll(PollRequest(web.base + "/feed", credentials="bearer env:FEED_TOKEN")))
    assert web.header("authorization") == "Bearer abc"


def test_credentials_that_are_missing_are_a_failed_poll_that_asks_nothing(poller, web):
    found = poller.poll(PollRequest(web.base + "/feed", credentials="bearer env:NOT_THERE"))
    assert isinstance(found, PollFailed)
    assert (found.kind, web.requests) == ("auth", [])
    assert "NOT_THERE" in found.message


def test_what_cache_control_and_permanent_redirects_say_comes_along(poller, web):
    web.answers["/old"] = answer(b"", "Location: /feed", status="308 Permanent Redirect")
    web.answers["/feed"] = answer(FEED, *HEADERS, "Cache-Control: public, max-age=600")
    first = document(poller.poll(PollRequest(web.base + "/old")))
    assert (first.permanent_url, first.max_age) == (web.base + "/feed", 600)
    again = poller.poll(PollRequest(web.base + "/old", body_hash=first.body_hash))
    assert isinstance(again, Unchanged)
    assert (again.permanent_url, again.max_age) == (web.base + "/feed", 600)


def test_a_page_in_a_feed_s_place_is_told_apart_from_a_page_that_was_always_there(poller, web):
    web.answers["/feed"] = answer(b"<!doctype html><html><title>Home</title></html>", "Content-Type: text/html")
    never, before = (poller.poll(PollRequest(web.base + "/feed", body_hash=known)) for known in ("", "0" * 32))
    assert isinstance(never, PollFailed)
    assert isinstance(before, PollFailed)
    assert (never.kind, before.kind) == ("not_a_feed", "not_a_feed")
    assert "challenge" not in never.message
    assert "a web page came where a feed was: a challenge" in before.message
    web.answers["/feed"] = answer(b"<html><title>Are you a robot?</title></html>", "Content-Type: text/html")
    wall = poller.poll(PollRequest(web.base + "/feed"))
    assert isinstance(wall, PollFailed)
    assert (wall.kind, "bot wall" in wall.message) == ("not_a_feed", True)
