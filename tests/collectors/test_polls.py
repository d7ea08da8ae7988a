"""The collect stage: a poll's items and its balance, the baseline, and which validators a request carries."""

from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from collectors.poll_result import POLL, PollRequest
from stream.engine.stage import Result
from stream.records import Feed
from stream.units import DAY, HOUR
from tests.collectors.partition import (
    FEED,
    NOT_MODIFIED,
    NOW,
    SAME_BODY,
    STAGE,
    Partition,
    document,
    entry,
    failed,
    next_request,
)


def test_a_feed_is_polled_at_once(partition):
    assert partition.due["feeds", "f"] == NOW
    request = partition.request()
    assert request.kind == POLL
    assert msgspec.msgpack.decode(request.body, type=PollRequest) == PollRequest(FEED.url)


def test_the_first_poll_is_a_baseline_and_the_second_is_not(partition):
    first = partition.poll(document(entry(1), entry(2)))
    assert (first.poll.new, first.poll.baseline, first.poll.state) == (2, 2, "healthy")
    assert first.poll.received == 1234
    second = partition.poll(document(entry(1), entry(3), body_hash="h2"))
    assert (second.poll.new, second.poll.seen, second.poll.baseline) == (1, 1, 0)
    assert [item.baseline for item in first.items + second.items] == [True, True, False]


def test_an_empty_first_document_is_the_baseline(partition):
    partition.poll(document())
    assert not partition.poll(document(entry(1), body_hash="h2")).items[0].baseline


def test_where_there_is_to_be_no_baseline_the_first_document_is_news():
    partition = Partition(replace(STAGE, documents=replace(STAGE.documents, baseline=False)))
    partition.update(FEED)
    assert [item.baseline for item in partition.poll(document(entry(1), entry(2))).items] == [False, False]


def test_a_failed_first_poll_is_no_baseline(partition):
    partition.poll(failed())
    assert partition.poll(document(entry(1))).items[0].baseline


def test_an_edit_is_a_revision_of_the_same_item(partition):
    (one,) = partition.poll(document(entry(1))).items
    records = partition.poll(document(entry(1, "Other"), body_hash="h2"))
    assert (records.poll.new, records.poll.revised) == (0, 1)
    assert (records.items[0].id, records.items[0].revision, records.items[0].title) == (one.id, 1, "Other")


def test_items_are_keyed_by_their_id_and_polls_by_their_feed(partition):
    records = partition.poll(document(entry(1)))
    assert [out.key for out in records.of("items")] == [records.items[0].id]
    assert [out.key for out in records.of("polls")] == ["f"]


def test_validators_are_sent_back_with_the_next_request(partition):
    partition.poll(document(entry(1)))
    request = msgspec.msgpack.decode(partition.request().body, type=PollRequest)
    assert request == PollRequest(FEED.url, '"1"', "Mon", "h1")


def test_validators_are_stored_in_the_commit_of_the_items_and_only_there(partition):
    request = partition.request()
    assert (partition.state.etag, partition.state.body_hash, partition.state.seen_rows) == ("", "", ())
    effects = partition.decide(Result(request, msgspec.msgpack.encode(document(entry(1)))))
    assert {out.topic for out in effects.outputs} == {"items", "polls"}
    assert any(change.table == "feeds" and b'"h1"' in (change.value or b"") for change in effects.changes)
    partition.poll(failed())
    assert (partition.state.etag, partition.state.body_hash) == ('"1"', "h1")


def test_not_modified_reads_no_entries_and_still_counts_those_of_the_document(partition):
    partition.poll(document(entry(1), entry(2)))
    records = partition.poll(NOT_MODIFIED).poll
    assert (records.outcome, records.entries, records.document_entries, records.seen) == ("not_modified", 0, 2, 0)
    assert (partition.state.etag, partition.state.last_modified) == ('"1"', "Mon")


