"""Whole polls against a server on loopback: every answer becomes one of three results."""

import gzip
import zlib

import msgspec
import pytest

from collectors.fetching.fetch import Fetched, Fetcher, FetchFailed, FetchRequest, FetchResult, NotModified, user_agent
from stream.net.guard import networks
from stream.records import POLL_OUTCOMES
from tests.webserver import answer, close, drip, serve, silence, then_close

FEED = b"<rss version='2.0'><channel><title>Z\xc3\xbcrich</title></channel></rss>"
AGENT = user_agent("9.9", "https://example.com/about")


@pytest.fixture
def web():
    with serve() as server:
        server.answers["/feed"] = answer(
            FEED, "Content-Type: application/rss+xml", 'ETag: "v1"', "Cache-Control: max-age=60"
        )
        yield server


@pytest.fixture
def fetcher():
    own = Fetcher(networks(["127.0.0.0/8"]), AGENT, connect_timeout=5, read_timeout=5)
    yield own
    own.close()


def moved(to: str, status: str = "302 Found") -> bytes:
    return answer(b"elsewhere", f"Location: {to}", status=status)


def failed(result: FetchResult) -> FetchFailed:
    assert isinstance(result, FetchFailed)
    assert result.message.isprintable()
    return result


def fetched(result: FetchResult) -> Fetched:
    assert isinstance(result, Fetched)
    return result


def test_a_feed_is_fetched_with_what_later_polls_need(web, fetcher):
    url = web.base + "/feed"
    got = fetched(fetcher.fetch(FetchRequest(url)))
    assert got == Fetched(url, url, "", 200, FEED, "application/rss+xml", '"v1"', "", 60, got.seconds, len(FEED))
    assert (web.header("user-agent"), web.header("accept-encoding")) == (AGENT, "gzip, deflate")
    assert "application/rss+xml" in (web.header("accept") or "")
    assert web.header("if-none-match") is None
    assert AGENT == "themewire/9.9 (+https://example.com/about)"


def test_nothing_new_is_not_modified(web, fetcher):
    web.answers["/same"] = answer(status="304 Not Modified", length=0)
    got = fetcher.fetch(FetchRequest(web.base + "/same", etag='"v1"', last_modified="Mon, 01 Jan 2024 00:00:00 GMT"))
    assert isinstance(got, NotModified)
    assert (got.etag, got.last_modified) == ('"v1"', "Mon, 01 Jan 2024 00:00:00 GMT")
    assert (web.header("if-none-match"), web.header("if-modified-since")) == (got.etag, got.last_modified)
    assert failed(fetcher.fetch(FetchRequest(web.base + "/same"))).kind == "status"


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress), ("", gzip.compress)],
)
def test_codings_are_undone(web, fetcher, coding, pack):
    web.answers["/packed"] = answer(pack(FEED), f"Content-Encoding: {coding}")
    found = fetched(fetcher.fetch(FetchRequest(web.base + "/packed")))
    assert (found.body, found.received) == (FEED, len(pack(FEED)))


def test_what_came_of_a_body_is_counted_although_it_did_not_come_whole(web, fetcher):
    web.answers["/case"] = then_close(answer(FEED, length=5000))
    assert failed(fetcher.fetch(FetchRequest(web.base + "/case"))).received == len(FEED)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (silence, "timeout"),
        (drip(b"HTTP/1.1 200 OK\r\n\r\n"), "timeout"),
        (answer(bytes(200_000)), "too_large"),
        (answer(b"", length=10**10), "too_large"),
        (answer(gzip.compress(bytes(10**8)), "Content-Encoding: gzip"), "too_large"),
        (then_close(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(200_000)), "too_large"),
        (answer(FEED, "Content-Encoding: gzip"), "encoding"),
        (answer(gzip.compress(FEED)[:-9], "Content-Encoding: gzip"), "encoding"),
        (answer(FEED, "Content-Encoding: br"), "encoding"),
        (then_close(answer(FEED, length=5000)), "connection"),
        (close, "connection"),
        (b"NOT HTTP\r\n\r\n", "protocol"),
        (answer(b"no", status="404 Not Found"), "status"),
        (answer(FEED, status="500 Oops"), "status"),
        (answer(FEED, "Content-Range: bytes 0-9/100", status="206 Partial"), "status"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "status"),
        (answer(b"", status="401 Who"), "auth"),
        (answer(b"", status="403 No"), "auth"),
        (answer(b"", status="410 Gone"), "gone"),
        (answer(b"", "Retry-After: 60", status="429 Slow down"), "rate_limited"),
        (answer(b"", "Retry-After: 60", status="503 Busy"), "rate_limited"),
        (answer(b"", status="503 Busy"), "status"),
        (answer(b"", status="302 Found"), "redirect"),
        (moved("/case"), "redirect"),
        (moved("http://[::1/"), "redirect"),
        (moved("file:///etc/passwd"), "blocked"),
        (moved("http://10.0.0.1/"), "blocked"),
        (moved("http://169.254.169.254/latest/"), "blocked"),
        (moved("//127.0.0.1:8/"), "blocked"),
    ],
)
def test_each_failure_has_its_kind(web, fetcher, said, kind):
    web.answers["/case"] = said
    deadline = 0.3 if kind == "timeout" else 20
    got = failed(fetcher.fetch(FetchRequest(web.base + "/case", max_bytes=100_000, deadline=deadline)))
    assert got.kind == kind
    assert kind in POLL_OUTCOMES
    assert got.retry_after == (60 if kind == "rate_limited" else 0)


