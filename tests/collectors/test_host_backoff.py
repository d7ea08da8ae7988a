"""A host that asks for time gets it from all its feeds, and they do not return in one second."""

from email.utils import formatdate

import pytest

from collectors.deciding.feed import health
from collectors.deciding.feed.hosts import backoff_of, host_records
from collectors.deciding.feed.interval import PollIntervals
from collectors.deciding.feed.state import FeedState
from collectors.fetching.fetch import Fetcher
from collectors.fetching.host_backoff import FIRST, HostBackoff
from collectors.fetching.results import Fetched, FetchFailed, FetchRequest
from collectors.poll_result import PollFailed, Unchanged
from stream.net.guard import networks
from stream.records import Feed, Host, decode, encode
from tests.webserver import Web, answer, serve

NOW = 1_715_000_000_000
URL = "https://feeds.example/a"
FEED = b"<rss><channel><title>F</title></channel></rss>"


@pytest.fixture
def web():
    with serve() as server:
        server.answers["/fine"] = answer(FEED)
        yield server


@pytest.fixture
def fetcher():
    own = Fetcher(networks(["127.0.0.0/8"]), "test", connect_timeout=10, read_timeout=10, clock=lambda: NOW / 1000)
    yield own
    own.close()


def fetch(fetcher: Fetcher, web: Web, path: str) -> Fetched | FetchFailed:
    found = fetcher.fetch(FetchRequest(web.base + path))
    assert isinstance(found, Fetched | FetchFailed)
    return found


@pytest.mark.parametrize("status", ["429 Slow down", "503 Busy"])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Retry-After: 60", 60),
        (f"Retry-After: {formatdate(NOW / 1000 + 90, usegmt=True)}", 90),
        ("X: y", FIRST),
        ("Retry-After: 0", FIRST),
    ],
)
def test_after_one_answer_no_feed_of_the_host_is_asked(fetcher, web, status, said, seconds):
    web.answers["/busy"] = answer(b"", said, status=status)
    first = fetch(fetcher, web, "/busy")
    assert isinstance(first, FetchFailed)
    assert (first.host, first.backoff, first.requested) == (f"127.0.0.1:{web.port}", pytest.approx(seconds), True)
    second = fetch(fetcher, web, "/fine")
    assert isinstance(second, FetchFailed)
    assert (second.kind, second.requested, second.host) == ("rate_limited", False, "")
    assert seconds - 30 < second.retry_after <= seconds
    assert len(web.requests) == 1


def test_another_host_is_asked_and_other_statuses_are_no_backoff(fetcher, web):
    web.answers["/busy"] = answer(b"", "Retry-After: 60", status="500 Oops")
    assert isinstance(fetch(fetcher, web, "/busy"), FetchFailed)
    assert isinstance(fetch(fetcher, web, "/fine"), Fetched)
    web.answers["/busy"] = answer(b"", "Retry-After: 60", status="429 Slow down")
    fetch(fetcher, web, "/busy")
    with serve() as other:
        other.answers["/fine"] = answer(FEED)
        assert isinstance(fetch(fetcher, other, "/fine"), Fetched)


def test_a_redirect_to_a_host_that_asks_for_time_is_not_followed(fetcher, web):
    with serve() as other:
        other.answers["/busy"] = answer(b"", "Retry-After: 60", status="429 Slow down")
        fetch(fetcher, other, "/busy")
        web.answers["/moved"] = answer(b"", f"Location: {other.base}/fine", status="302 Found")
        assert isinstance(fetch(fetcher, web, "/moved"), FetchFailed)
        assert len(other.requests) == 1


def test_a_host_that_does_not_say_how_long_gets_twice_as_long_each_time():
    now = [0.0]
    hosts = HostBackoff(lambda: now[0])
    assert [hosts.back_off("h", 0) for _ in range(8)] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert hosts.left("h") == 3600
    now[0] = 3601.0
    assert hosts.left("h") == 0
    hosts.recovered("h")
    assert hosts.back_off("h", 0) == FIRST
    assert (hosts.back_off("i", 7), hosts.left("j")) == (7, 0)


def test_a_host_that_answers_well_speaks_for_the_one_feed_only():
    now = [0.0]
    hosts = HostBackoff(lambda: now[0])
    for _ in range(4):
        hosts.recovered("h")
    assert (hosts.back_off("h", 60), hosts.left("h")) == (0, 0)
    assert hosts.back_off("h", 60) == 60  # another feed hears the same: it is the host that asks
    assert hosts.left("h") == 60
    now[0] = 100.0
    assert hosts.back_off("h", 30) == 30  # what was well before counts for some seconds only


def refused(seconds: float, **more) -> PollFailed:
    return PollFailed("rate_limited", "", seconds, 0.1, **more)


def test_what_a_host_asks_for_is_kept_for_every_collector():
    (out,) = host_records({}, URL, refused(60, host="feeds.example", backoff=60), NOW)
    assert (out.topic, out.key, out.value) == (
        "hosts",
        "feeds.example",
        encode(Host(host="feeds.example", until=NOW + 60_000)),
    )
    hosts = {out.key: out.value or b""}
    later = backoff_of(hosts, "https://feeds.example/b", NOW + 20_000)
    assert later is not None
    assert (later.kind, later.retry_after, later.requested) == ("rate_limited", 40, False)
    assert backoff_of(hosts, "https://feeds.example:8443/b", NOW) is None
    assert backoff_of(hosts, URL, NOW + 60_000) is None
    assert backoff_of(hosts, URL, NOW - 2 * 86_400_000) is None  # a clock was wrong
    assert host_records(hosts, URL, refused(30, host="feeds.example", backoff=30), NOW) == []  # it has asked for longer
    assert host_records(hosts, URL, later, NOW) == []
    assert [(one.key, one.value) for one in host_records(hosts, URL, Unchanged("", "", True, 0.1), NOW + 60_000)] == [
        ("feeds.example", None)
    ]


@pytest.mark.parametrize("seconds", [5.0, 60.0, 86_400.0])
@pytest.mark.parametrize("requested", [True, False])
def test_its_feeds_return_after_that_time_and_one_after_the_other(seconds, requested):
    intervals = PollIntervals(1, 1, 1)
    states = [FeedState(Feed(id=f"feed{n}", url=URL), failures=int(requested)) for n in range(50)]
    dues = [health.next_poll(state, refused(seconds, requested=requested), intervals, NOW)[1] or 0 for state in states]
    waits = sorted((due - NOW) / 1000 for due in dues)
    assert seconds <= waits[0]
    assert waits[-1] <= seconds + max(0.1 * seconds, min(seconds, 30))
    assert waits[-1] - waits[0] > min(seconds, 30) / 2
    assert len({int(wait * 10) for wait in waits}) > 15


def test_a_feed_that_was_deferred_is_as_well_as_before():
    state = FeedState(Feed(id="f", url=URL), state="healthy", failures=0)
    off = health.after_failure(state, refused(60, requested=False), NOW)
    assert (off.state, off.failures, off.deferred) == ("healthy", 0, True)
    assert health.longest_wait(off, PollIntervals(1, 1, 1)) >= 86_400_000
    assert not health.after_success(off, "", 1, NOW).deferred
    assert health.after_failure(state, refused(60), NOW).state == "failing"
    assert decode(encode(Host(host="h", until=1)), Host).until == 1
