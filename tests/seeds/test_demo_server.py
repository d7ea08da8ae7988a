from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import feedparser
import pytest

from seeds.demo import DemoFeed, DemoItem
from seeds.demo_server import DemoServer

START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ITEMS = tuple(DemoItem(n, "f", "en", f"t{n}", f"<s{n}>", 100 - n, live=n > 3) for n in range(1, 6))
FEED = DemoFeed("f", "F", "atom", "en", ITEMS)


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(START, (FEED,)) as running:
        yield running


def get(server: DemoServer, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(urlsplit(server.base).netloc, timeout=10)
    try:
        connection.request(method, path, headers={key.replace("_", "-"): value for key, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def titles(body: bytes) -> list[str]:
    return [entry["title"] for entry in feedparser.parse(body)["entries"]]


def test_a_feed_shows_its_baseline_and_then_one_live_item_a_poll(server: DemoServer) -> None:
    shown = [titles(get(server, "/feeds/f")[1]) for _ in range(4)]
    assert shown == [
        ["t3", "t2", "t1"],
        ["t4", "t3", "t2", "t1"],
        ["t5", "t4", "t3", "t2", "t1"],
        ["t5", "t4", "t3", "t2", "t1"],
    ]


def test_a_conditional_poll_is_a_poll_too(server: DemoServer) -> None:
    seen, answers = "", []
    for _ in range(4):
        response, body = get(server, "/feeds/f", If_None_Match=seen)
        answers.append((response.status, len(titles(body)) if body else 0))
        seen = response.headers["ETag"]
    assert answers == [(200, 3), (200, 4), (200, 5), (304, 0)]


def test_a_date_is_a_validator_too_and_a_tag_outranks_it(server: DemoServer) -> None:
    for _ in range(3):
        response, _ = get(server, "/feeds/f")
    date = response.headers["Last-Modified"]
    assert date == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert get(server, "/feeds/f", If_Modified_Since=date)[0].status == 304
    assert get(server, "/feeds/f", If_Modified_Since=date, If_None_Match='"other"')[0].status == 200
    assert get(server, "/feeds/f", If_None_Match=f'"other", W/{response.headers["ETag"]}')[0].status == 304


def test_each_state_has_validators_of_its_own(server: DemoServer) -> None:
    responses = [get(server, "/feeds/f")[0] for _ in range(3)]
    assert len({response.headers["ETag"] for response in responses}) == 3
    assert len({response.headers["Last-Modified"] for response in responses}) == 3


def test_a_head_reveals_nothing(server: DemoServer) -> None:
    for _ in range(3):
        response, body = get(server, "/feeds/f", "HEAD")
        assert (response.status, body) == (200, b"")
    assert titles(get(server, "/feeds/f")[1]) == ["t3", "t2", "t1"]


def test_an_item_has_a_page_in_its_language(server: DemoServer) -> None:
    response, body = get(server, "/items/2")
    assert response.status == 200
    assert "text/html" in response.headers["Content-Type"]
    assert b"<h1>t2</h1><p>&lt;s2&gt;</p>" in body


@pytest.mark.parametrize(
    "path",
    ["/", "/feeds/none", "/feeds/", "/feeds/f/x", "/items/99", "/items/x", "/items/-1", "/items/%C2%B2", "/items"],
)
def test_anything_else_is_not_found(server: DemoServer, path: str) -> None:
    assert get(server, path)[0].status == 404


def test_a_connection_serves_several_requests(server: DemoServer) -> None:
    connection = HTTPConnection(urlsplit(server.base).netloc, timeout=10)
    for path in ("/feeds/f", "/none", "/items/1", "/feeds/f"):
        connection.request("GET", path)
        assert connection.getresponse().read()
    connection.close()


def test_the_shipped_demo_is_valid_from_its_first_answer_to_its_last() -> None:
    times = Times()
    with DemoServer(datetime.now(UTC) - timedelta(hours=8), clock=times) as server:
        assert len(server.urls) >= 8
        for times.now in (0, 1, 2, 3, 3600, 8 * 3600):
            for url in server.urls:
                response, body = get(server, urlsplit(url).path)
                assert response.status == 200
                if server.outlets[url].kind == "feed" and "json" not in response.headers["Content-Type"]:
                    headers = {"content-type": response.headers["Content-Type"]}
                    assert feedparser.parse(body, response_headers=headers)["bozo"] == 0
        assert all(f"{server.base}/items/" in get(server, urlsplit(url).path)[1].decode() for url in server.urls)


class Times:
    """A clock (s) that stands until it is set."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def entries(server: DemoServer, name: str) -> list[tuple[str, str]]:
    return [(entry["id"], entry["title"]) for entry in feedparser.parse(get(server, f"/feeds/{name}")[1])["entries"]]


def test_the_world_goes_on_after_the_first_poll_and_corrects_what_it_said() -> None:
    times, start = Times(), datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    with DemoServer(start, clock=times) as server:
        times.now = 1800.0
        history = entries(server, "the-late-rack")
        assert history == []  # it begins with what comes after the first poll
        first = entries(server, "the-late-rack")
        assert first
        times.now = 3600.0
        second = entries(server, "the-late-rack")
        assert len(second) > len(first)
        assert [id for id, _ in second][-len(first) :] == [id for id, _ in first]
        titles = [title for now in range(3600, 8 * 3600, 200) for title in at(server, times, now)]
        assert any(title.startswith("Corrected: ") for title in titles)
        dates = feedparser.parse(get(server, "/feeds/the-late-rack")[1])["entries"]
        assert len(dates) == 30  # as a site's feed shows the newest only
        published = [timegm(entry["published_parsed"]) for entry in dates]
        assert published == sorted(published, reverse=True)
        assert all(start.timestamp() < each <= start.timestamp() + times.now for each in published)


def at(server: DemoServer, times: Times, now: float) -> list[str]:
    times.now = now
    return [title for _, title in entries(server, "the-late-rack")]


def test_one_feed_fails_every_so_often_and_comes_back() -> None:
    times = Times()
    with DemoServer(START, clock=times) as server:
        statuses = []
        for times.now in (0, 400, 600, 1800 + 400, 1800 + 600):
            statuses.append(get(server, "/feeds/knotenpunkt")[0].status)
            assert get(server, "/feeds/rechenkern")[0].status == 200
        assert statuses == [200, 503, 200, 503, 200]


def test_an_item_of_the_world_has_a_page_which_has_the_correction() -> None:
    times = Times()
    with DemoServer(START, clock=times) as server:
        times.now = 2 * 3600
        entries(server, "the-late-rack")
        shown = feedparser.parse(get(server, "/feeds/the-late-rack")[1])["entries"]
        assert any(entry["title"].startswith("Corrected: ") for entry in shown)
        for entry in shown:
            assert escape(entry["title"]) in get(server, urlsplit(entry["link"]).path)[1].decode()


def test_the_inbox_gives_what_is_posted_to_it_and_nothing_else_does() -> None:
    taken: list[bytes] = []
    with DemoServer(START, (FEED,), taken=taken.append) as server:
        for path, status in ((urlsplit(server.inbox).path, 204), ("/feeds/f", 404)):
            connection = HTTPConnection(urlsplit(server.base).netloc, timeout=10)
            connection.request("POST", path, b"told")
            assert connection.getresponse().status == status
            connection.close()
    assert taken == [b"told"]


def test_leaving_frees_the_port(server: DemoServer) -> None:
    with DemoServer(START, (FEED,)) as other:
        port = urlsplit(other.base).port
    assert port is not None
    with DemoServer(START, (FEED,), port) as again:
        assert get(again, "/feeds/f")[0].status == 200
