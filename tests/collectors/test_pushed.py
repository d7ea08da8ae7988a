"""A feed and its hub, on both backends: asked, verified and pushed, and once over a restart; and hubs that are not
asked or do not behave."""

from collections.abc import Callable, Iterator
from dataclasses import replace as with_

import pytest
from prometheus_client import CollectorRegistry

from collectors.deciding.hubs import HUBS, WEBSUB, HubRequest, HubState
from collectors.fetching.fetch import Fetcher
from collectors.fetching.hub_subscriber import HubSubscriber
from collectors.parsing.parser_pool import ParserPool
from collectors.poll_result import POLL
from collectors.poller import Poller, host_of
from collectors.sources.kind import PollContext
from stream.engine.executor import RateLimit
from stream.engine.worker import Worker
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.net.guard import networks
from stream.records import Feed, Item, Poll, decode, encode
from stream.web import Served, WebServer, application, bind
from stream.web.hub_callbacks import HubCallbacks
from tests.collectors.partition import NOW, STAGE
from tests.hub import Hub
from tests.stream.backends import read_all, until
from tests.stream.fakes import RecordingHooks, SetClock
from tests.webserver import answer, serve

KEY = b"a key of ours, long enough"


@pytest.fixture(scope="module")
def context() -> Iterator[PollContext]:
    made = PollContext(Fetcher(networks(["127.0.0.0/8"]), "test"), ParserPool(), max_bytes=1_000_000, deadline=20)
    yield made
    made.close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub().serving() as made:
        yield made


@pytest.fixture
def start(log, context) -> Iterator[Callable[[], Worker]]:
    """Collectors one after the other, with a web server for the hub's calls."""
    bound = bind("127.0.0.1:0")
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    web = WebServer(
        application(CollectorRegistry, dict, Served(HubCallbacks(log, lambda: KEY, 1_000_000).routes())), bound
    )
    stage, made = with_(STAGE, websub=True), list[Worker]()
    subscriber = HubSubscriber(context.fetcher, base, lambda: KEY, 20)
    performing = {POLL: Poller(context).perform, WEBSUB: subscriber.perform}

    def worker() -> Worker:
        session = log.session(stage.name, stage.inputs)
        rest = (SetClock(NOW + len(made) * 10_000), RecordingHooks(), performing, 4)
        made.append(Worker(stage, log, session, *rest, rate_limit=RateLimit(host_of)))
        return made[-1]

    yield worker
    for one in made:
        one.close()
    web.close()


def stepping(worker: Worker) -> Callable[[], None]:
    def step() -> None:
        worker.wake()
        worker.step()

    return step


def titles(log: Log) -> list[str]:
    return [decode(record.value, Item).title for record in read_all(log, topics.ITEMS)]


def test_what_is_pushed_is_on_the_stream_once_over_a_restart(log, start, hub):
    log.append([Out(topics.FEEDS, "f", encode(Feed(id="f", url=hub.feed)))])
    first = start()
    until(lambda: bool(hub.callbacks) and titles(log) == hub.titles, stepping(first))
    (form,) = hub.asked
    assert (form["hub.mode"], form["hub.topic"], form["hub.lease_seconds"]) == ("subscribe", hub.feed, "864000")
    until(lambda: any(log.ends([topics.PUSHES]).values()), stepping(first))
    first._session.close()  # it dies
    assert hub.publish("Pushed while nobody collects") == [202]
    second = start()
    until(lambda: len(titles(log)) > 1, stepping(second))
    until(lambda: second.idle, stepping(second))
    assert sorted(titles(log)) == sorted(hub.titles)
    polls = [decode(record.value, Poll) for record in read_all(log, topics.POLLS)]
    assert (polls[-1].hub, (polls[-1].pushed_until or 0) > NOW, polls[-1].hub_error) == (hub.base + "/hub", True, "")
    assert hub.polls == len(polls)


def stored(log: Log) -> HubState | None:
    row = log.rows("collect", HUBS.name).get("f")
    return HUBS.read(row) if row else None


def refused(log: Log, start: Callable[[], Worker], feed: str) -> str:
    """Why the feed's hub does not push."""
    log.append([Out(topics.FEEDS, "f", encode(Feed(id="f", url=feed)))])
    worker = start()

    def told() -> bool:
        row = stored(log)
        return row is not None and bool(row.error)

    until(told, stepping(worker))
    row = stored(log)
    assert row is not None
    assert row.until == 0
    return row.error


def test_a_hub_that_refuses_does_no_harm_to_the_feed(log, start, hub):
    hub.status = 500
    assert refused(log, start, hub.feed) == "the hub refuses with status 500: as you like"
    assert sorted(titles(log)) == sorted(hub.titles)


def test_a_hub_that_denies_is_heard(log, start, hub):
    hub.verifies = False
    log.append([Out(topics.FEEDS, "f", encode(Feed(id="f", url=hub.feed)))])
    worker = start()
    until(lambda: bool(hub.asked), stepping(worker))
    hub.verify(hub.asked[0], mode="denied", reason="we do not like you")
    until(lambda: "we do not like you" in (stored(log) or HubState("", "")).error, stepping(worker))


@pytest.fixture
def asking(context) -> HubSubscriber:
    return HubSubscriber(context.fetcher, "https://themewire.example", lambda: KEY, 5)


@pytest.mark.parametrize(
    ("hub", "says"),
    [
        ("http://127.0.0.1:{other}/hub", "not public"),  # the guard lets us to the feed's own port only
        ("http://169.254.169.254/hub", "not public"),
        ("http://[::ffff:127.0.0.1]/hub", "not public"),
        ("ftp://hub.example/", "only http and https"),
        ("", "the scheme"),
    ],
)
def test_a_hub_that_a_feed_names_is_behind_the_guard(asking, hub, says):
    with serve() as feed, serve() as other:
        address = hub.replace("{other}", str(other.port))
        found = asking.ask(HubRequest(address, "https://t.example/", "f", feed.base + "/feed"))
        assert (found.taken, says in found.message) == (False, True), found
        assert other.connections == 0


def test_what_hubs_answer(asking):
    with serve() as web:
        web.answers = {
            "/taken": answer(status="202 Accepted"),
            "/moved": answer(b"", "Location: /taken", status="307 T"),
        }
        web.answers["/long"] = answer(b"x\n" * 5000, status="400 Bad Request")
        told = {
            name: asking.ask(HubRequest(f"{web.base}/{name}", "t", "f", web.base))
            for name in ("taken", "moved", "long")
        }
    assert (told["taken"].taken, told["moved"].taken, told["long"].taken) == (True, False, False)
    assert len(told["long"].message) <= 300
    assert "\n" not in told["long"].message
    assert web.requests[0].startswith("POST /taken ")
    dead = asking.ask(HubRequest(f"{web.base}/hub", "t", "f", web.base))
    assert (dead.taken, "cannot be asked" in dead.message) == (False, True)