def test_the_same_body_counts_as_seen_and_renews_the_validators(partition):
    partition.poll(document(entry(1), entry(2)))
    records = partition.poll(SAME_BODY).poll
    assert (records.outcome, records.entries, records.seen, records.document_entries) == ("ok", 2, 2, 2)
    assert (partition.state.etag, partition.state.last_modified, partition.state.body_hash) == ('"2"', "Tue", "h1")


def test_a_poll_that_brings_nothing_reads_no_other_row_than_its_feeds(partition):
    partition.poll(document(entry(1)))
    read, get = [], partition.get

    def reading(table: str, key: str) -> bytes | None:
        read.append((table, key))
        return get(table, key)

    partition.get = reading
    partition.poll(NOT_MODIFIED)
    assert read == [("feeds", "f")] * 2


@given(
    st.lists(
        st.one_of(st.lists(st.integers(0, 9), max_size=9), st.sampled_from([NOT_MODIFIED, SAME_BODY, failed()])),
        max_size=6,
    )
)
def test_balances_come_out_whatever_comes(answers):
    partition = Partition()
    partition.update(FEED)
    known: set[int] = set()
    for answer in answers:
        if isinstance(answer, list):
            records = partition.poll(document(*map(entry, answer)))
            assert records.poll.new == len(set(answer) - known)
            assert (records.poll.entries, records.poll.document_entries) == (len(answer), len(answer))
            known |= set(answer)
        else:
            records = partition.poll(answer)
            assert (records.poll.new, records.items) == (0, [])


def test_titles_come_from_the_record_or_the_feed_as_clean_text(partition):
    assert partition.poll(document(entry(1), title="<b>The</b>\u202e Feed")).items[0].source == "The Feed"
    assert partition.poll(NOT_MODIFIED).poll.title == "The Feed"
    partition.update(Feed(id="f", url=FEED.url, title="Mine"))
    records = partition.poll(document(entry(2), body_hash="h2"))
    assert (records.items[0].source, records.poll.title) == ("Mine", "Mine")


def test_the_entries_of_a_large_document_are_kept_in_several_rows(partition):
    many = [entry(n) for n in range(13_000)]
    assert partition.poll(document(*many)).poll.new == 13_000
    assert len(partition.state.seen_rows) == 4
    assert max(map(len, partition.rows.values())) < 900_000
    assert partition.poll(document(*many, body_hash="h2")).poll.seen == 13_000


def test_old_entries_are_forgotten_with_their_row(partition):
    partition.poll(document(entry(1)))
    partition.now += 430 * 24 * HOUR
    partition.poll(document(entry(2), body_hash="h2"))
    assert [key for table, key in partition.rows if table == "seen"] == ["f/202507"]


def test_every_so_often_a_document_is_requested_without_validators(partition):
    partition.poll(document(entry(1)))
    partition.now += 31 * DAY
    request = next_request(partition)
    assert (request.etag, request.last_modified, request.body_hash) == ("", "", "h1")
    partition = Partition()
    partition.update(FEED)
    partition.poll(document(entry(1)))
    partition.now += 31 * DAY
    partition.poll(SAME_BODY)
    assert next_request(partition).etag == '"2"'


def test_validators_that_hid_a_change_are_not_sent_any_more(partition):
    partition.poll(document(entry(1)))
    partition.now += 31 * DAY
    assert partition.poll(document(entry(2), entry(1), body_hash="h2")).poll.new == 1  # under the same ETag
    assert (next_request(partition).etag, partition.state.distrusted) == ("", True)


def test_other_validators_of_a_forced_document_have_hidden_nothing(partition):
    partition.poll(document(entry(1)))
    partition.now += 31 * DAY
    partition.poll(document(entry(2), entry(1), body_hash="h2", etag='"2"'))
    assert next_request(partition).etag == '"2"'


def test_warnings_are_on_the_poll(partition):
    found = document(entry(1))
    odd = msgspec.structs.replace(found.parsed, warnings=("odd",))
    assert partition.poll(msgspec.structs.replace(found, parsed=odd)).poll.warnings == ("odd",)
