"""The alerts of a theme over HTTP: events that go on where a client left off, and an Atom feed that readers take."""

import json
import socket
import struct
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import feedparser
import pytest
from msgspec.structs import replace

from stream.log.records import Out
from stream.records import Alert, Related, Source, encode
from stream.web import alerts_api
from stream.web import following as follower
from stream.web.access import Access
from tests.stream.backends import until
from tests.stream.stories.test_stages import alert
from tests.stream.web.api_site import Site

HOSTILE = "<b>\u202etxet\u202c</b> ]]> \x00\x1b[31m & \nid: 9\n\ndata: planted"


FEW = 20  # clients that may follow here


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setattr(alerts_api, "MOST_CLIENTS", FEW)
    made = Site(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def tell(site: Site, number: int, **of) -> Alert:
    made = replace(alert(), **{"id": f"a{number}", "theme": "a", "title": f"Alert {number}", **of})
    site.log.append([Out("alerts.a", made.id, encode(made))])
    return made


class Events:
    """A client of server-sent events, as the standard has it."""

    def __init__(self, answer) -> None:
        self._answer = answer

    def __next__(self) -> dict[str, str]:
        """The next event that has data."""
        fields: dict[str, str] = {}
        while True:
            line = self._answer.readline().decode()
            assert line, "the stream ended"
            if line != "\n":
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
            elif "data" in fields:
                return fields
            else:
                fields = {}


@contextmanager
def following(site: Site, last: str | None = None) -> Iterator[Events]:
    headers = {} if last is None else {"Last-Event-ID": last}
    asked = urllib.request.Request(f"http://127.0.0.1:{site.port}/alerts/a", headers=headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.readline() == b"retry: 3000\n"
        yield Events(answer)


def test_a_client_hears_what_comes_and_goes_on_where_it_left_off(site: Site):
    tell(site, 0)
    with following(site) as events:
        tell(site, 1)
        first = next(events)
        assert (first["event"], json.loads(first["data"])["id"]) == ("alert", "a1")
    tell(site, 2)
    tell(site, 3, kind="retracted")
    with following(site, first["id"]) as events:
        assert [json.loads(next(events)["data"])["id"] for _ in range(2)] == ["a2", "a3"]


def test_what_an_author_planted_ends_no_event(site: Site):
    with following(site, "") as events:
        tell(site, 0, title=HOSTILE)
        tell(site, 1)
        told = [next(events), next(events)]
    assert [event["id"] for event in told] == ["0", "1"]
    assert json.loads(told[0]["data"])["title"] == HOSTILE


@pytest.mark.parametrize("last", ["0", "77"], ids=["older than retention", "of another stream"])
def test_a_client_that_cannot_go_on_is_told_to_begin_anew(site: Site, last):
    for number in range(4):
        tell(site, number)
    with site.log.database.transaction() as db:
        db.execute("DELETE FROM record WHERE offset < 2 AND topic = (SELECT id FROM topic WHERE name = 'alerts.a')")
    with following(site, last) as events:
        reset = next(events)
        assert (reset["event"], json.loads(reset["data"])) == ("reset", {"first": 2})
        assert [next(events)["id"], next(events)["id"]] == ["2", "3"]


def test_many_clients_hear_the_same_and_are_waited_for_by_one_thread(site: Site):
    tell(site, 0)
    before = threading.active_count()
    with ExitStack() as stack:
        clients = [stack.enter_context(following(site, None if n % 2 else "0")) for n in range(FEW)]
        tell(site, 1)
        assert {next(client)["id"] for client in clients} == {"1"}
        assert threading.active_count() - before < FEW // 2
        tell(site, 2)
        assert {next(client)["id"] for client in clients} == {"2"}


def test_who_is_further_behind_than_is_remembered_misses_nothing(site: Site, monkeypatch):
    monkeypatch.setattr(follower, "REMEMBERED", 3)
    monkeypatch.setattr(follower, "PAGE", 4)
    tell(site, 0)
    with following(site, None) as live:
        for number in range(1, 20):
            tell(site, number)
            assert next(live)["id"] == str(number)
        with following(site, "4") as behind:
            assert [next(behind)["id"] for _ in range(15)] == [str(n) for n in range(5, 20)]
            tell(site, 20)
            assert next(behind)["id"] == next(live)["id"] == "20"


def test_there_is_an_end_to_how_many_follow_and_a_place_that_is_left_is_free(site: Site):
    tell(site, 0)
    clients = [following(site) for _ in range(FEW)]
    for client in clients:
        client.__enter__()
    assert site.ask("GET", "/alerts/a")[0] == 503
    for client in clients:
        client.__exit__(None, None, None)
    until(lambda: followed(site))


def test_the_feed_shows_the_passage_that_was_judged(site: Site):
    tell(site, 0, summary="A greeting.", excerpt="A passage.")
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/alerts/a.atom", timeout=20) as answer:
        (entry,) = feedparser.parse(answer.read()).entries
    assert entry.summary.startswith("A greeting.\n\n… A passage. …")


def test_the_feed_links_to_what_is_likely_of_the_same_event(site: Site):
    related = (Related("a2", 0.6, "Other", "https://other.example/"), Related("a3", 0.5, "Bad", "javascript:alert(1)"))
    tell(site, 0, related=related)
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/alerts/a.atom", timeout=20) as answer:
        (entry,) = feedparser.parse(answer.read()).entries
    found = [(link.href, link.title) for link in entry.links if link.rel == "related"]
    assert found == [("https://other.example/", "Other")]


@pytest.mark.parametrize(("path", "status"), [("/alerts/z", 404), ("/alerts/z.atom", 404)])
def test_a_theme_that_is_not_there(site: Site, path, status):
    code, told = site.ask("GET", path)
    assert (code, "there are: a, b" in told["detail"]) == (status, True)


@pytest.mark.parametrize(
    "last", ["x", "-1", "1.5", "9" * 19, "9" * 4_900, "1" * 20_000, "\u0661".encode().decode("latin-1")]
)
def test_a_wrong_last_event_id_is_refused_and_takes_no_slot(site: Site, last):
    for _ in range(FEW + 1):
        status, told = site.ask("GET", "/alerts/a", headers={"Last-Event-ID": last})
        assert (status, len(told["detail"]) < 120) == (422, True)


@pytest.mark.parametrize("how", ["before the answer", "before reading", "reset"])
def test_a_slot_is_given_back_however_a_client_goes(site: Site, how):
    for _ in range(FEW + 1):
        client = socket.create_connection(("127.0.0.1", site.port), 20)
        client.sendall(b"GET /alerts/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if how != "before the answer":
            assert client.recv(12) == b"HTTP/1.1 200"
        if how == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    until(lambda: followed(site))


def test_who_asks_for_the_head_only_takes_no_slot(site: Site):
    for _ in range(FEW + 1):
        asked = urllib.request.Request(f"http://127.0.0.1:{site.port}/alerts/a", method="HEAD")
        with urllib.request.urlopen(asked, timeout=20) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert followed(site)


def followed(site: Site) -> bool:
    try:
        with following(site):
            return True
    except urllib.error.HTTPError:
        return False


def test_the_feed_has_the_last_word_of_each_alert_and_readers_take_it(site: Site):
    tell(site, 0, url="https://example.org/0?a=1&b=2", sources=(Source("Wire", "https://example.org/0", "i"),))
    tell(site, 1, title=HOSTILE, url="javascript:alert(1)", alerted_at=2_000_000_000_000)
    tell(site, 0, seq=1, kind="retracted", url="https://example.org/0?a=1&b=2", alerted_at=2_100_000_000_000)
    url = f"http://127.0.0.1:{site.port}/alerts/a.atom"
    with urllib.request.urlopen(url, timeout=20) as answer:
        document = answer.read()
        assert answer.headers["Content-Type"].startswith("application/atom+xml")
    found = feedparser.parse(document)
    assert (found.bozo, found.version, found.feed.title) == (False, "atom10", "themewire: a")
    assert [link.href for link in found.feed.links if link.rel == "self"] == [url]
    first, second = found.entries
    assert (first.title, first.link) == ("Retracted: Alert 0", "https://example.org/0?a=1&b=2")
    assert b"javascript" not in document
    assert all(word not in second.title for word in ("\u202e", "\x00", "\x1b"))
    for each in (found.feed, first, second):
        assert each.id.startswith("urn:themewire:")
        assert each.updated_parsed
    assert found.feed.updated == "2036-07-18T13:20:00+00:00"


def test_a_reader_may_ask_by_its_accept_header(site: Site):
    asked = urllib.request.Request(f"http://127.0.0.1:{site.port}/alerts/a", headers={"Accept": "application/atom+xml"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert feedparser.parse(answer.read()).entries == []