def test_redirects_are_followed_and_a_chain_of_permanent_ones_is_reported(web, fetcher):
    web.answers["/1"] = moved("/2", "301 Moved")
    web.answers["/2"] = moved(f"{web.base}/3#top", "308 Moved")
    web.answers["/3"] = moved("feed", "307 Now here")
    got = fetched(fetcher.fetch(FetchRequest(web.base + "/1")))
    assert (got.url, got.final_url, got.permanent_url) == (web.base + "/1", web.base + "/feed", web.base + "/3")
    got = fetched(fetcher.fetch(FetchRequest(web.base + "/3")))
    assert (got.final_url, got.permanent_url) == (web.base + "/feed", "")


def test_a_permanent_redirect_after_a_passing_one_moves_nothing(web, fetcher):
    web.answers["/1"] = moved("/2")
    web.answers["/2"] = moved("/feed", "301 Moved")
    assert fetched(fetcher.fetch(FetchRequest(web.base + "/1"))).permanent_url == ""


def test_redirects_end(web, fetcher):
    web.answers |= {f"/{i}": moved(f"/{i + 1}") for i in range(40)}
    assert failed(fetcher.fetch(FetchRequest(web.base + "/0"))).kind == "redirect"
    assert len(web.requests) == 11


def test_the_body_of_a_redirect_is_not_read(web, fetcher):
    web.answers["/long"] = drip(b"HTTP/1.1 302 Found\r\nLocation: /feed\r\n\r\n")
    assert fetched(fetcher.fetch(FetchRequest(web.base + "/long"))).body == FEED


def test_a_slow_chain_ends_at_the_total_deadline(web, fetcher):
    def slow(server, sock):
        server.over.wait(0.15)
        sock.sendall(moved(f"/{len(server.requests)}"))

    web.answers |= {f"/{i}": slow for i in range(9)}
    assert failed(fetcher.fetch(FetchRequest(web.base + "/0", deadline=0.4))).kind == "timeout"


def test_a_redirect_cannot_use_the_setting_for_another_place(web, fetcher):
    with serve() as other:
        other.answers["/feed"] = answer(FEED)
        web.answers["/out"] = moved(other.base + "/feed", "301 Moved")
        direct = FetchRequest(other.base + "/feed")
        assert fetched(fetcher.fetch(direct)).body == FEED  # and its connection is kept
        assert failed(fetcher.fetch(FetchRequest(web.base + "/out"))).kind == "blocked"
        moved_since = msgspec.structs.replace(direct, given_url=web.base + "/out")
        assert failed(fetcher.fetch(moved_since)).kind == "blocked"
        assert len(other.requests) == 1


SECRET = (("Authorization", "Bearer s3cret"), ("X-Api-Key", "k3y"))


def secrets_of(request: str) -> set[str]:
    return {secret for secret in ("s3cret", "k3y", "bWU6czNjcmV0") if secret in request}


def test_credentials_go_to_the_feeds_own_origin_and_into_no_result(web, fetcher):
    own = FetchRequest(web.base + "/feed", headers=SECRET)
    assert fetched(fetcher.fetch(own)).body == FEED
    assert secrets_of(web.requests[-1]) == {"s3cret", "k3y"}
    url = web.base.replace("//", "//me:s3cret@")
    got = fetched(fetcher.fetch(FetchRequest(url + "/feed")))
    assert secrets_of(web.requests[-1]) == {"bWU6czNjcmV0"}
    assert b"s3cret" not in msgspec.json.encode(got)
    bad = failed(fetcher.fetch(FetchRequest(url.replace("http", "gopher") + "/feed")))
    assert "s3cret" not in bad.message


@pytest.mark.parametrize("userinfo", ["", "me:s3cret@"])
def test_credentials_do_not_follow_a_redirect_to_another_origin_and_come_back_with_it(web, fetcher, userinfo):
    with serve() as proxy:  # what is asked of the other host comes here, whatever its address
        through = Fetcher((), AGENT, connect_timeout=5, read_timeout=5, proxy=proxy.base)
        first = "http://feeds.example:8000/feed"
        for elsewhere in ("http://other.example:8000/a", "http://feeds.example:8001/a", "http://feeds.example/a"):
            proxy.requests.clear()
            proxy.answers = {
                first: moved(elsewhere),
                elsewhere: moved("http://feeds.example:8000/back"),
                "http://feeds.example:8000/back": answer(FEED),
            }
            url = first.replace("//", f"//{userinfo}")
            fetched(through.fetch(FetchRequest(url, headers=() if userinfo else SECRET)))
            there, away, back = (secrets_of(request) for request in proxy.requests)
            assert there == back != set()
            assert away == set(), elsewhere
        through.close()


def test_cookies_are_not_kept(web, fetcher):
    web.answers["/wall"] = answer(b"", "Location: /wall", "Set-Cookie: seen=1", status="302 Found")
    assert failed(fetcher.fetch(FetchRequest(web.base + "/wall"))).kind == "redirect"
    assert web.header("cookie") is None


def test_connections_are_kept_across_polls_failed_ones_too(web, fetcher):
    for path in ("/feed", "/nothing", "/feed", "/nothing"):
        fetcher.fetch(FetchRequest(web.base + path))
    assert web.connections == 1


@pytest.mark.parametrize("url", ["", "news.example.com/feed", "http://", "ftp://example.com/x", "http://10.0.0.1/"])
def test_an_address_that_cannot_be_fetched_is_blocked(fetcher, url):
    assert failed(fetcher.fetch(FetchRequest(url))).kind == "blocked"


def test_results_travel_as_json(web, fetcher):
    results = [
        fetcher.fetch(FetchRequest(web.base + "/feed")),
        fetcher.fetch(FetchRequest(web.base + "/nothing")),
        NotModified("u", "u", "", "", "", 0, 0.1),
    ]
    for result in results:
        assert msgspec.json.decode(msgspec.json.encode(result), type=FetchResult) == result
