"""A feed's health: when it is polled next, and the events that operators follow."""

from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest

from collectors.deciding.feed.health import longest_wait
from collectors.parsing.parsed import Entry
from collectors.poll_result import PollFailed
from stream.log.records import Tick
from stream.records import Feed, Host, encode
from stream.units import DAY, HOUR
from tests.collectors.partition import (
    FEED,
    NOT_MODIFIED,
    SAME_BODY,
    STAGE,
    Partition,
    PollRecords,
    aged,
    document,
    entry,
    failed,
)


def test_a_feed_that_answers_is_polled_after_its_interval(partition):
    partition.poll(document())
    assert 540_000 <= partition.wait <= 600_000
    partition.update(Feed(id="f", url=FEED.url, interval=60))
    records = partition.poll(NOT_MODIFIED).poll
    assert 54_000 <= partition.wait <= 60_000
    assert (records.interval, records.next_poll) == (60, partition.now + partition.wait)


def test_a_failure_has_a_kind_a_sentence_and_the_next_try(partition):
    records = partition.poll(failed("not_a_feed")).poll
    assert (records.outcome, records.state) == ("not_a_feed", "failing")
    assert records.error is not None
    assert (records.error.kind, records.error.message) == ("not_a_feed", "because of this")
    assert records.next_poll == partition.now + partition.wait


def test_the_wait_grows_with_failures_up_to_a_day(partition):
    waits = []
    for _ in range(14):
        partition.poll(failed())
        waits.append(partition.wait)
    assert all(later > 1.5 * before for before, later in pairwise(waits[:7]))
    assert 540_000 <= waits[0] <= 600_000
    assert all(0.9 * 24 * HOUR <= wait <= 24 * HOUR for wait in waits[8:])


def test_one_success_ends_the_backoff(partition):
    for answer in [failed(), failed(), failed(), NOT_MODIFIED, failed()]:
        partition.poll(answer)
    assert partition.wait <= 600_000


@pytest.mark.parametrize(("seconds", "least"), [(7200, 2 * HOUR), (86_400, 24 * HOUR), (1, 540_000)])
def test_retry_after_is_obeyed_and_never_shortens_a_wait(partition, seconds, least):
    partition.poll(failed("rate_limited", seconds))
    assert partition.wait >= least


def test_a_feed_that_is_gone_is_not_polled_until_somebody_resumes_it(partition):
    records = partition.poll(failed("gone"))
    assert (records.poll.state, records.poll.next_poll, records.events) == ("gone", None, ["feed gone"])
    assert partition.next_due() is None
    partition.update(FEED)
    assert partition.poll(document()).events == ["feed healthy"]


def test_changes_of_state_are_reported_once(partition):
    answers = [document(), NOT_MODIFIED, failed(), failed(), SAME_BODY, failed(), document(body_hash="h2")]
    records = [partition.poll(answer).events for answer in answers]
    assert records == [[], [], ["feed failing"], [], ["feed healthy"], ["feed failing"], ["feed healthy"]]


def test_a_feed_that_fails_from_the_start_is_reported(partition):
    assert partition.poll(failed()).events == ["feed failing"]


def test_an_address_that_nobody_has_looked_at_is_unverified_until_its_first_good_poll(partition):
    partition.update(Feed(id="f", url=FEED.url, unverified=True))
    records = [partition.poll(answer) for answer in [failed(), failed(), document(), failed(), failed("gone")]]
    assert [each.poll.state for each in records] == ["unverified", "unverified", "healthy", "failing", "gone"]
    assert [each.events for each in records] == [
        ["feed unverified"], [], ["feed healthy"], ["feed failing"], ["feed gone"],
    ]  # fmt: skip


def test_an_address_that_nobody_has_looked_at_and_that_is_read_at_once_is_no_event(partition):
    partition.update(Feed(id="f", url=FEED.url, unverified=True))
    assert partition.poll(document()).events == []


def test_whoever_adds_a_feed_vouches_for_its_address(partition):
    partition.update(Feed(id="f", url=FEED.url, unverified=True))
    partition.poll(failed())
    partition.update(FEED)
    assert partition.poll(failed()).poll.state == "failing"


