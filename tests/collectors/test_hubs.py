"""Hubs that push: when one is asked, what its calls do to the next poll, and when it is not relied on any more."""

from dataclasses import replace as with_

import msgspec
import pytest
from msgspec.structs import replace

from collectors.deciding.hubs import HUBS, HubAnswer, HubRequest, HubState
from collectors.parsing.parsed import Entry
from collectors.poll_result import Document
from stream.engine.stage import Effects, Request, Result
from stream.log.records import Record, Tick
from stream.log.topics import PUSHES, retry_topic
from stream.records import Feed, Poll, Push, encode
from stream.units import DAY, HOUR, MINUTE, SECOND
from tests.collectors.partition import FEED, NOT_MODIFIED, STAGE, Partition, PollRecords, document, entry, failed

HUB, TOPIC = "https://hub.example/", "https://feeds.example/topic"
ASK = HubRequest(HUB, TOPIC, "f", FEED.url)


def named(*entries: Entry, hub: str = HUB, topic: str = TOPIC) -> Document:
    """A document that names its hub."""
    made = document(*entries, body_hash=f"{len(entries)}")
    return replace(made, parsed=replace(made.parsed, hub=hub, topic=topic))


@pytest.fixture
def partition() -> Partition:
    made = Partition(with_(STAGE, websub=True))
    made.update(FEED)
    return made


def finished(partition: Partition, result: object, request: Request | None = None) -> tuple[Poll, list[HubRequest]]:
    """A poll of the feed, with what it has hubs asked."""
    request = request or partition.request()
    effects = partition.decide(Result(request, msgspec.msgpack.encode(result)))
    return PollRecords(effects.outputs).poll, asked(effects)


def asked(effects: Effects) -> list[HubRequest]:
    return [msgspec.msgpack.decode(each.body, type=HubRequest) for each in effects.requests if each.kind == "websub"]


def called(partition: Partition, hub: str = "new", on: str = PUSHES, **of: object) -> Effects:
    """The hub calls."""
    of = {"topic": TOPIC, **of} if hub != "new" else of
    return partition.decide(Record(on, 0, 0, "f", encode(Push(feed="f", hub=hub, **of)), partition.now))  # type: ignore[arg-type]


def row(partition: Partition) -> HubState:
    return HUBS.read(partition.rows["hubs", "f"])


def due(partition: Partition) -> int:
    """From now to the next request to the hub."""
    return partition.due["hubs", "f"] - partition.now


def when_due(partition: Partition) -> list[HubRequest]:
    partition.now = partition.due["hubs", "f"]
    return asked(partition.decide(Tick("hubs", "f", partition.now)))


def pushed(partition: Partition) -> None:
    """A feed whose hub tells of it, and that was polled an instant ago."""
    finished(partition, named(entry(1)))
    called(partition, "verified", lease=864_000)


def test_the_hub_that_a_feed_names_is_asked_once_and_again_before_its_lease_ends(partition):
    poll, asks = finished(partition, named(entry(1)))
    assert (poll.hub, poll.pushed_until, asks) == (HUB, None, [ASK])
    called(partition, "verified", lease=600)
    assert (row(partition).until, due(partition)) == (partition.now + 600 * SECOND, 400 * SECOND)
    until = row(partition).until
    assert when_due(partition) == [ASK]
    called(partition, "verified", lease=600)
    assert row(partition).until > until
    poll, asks = finished(partition, NOT_MODIFIED)
    assert (poll.pushed_until, asks) == (row(partition).until, [])


def test_hubs_are_left_alone_unless_that_is_wished():
    partition = Partition()
    partition.update(FEED)
    poll, asks = finished(partition, named(entry(1)))
    assert (poll.hub, asks, [name for name, _ in partition.rows if name == "hubs"]) == ("", [], [])
    called(partition)
    assert partition.due["feeds", "f"] > partition.now


