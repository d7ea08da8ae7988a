"""Permanent redirects move a feed, and failures there move it back."""

import msgspec

from collectors.poll_result import Document, PollRequest
from stream.engine.stage import Result
from stream.records import Feed
from tests.collectors.partition import FEED, NOT_MODIFIED, PollRecords, document, entry, failed, next_request


def redirected(url: str, body_hash: str) -> Document:
    return msgspec.structs.replace(document(entry(1), body_hash=body_hash), permanent_url=url)


def test_a_feed_moves_when_three_polls_in_a_row_were_led_to_the_same_address(partition):
    records = [partition.poll(redirected("https://new.example/", str(n))).events for n in range(3)]
    assert records == [[], [], ["feed moved"]]
    request = partition.request()
    sent = msgspec.msgpack.decode(request.body, type=PollRequest)
    assert (sent.url, sent.given_url, sent.etag) == ("https://new.example/", FEED.url, '"1"')
    records = PollRecords(partition.decide(Result(request, msgspec.msgpack.encode(NOT_MODIFIED))).outputs)
    assert (records.poll.url, records.poll.moved_to, records.events) == (FEED.url, "https://new.example/", [])


def test_polls_that_disagree_or_fail_to_redirect_move_nothing(partition):
    for n, url in enumerate(
        ["https://a.example/", "https://a.example/", "", "https://a.example/", "https://b.example/"]
    ):
        assert partition.poll(redirected(url, str(n))).events == []
    assert next_request(partition).url == FEED.url


def test_a_new_address_that_fails_gives_way_to_the_feed_s_own(partition):
    for n in range(3):
        partition.poll(redirected("https://new.example/", str(n)))
    records = [partition.poll(failed()).events for _ in range(3)]
    assert records == [["feed failing"], [], ["feed moved"]]
    assert next_request(partition).url == FEED.url


def test_a_moved_feed_goes_to_the_address_of_a_new_record(partition):
    for n in range(3):
        partition.poll(redirected("https://new.example/", str(n)))
    partition.update(Feed(id="f", url="https://mine.example/"))
    assert next_request(partition) == PollRequest("https://mine.example/")
