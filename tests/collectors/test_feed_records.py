"""The collect stage: a feed's record makes, changes, pauses or deletes it, also while it is polled."""

import msgspec

from collectors.poll_result import PollRequest
from stream.engine.stage import Result
from stream.log.records import Tick
from stream.records import Feed
from tests.collectors.partition import FEED, NOW, Partition, PollRecords, document, entry, next_request


def test_a_paused_feed_rests_and_goes_on_where_it_was(partition):
    partition.poll(document(entry(1)))
    assert partition.update(Feed(id="f", url=FEED.url, paused=True)).events == ["feed paused"]
    assert partition.next_due() is None
    assert partition.update(Feed(id="f", url=FEED.url, paused=True)).events == []
    partition.update(FEED)
    assert partition.wait <= 0
    records = partition.poll(document(entry(1), body_hash="h2"))
    assert (records.poll.seen, records.events) == (1, ["feed healthy"])


def test_paused_while_polled(partition):
    request = partition.request()
    partition.update(Feed(id="f", url=FEED.url, paused=True))
    outputs = partition.decide(Result(request, msgspec.msgpack.encode(document(entry(1))))).outputs
    assert len(PollRecords(outputs).items) == 1
    assert (partition.next_due(), partition.state.state) == (None, "paused")


def test_a_removed_feed_leaves_nothing(partition):
    partition.poll(document(entry(1)))
    assert ("seen", "f/202405") in partition.rows
    partition.update(None)
    assert (partition.rows, partition.due) == ({}, {})
    partition.update(None)
    assert partition.rows == {}


def test_removed_while_polled(partition):
    request = partition.request()
    partition.update(None)
    effects = partition.decide(Result(request, msgspec.msgpack.encode(document(entry(1)))))
    assert (effects.outputs, effects.changes, partition.rows) == ([], (), {})


def test_a_timer_without_a_feed_requests_nothing():
    assert not Partition().decide(Tick("feeds", "f", NOW)).requests


def test_another_address_gets_no_validators_of_the_old_one_and_the_same_entries_stay_known(partition):
    partition.poll(document(entry(1)))
    moved = Feed(id="f", url="https://new.example/feed")
    partition.update(moved)
    request = partition.request()
    assert msgspec.msgpack.decode(request.body, type=PollRequest) == PollRequest(moved.url)
    outputs = partition.decide(Result(request, msgspec.msgpack.encode(document(entry(1))))).outputs
    assert (PollRecords(outputs).poll.seen, PollRecords(outputs).items) == (1, [])


def test_a_result_of_the_old_address_is_not_taken_for_one_of_the_new(partition):
    request = partition.request()
    partition.update(Feed(id="f", url="https://new.example/feed"))
    effects = partition.decide(Result(request, msgspec.msgpack.encode(document(entry(1)))))
    assert (effects.outputs, effects.changes) == ([], ())
    assert partition.due["feeds", "f"] == partition.now


def test_feeds_of_one_partition_do_not_mix():
    partition = Partition()
    other = Feed(id="a/b", url="https://other.example/feed")
    partition.update(FEED)
    partition.update(other, "a/b")
    partition.poll(document(entry(1)))
    outputs = partition.decide(Result(partition.request("a/b"), msgspec.msgpack.encode(document(entry(1))))).outputs
    assert [item.feed for item in PollRecords(outputs).items] == ["a/b"]
    assert {key for _, key in partition.rows} == {"f", "a/b", "f/202405", "a/b/202405"}


def test_credentials_go_with_the_request_as_a_reference(partition):
    partition.update(Feed(id="f", url=FEED.url, credentials="bearer env:TOKEN"))
    assert next_request(partition).credentials == "bearer env:TOKEN"
