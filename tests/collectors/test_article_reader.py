"""A look at an article: robots.txt, the guard, the page's text; whatever goes wrong is a word and a sentence."""

import time
from collections.abc import Iterator

import msgspec
import pytest

from collectors.article_reader import ArticleReader, Unavailable
from collectors.article_result import ArticleRequest, ArticleResult
from collectors.fetching.fetch import Fetcher
from collectors.fetching.robots import Robots
from collectors.parsing.parser_pool import ParserPool
from collectors.poller import host_of
from stream.engine.stage import Request
from stream.net.guard import networks
from stream.records import ARTICLE_OUTCOMES
from tests.webserver import Web, answer, serve, silence

HTML = "Content-Type: text/html; charset=utf-8"
WORDS = "The scheduler lost four nodes at once, and the training run could not be brought back. " * 4
PAGE = f"""<html><head><title>Nodes</title><script>var x=1</script></head><body><nav><a href='/'>Home</a> Menu</nav>
<article><h1>Nodes were lost</h1><p>{WORDS}</p><p>Später kam der Rest zurück. {WORDS}</p></article>
<footer>All rights reserved</footer></body></html>""".encode()


@pytest.fixture(scope="module")
def parsers() -> Iterator[ParserPool]:
    pool = ParserPool()
    yield pool
    pool.close()


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as server:
        server.answers["/a"] = answer(PAGE, HTML)
        yield server


@pytest.fixture
def look(web, parsers):
    fetcher = Fetcher(networks(["127.0.0.0/8"]), "themewire/1", connect_timeout=5, read_timeout=5)
    reader = ArticleReader(fetcher, Robots(fetcher, "themewire"), parsers, 200_000, clock=lambda: 1000)

    def read(path: str, until: int = 21_000, feed: str = "/feed") -> ArticleResult:
        order = ArticleRequest(web.base + path, web.base + feed, until)
        body = reader.perform(Request("f/i/0", "article", msgspec.msgpack.encode(order)))
        found = msgspec.msgpack.decode(body, type=ArticleResult)
        assert found.outcome in ARTICLE_OUTCOMES
        assert bool(found.message) == (found.outcome != "read")
        return found

    yield read
    fetcher.close()


def asked(web: Web) -> list[str]:
    return [request.split(" ")[1] for request in web.requests]


def test_the_text_comes_without_what_stands_around_it(look):
    found = look("/a")
    assert (found.outcome, found.title) == ("read", "Nodes were lost")
    assert "Später kam der Rest zurück" in found.text
    assert WORDS.strip() in found.text
    assert "Menu" not in found.text


def test_robots_are_asked_once_a_site_and_obeyed(look, web):
    web.answers["/robots.txt"] = answer(b"User-agent: themewire\nDisallow: /a\n")
    assert look("/a").outcome == "robots"
    web.answers["/b"] = answer(PAGE, HTML)
    assert look("/b").outcome == "read"
    assert asked(web) == ["/robots.txt", "/b"]


def test_a_site_whose_rules_cannot_be_had_is_left_alone(look, web):
    web.answers["/robots.txt"] = answer(status="503 Service Unavailable")
    assert look("/a").outcome == "robots"
    assert asked(web) == ["/robots.txt"]


def test_a_redirect_to_what_is_forbidden_brings_no_text(look, web):
    web.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /secret\n")
    web.answers["/secret"] = answer(PAGE, HTML)
    web.answers["/r"] = answer(b"", "Location: /secret", status="302 Found")
    assert look("/r") == ArticleResult("robots", message="the site's robots.txt does not allow it")


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (answer(status="404 Not Found"), "status"),
        (answer(b"%PDF-1.7", "Content-Type: application/pdf"), "no_text"),
        (answer(b"<html><body><div id='app'></div><script>go()</script></body></html>", HTML), "no_text"),
        (answer(b"", HTML), "no_text"),
        (answer(b"x" * 300_000, HTML), "too_large"),
        (answer(b"", "Location: http://10.0.0.1/", status="302 Found"), "blocked"),
        (answer(b"", "Location: /p", status="302 Found"), "redirect"),
    ],
)
def test_what_brings_no_text_says_why(look, web, page, outcome):
    web.answers["/p"] = page
    assert look("/p").outcome == outcome


def test_a_server_that_says_nothing_is_left_when_nobody_waits_any_more(look, web):
    web.answers["/p"] = silence
    assert look("/p", until=1_300).outcome == "timeout"
    began = len(web.requests)
    assert look("/a", until=1_000).outcome == "late"
    assert len(web.requests) == began


def test_a_private_network_is_reached_at_the_feeds_own_place_only(web, parsers):
    fetcher = Fetcher(networks(["127.0.0.0/8"]), "themewire/1", connect_timeout=5, read_timeout=5)
    reader = ArticleReader(fetcher, Robots(fetcher, "themewire"), parsers, 200_000, lambda: int(time.time() * 1000))
    until = int(time.time() * 1000) + 20_000
    try:
        with serve() as other:
            other.answers["/a"] = answer(PAGE, HTML)
            found = reader.read(ArticleRequest(other.base + "/a", web.base + "/feed", until))
            assert found.outcome in ("blocked", "robots")
            assert other.requests == []
    finally:
        fetcher.close()


def test_articles_stand_in_the_lane_of_their_host():
    order = ArticleRequest("https://News.example:8443/a", "https://feeds.example/f", 0)
    assert host_of(Request("f/i/0", "article", msgspec.msgpack.encode(order))) == "news.example:8443"


def test_without_the_extra_each_order_is_answered_in_words():
    order = Request("f/i/0", "article", b"")
    found = msgspec.msgpack.decode(Unavailable().perform(order), type=ArticleResult)
    assert found.outcome == "unavailable"
    assert "themewire[articles]" in found.message