def test_a_hub_that_does_not_answer_is_asked_ever_more_rarely(partition):
    finished(partition, named(entry(1)))
    waits = []
    for _ in range(8):
        waits.append(due(partition) // HOUR)
        assert when_due(partition) == [ASK]
    assert waits == [1, 2, 4, 8, 16, 24, 24, 24]


def test_a_hub_that_refuses_says_why(partition):
    effects = partition.decide(Result(partition.request(), msgspec.msgpack.encode(named(entry(1)))))
    (request,) = [each for each in effects.requests if each.kind == "websub"]
    partition.decide(Result(request, msgspec.msgpack.encode(HubAnswer(False, "the hub refuses with status 500"))))
    poll, _ = finished(partition, NOT_MODIFIED)
    assert (poll.hub_error, poll.state) == ("the hub refuses with status 500", "healthy")
    called(partition, "verified", lease=60)
    assert finished(partition, NOT_MODIFIED)[0].hub_error == ""


def test_a_hub_that_denies_is_not_asked_for_a_day(partition):
    pushed(partition)
    called(partition, "denied", reason="no such topic")
    assert (row(partition).until, due(partition)) == (0, DAY)
    assert finished(partition, NOT_MODIFIED)[0].hub_error == "the hub denies it: no such topic"


def test_a_push_has_the_feed_polled_now_and_the_poll_decides(partition):
    pushed(partition)
    assert partition.wait > 5 * MINUTE
    called(partition)
    assert partition.wait == 0
    poll, _ = finished(partition, named(entry(2), entry(1)))
    assert (poll.new, poll.seen) == (1, 1)
    called(partition, on=retry_topic("collect"))  # it comes back from the dead letters
    assert partition.wait == 2 * SECOND  # it was polled an instant ago


def test_pushes_without_end_bring_a_poll_every_two_seconds(partition):
    pushed(partition)
    polls = 0
    for _ in range(600):  # ten a second
        called(partition)
        if partition.wait <= 0:
            finished(partition, named(*(entry(n) for n in range(polls + 2))))
            polls += 1
        partition.now += 100
    assert polls == 30


def test_a_push_during_a_poll_is_not_lost(partition):
    pushed(partition)
    called(partition)
    request = partition.request()
    partition.now += SECOND
    called(partition)  # what it announces came after the document was fetched
    finished(partition, named(entry(2), entry(1)), request)
    assert partition.wait == SECOND
    assert finished(partition, named(entry(3), entry(2), entry(1)))[0].new == 1


def test_a_push_that_comes_before_its_document_is_looked_for_again(partition):
    pushed(partition)
    called(partition)
    waits = []
    for _ in range(3):
        finished(partition, NOT_MODIFIED)
        waits.append(partition.wait)
    assert waits[:2] == [10 * SECOND, 60 * SECOND]
    assert waits[2] > 5 * MINUTE


def test_a_feed_whose_pushes_come_is_polled_more_rarely_until_they_stop(partition):
    pushed(partition)
    usual = finished(partition, NOT_MODIFIED)[0].interval
    called(partition)
    poll, _ = finished(partition, named(entry(2), entry(1)))
    assert (poll.interval, partition.wait > 3 * usual * SECOND) == (4 * usual, True)
    assert poll.next_poll == partition.now + partition.wait
    poll, _ = finished(partition, named(entry(3), entry(2), entry(1)))  # of which nobody has told
    assert (poll.new, poll.interval) == (1, usual)
    called(partition)
    assert finished(partition, named(entry(4), entry(3), entry(2), entry(1)))[0].interval == 4 * usual
    partition.now = row(partition).until  # the lease was not renewed
    assert finished(partition, NOT_MODIFIED)[0].interval == usual


def test_an_interval_of_its_own_is_kept(partition):
    partition.update(replace(FEED, interval=600))
    pushed(partition)
    called(partition)
    assert finished(partition, named(entry(2), entry(1)))[0].interval == 600


def test_pushes_do_not_bring_a_paused_feed_or_an_unknown_one_to_be_polled(partition):
    pushed(partition)
    partition.update(replace(FEED, paused=True))
    called(partition)
    assert ("feeds", "f") not in partition.due
    partition.update(None)
    assert called(partition).changes == ()


def test_what_a_hub_says_of_another_topic_is_passed_over(partition):
    finished(partition, named(entry(1)))
    called(partition, "verified", topic="https://feeds.example/other", lease=600)
    assert row(partition).until == 0


def test_a_host_that_has_to_be_left_alone_is_whatever_its_hub_says(partition):
    pushed(partition)
    called(partition)
    finished(partition, replace(failed("rate_limited", retry_after=900), requested=False))
    assert partition.wait >= 15 * MINUTE


def test_a_push_together_with_the_end_of_a_poll(partition):
    pushed(partition)
    request = partition.request()
    partition.now += 20 * SECOND
    push = Record(PUSHES, 0, 0, "f", encode(Push(feed="f", hub="new")), partition.now)
    partition.decide(push, Result(request, msgspec.msgpack.encode(NOT_MODIFIED)))
    assert partition.wait == 0


@pytest.mark.parametrize("change", [None, replace(FEED, kind="page")])
def test_a_feed_that_is_no_more_has_its_hub_end_its_calls(partition, change: Feed | None):
    pushed(partition)
    value = None if change is None else encode(change)
    effects = partition.decide(Record("feeds", 0, 0, "f", value, partition.now))
    assert asked(effects) == [replace(ASK, mode="unsubscribe")]
    assert ("hubs", "f") not in partition.rows


def test_a_feed_that_names_another_hub_or_none(partition):
    pushed(partition)
    _, asks = finished(partition, named(entry(2), hub="https://other.example/"))
    assert [(ask.url, ask.mode) for ask in asks] == [(HUB, "unsubscribe"), ("https://other.example/", "subscribe")]
    assert finished(partition, document(entry(3)))[0].hub == ""


def test_a_failed_poll_and_a_feed_that_is_gone(partition):
    pushed(partition)
    poll, asks = finished(partition, failed())
    assert (poll.state, poll.hub, asks) == ("failing", HUB, [])
    called(partition)
    assert partition.wait == 2 * SECOND
    poll, asks = finished(partition, failed("gone"))
    assert (poll.hub, [ask.mode for ask in asks]) == ("", ["unsubscribe"])
