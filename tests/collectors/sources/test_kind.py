"""A kind of source of a test's own, from `feeds` to `items`: on the real worker, and once over a restart."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace as with_

import msgspec
import pytest

from collectors.deciding.documents import DocumentRules
from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.feed.interval import PollIntervals
from collectors.fetching.fetch import Fetcher
from collectors.fetching.results import Fetched, FetchRequest
from collectors.parsing.parser_pool import ParserPool
from collectors.poll_result import POLL, Document, PollFailed, PollRequest
from collectors.poller import Poller, host_of
from collectors.sources.feed import FEED
from collectors.sources.kind import PollContext
from collectors.sources.look import NothingSeen, SourceSeen, look
from collectors.sources.registry import SOURCE_KINDS, kind_of
from collectors.stage import CollectStage
from stream.engine.executor import RateLimit
from stream.engine.stage import Request
from stream.engine.worker import Worker
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.net.guard import networks
from stream.net.trust import trusting
from stream.records import Feed, Item, Poll, decode, encode
from stream.units import DAY
from tests.certificates import Authority
from tests.collectors.sources.catalogue import CATALOGUE
from tests.collectors.sources.test_imap import letter
from tests.collectors.sources.test_sitemap import index, urlset
from tests.imapserver import PASSWORD, USER, imap_server
from tests.stream.backends import read_all, until
from tests.stream.fakes import RecordingHooks, SetClock
from tests.webserver import Web, answer, serve

KINDS = (CATALOGUE, *SOURCE_KINDS)
STAGE = CollectStage(
    PollIntervals(900, 60, 3600), DocumentRules(FloodLimits(7 * DAY, 100)), silent_after=86_400, full_every=30 * 86_400
)


@pytest.fixture(scope="module")
def context() -> Iterator[PollContext]:
    fetcher = Fetcher(networks(["127.0.0.0/8"]), "test")
    own = PollContext(fetcher, ParserPool(), max_bytes=1_000_000, deadline=60)
    yield own
    own.close()


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as server:
        server.answers["/list"] = answer(b"Catalogue\n/a\n/b\n", 'ETag: "v1"')
        server.answers["/a"] = answer(b"Alpha\nOf the first matter.")
        server.answers["/b"] = answer(b"Beta\nOf the second matter.")
        server.answers["/index.xml"] = answer(index("/one.xml", "/two.xml"))
        server.answers["/one.xml"] = answer(urlset("/the-first-page"))
        server.answers["/two.xml"] = answer(urlset("/the-second-page"))
        yield server


@pytest.fixture
def start(log) -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def worker(perform) -> Worker:
        session = log.session(STAGE.name, STAGE.inputs)
        clock, hooks = SetClock(1_715_000_000_000), RecordingHooks()
        made.append(Worker(STAGE, log, session, clock, hooks, {POLL: perform}, 2, rate_limit=RateLimit(host_of)))
        return made[-1]

    yield worker
    for one in made:
        one.close()


def stepping(worker: Worker) -> Callable[[], None]:
    def step() -> None:
        worker.wake()
        worker.step()

    return step


def polled_over_a_restart(log: Log, start: Callable[..., Worker], poller: Poller, feed: Feed) -> None:
    """Polls the feed: a first worker dies in the second step, with nothing committed, and another one goes on."""
    begun, over = threading.Event(), threading.Event()

    def until_the_second(request: Request) -> bytes:
        if msgspec.msgpack.decode(request.body, type=PollRequest).step:
            begun.set()
            over.wait()
        return poller.perform(request)

    log.append([Out(topics.FEEDS, feed.id, encode(feed))])
    first = start(until_the_second)
    until(begun.is_set, stepping(first))
    first._session.close()
    assert read_all(log, topics.POLLS, topics.ITEMS) == []
    second = start(poller.perform)
    until(lambda: bool(read_all(log, topics.POLLS)), stepping(second))
    over.set()
    until(lambda: second.idle, stepping(second))


@pytest.mark.parametrize(
    ("path", "kind", "brings"),
    [
        ("/list", "catalogue", [("Alpha", "Of the first matter."), ("Beta", "Of the second matter.")]),
        ("/index.xml", "sitemap", [("The first page", ""), ("The second page", "")]),
    ],
)
def test_a_poll_of_steps_is_committed_once_over_a_restart_between_them(log, start, web, context, path, kind, brings):
    polled_over_a_restart(log, start, Poller(context, KINDS), Feed(id="f", url=web.base + path, kind=kind))
    (poll,) = [decode(record.value, Poll) for record in read_all(log, topics.POLLS)]
    assert (poll.outcome, poll.entries, poll.new) == ("ok", 2, 2)
    items = [decode(record.value, Item) for record in read_all(log, topics.ITEMS)]
    assert sorted((item.title, item.summary) for item in items) == brings
    assert [line.split()[1] for line in web.requests].count(path) == 1  # it did not begin anew


def test_mail_is_committed_once_over_a_restart_between_its_steps(log, start, context, tmp_path, monkeypatch):
    monkeypatch.setenv("MAIL", f"{USER}:{PASSWORD}")
    authority = Authority(tmp_path)
    trusting_it = Fetcher(networks(["127.0.0.0/8"]), "test", trust=trusting(authority.file))
    poller = Poller(with_(context, fetcher=trusting_it), KINDS)
    with imap_server(authority.server()) as box:
        box.add(*(letter(n) for n in range(60)))
        feed = Feed(id="f", url=box.url, kind="imap", credentials="basic env:MAIL")
        polled_over_a_restart(log, start, poller, feed)
    items = [decode(record.value, Item).title for record in read_all(log, topics.ITEMS)]
    assert sorted(items) == sorted(f"Issue {n}: ISO votes" for n in range(60))
    assert sorted({*box.fetched()}) == list(range(1, 61))
    trusting_it.close()


def test_a_kind_reads_its_options(web, context):
    poller = Poller(context, KINDS)
    found = poller.poll(PollRequest(web.base + "/list", kind="catalogue", options={"most": "1"}))
    assert isinstance(found, Document)
    assert (found.next_url, found.cursor, found.parsed.entries) == (web.base + "/a", "", ())


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("gopher", {}, "no kind of source 'gopher'"),
        ("catalogue", {"most": "x"}, "most"),
        ("feed", {"a": "b"}, "none"),
    ],
)
def test_a_record_that_no_kind_understands_is_a_failed_poll_that_requests_nothing(web, context, kind, options, says):
    found = Poller(context, KINDS).poll(PollRequest(web.base + "/list", kind=kind, options=options))
    assert isinstance(found, PollFailed)
    assert (found.kind, says in found.message, web.requests) == ("not_a_feed", True, [])


def test_credentials_go_to_the_origin_of_the_first_step_only(web, context, monkeypatch):
    monkeypatch.setenv("T", "abc")
    with serve() as other:
        other.answers["/b"] = answer(b"Beta")
        for base in (web.base, other.base):
            first = PollRequest(f"{base}/b", credentials="bearer env:T", kind="catalogue")
            later = msgspec.structs.replace(first, given_url=first.url, step=1, first_url=f"{web.base}/list")
            assert isinstance(Poller(context, KINDS).poll(later), Document)
        assert (web.header("authorization"), other.header("authorization")) == ("Bearer abc", None)


def test_what_is_fetched_shows_its_kind_and_a_feed_is_the_last_that_is_tried(web, context):
    def kind(path: str) -> str:
        fetched = context.fetcher.fetch(FetchRequest(web.base + path))
        assert isinstance(fetched, Fetched)
        return kind_of(fetched, KINDS).name

    assert [kind("/list"), kind("/a")] == ["catalogue", "feed"]
    assert SOURCE_KINDS[-1] is FEED
    assert len({each.name for each in SOURCE_KINDS}) == len(SOURCE_KINDS)


def test_a_look_finds_the_kind_and_reads_all_steps(web, context):
    seen = look(PollRequest(web.base + "/list", kind=""), context, KINDS)
    assert isinstance(seen, SourceSeen)
    assert (seen.kind, [entry.title for entry in seen.parsed.entries]) == ("catalogue", ["Alpha", "Beta"])
    assert look(PollRequest(web.base + "/list", kind="catalogue"), context, KINDS).kind == "catalogue"


def test_a_look_at_a_kind_that_cannot_be_read_says_why(web, context):
    del web.answers["/b"]
    seen = look(PollRequest(web.base + "/list", kind=""), context, KINDS)
    assert isinstance(seen, NothingSeen)
    assert (seen.failure.kind, "404" in seen.failure.message) == ("status", True)