def test_a_gap_is_reported_and_the_feed_polled_faster(partition):
    partition.poll(document(entry(1), entry(2)))
    calm = partition.poll(document(entry(2), entry(3), body_hash="h2"))
    assert (calm.poll.gap, calm.poll.interval) == (False, 600)
    records = partition.poll(document(entry(4), entry(5), body_hash="h3"))
    assert (records.poll.gap, records.events, records.poll.interval) == (True, ["feed gap"], 300)
    assert partition.poll(document(entry(6), entry(7), body_hash="h4")).poll.interval == 150
    assert partition.poll(NOT_MODIFIED).poll.interval == 150
    for n in range(7, 10):
        calm = partition.poll(document(entry(n + 1), entry(n), body_hash=f"h{n}"))
    assert calm.poll.interval == 600


def test_after_an_empty_document_there_is_no_gap(partition):
    partition.poll(document())
    assert not partition.poll(document(entry(1), body_hash="h2")).poll.gap
    partition.poll(document(body_hash="h3"))
    assert not partition.poll(document(entry(2), body_hash="h4")).poll.gap


def test_a_feed_that_brings_something_rarely_is_polled_rarely_within_its_bounds(partition):
    records = partition.poll(document(*[aged(n, n) for n in range(20)]))
    assert (records.poll.item_interval, records.poll.interval, records.poll.state) == (86_400, 3600, "healthy")
    partition.update(Feed(id="f", url=FEED.url, interval=600, longest=1800))
    assert partition.poll(NOT_MODIFIED).poll.interval == 1800
    partition.update(Feed(id="f", url=FEED.url, interval=5))
    assert partition.poll(NOT_MODIFIED).poll.interval == 5


def test_a_feed_that_has_been_silent_for_much_longer_than_usual_is_reported(partition):
    assert partition.poll(document(*[aged(n, n) for n in range(20)])).events == []
    partition.now += 3 * DAY
    assert partition.poll(NOT_MODIFIED).events == []
    partition.now += 3 * DAY
    records = partition.poll(NOT_MODIFIED)
    assert (records.events, records.poll.state, records.poll.since) == (["feed silent"], "silent", partition.now)
    assert partition.poll(failed()).poll.state == "failing"
    assert partition.poll(NOT_MODIFIED).events == ["feed silent"]
    back = partition.poll(document(aged(50, 30), body_hash="h2"))
    assert (back.poll.state, back.events) == ("silent", ["feed gap"])  # its date is an old one
    fresh = Entry("urn:99", "https://example.com/99", "Fresh", "S", "", partition.now, "en")
    assert partition.poll(document(fresh, aged(50, 30), body_hash="h3")).events == ["feed healthy"]


def test_a_feed_whose_host_backs_off_is_deferred_without_a_request(partition):
    partition.poll(document(entry(1)))
    partition.hosts["feeds.example"] = encode(Host(host="feeds.example", until=partition.due["feeds", "f"] + HOUR))
    partition.now = partition.due["feeds", "f"]
    effects = partition.decide(Tick("feeds", "f", partition.now))
    records = PollRecords(effects.outputs)
    assert (effects.requests, records.poll.outcome, records.poll.state, records.events) == (
        [],
        "rate_limited",
        "healthy",
        [],
    )
    assert HOUR <= partition.wait <= 1.1 * HOUR
    assert records.poll.next_poll == partition.now + partition.wait
    assert partition.wait <= longest_wait(partition.state, STAGE.intervals)


def test_a_backoff_is_recorded_and_is_over_after_a_good_poll(partition):
    records = partition.poll(PollFailed("rate_limited", "wait", 60, 1.0, host="feeds.example", backoff=60))
    assert [out.key for out in records.of("hosts")] == ["feeds.example"]
    assert partition.hosts
    partition.poll(document(entry(1)))
    assert not partition.hosts


def test_days_without_news_are_waited_out_whole_unless_a_person_has_set_the_interval():
    friday = int(datetime(2025, 6, 6, 23, 55, tzinfo=UTC).timestamp() * 1000)
    for wish, least, most in ((FEED, 48 * HOUR, 49.5 * HOUR), (msgspec.structs.replace(FEED, interval=900), 0, HOUR)):
        partition = Partition(now=friday)
        partition.update(wish)
        found = document(entry(1))
        partition.poll(msgspec.structs.replace(found, parsed=msgspec.structs.replace(found.parsed, skip_days=(5, 6))))
        assert least < partition.wait < most
        assert partition.wait <= longest_wait(partition.state, STAGE.intervals)
