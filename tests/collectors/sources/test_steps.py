"""A poll of several steps: each is a durable request, and their documents are decided on as one, or not at all."""

import msgspec
import pytest
from msgspec.structs import replace

from collectors.deciding.parts import MOST_STEPS
from collectors.parsing.parsed import MOST_ENTRIES, Entry
from collectors.poll_result import Document, PollRequest, PollResult
from stream.engine.stage import Request, Result
from stream.records import Feed
from tests.collectors.partition import FEED, NOT_MODIFIED, Partition, PollRecords, document, entry, failed

PAGE = "https://pages.example/2"


def step(*entries: Entry, to: str = PAGE, cursor: str = "", **other: object) -> Document:
    return replace(document(*entries, **other), next_url=to, cursor=cursor)  # type: ignore[arg-type]


def answered(partition: Partition, request: Request, result: PollResult) -> tuple[PollRecords, list[Request]]:
    effects = partition.decide(Result(request, msgspec.msgpack.encode(result)))
    return PollRecords(effects.outputs), list(effects.requests)


def sent(request: Request) -> PollRequest:
    return msgspec.msgpack.decode(request.body, type=PollRequest)


def rows(partition: Partition) -> list[str]:
    return [key for table, key in partition.rows if table == "parts"]


def test_nothing_is_decided_before_the_last_step_and_then_all_at_once(partition):
    begun, (second,) = answered(partition, partition.request(), step(entry(1), entry(2), cursor="here"))
    assert (begun.outputs, partition.state.etag, partition.next_due()) == ([], "", None)
    assert sent(second) == PollRequest(PAGE, given_url=FEED.url, cursor="here", step=1, first_url=FEED.url)
    ended, more = answered(partition, second, document(entry(2), entry(3), etag='"of page 2"', body_hash="h2"))
    assert (ended.poll.entries, ended.poll.new, ended.poll.seen, more) == (4, 3, 1, [])
    assert (ended.poll.seconds, ended.poll.received) == (0.5, 2468)
    assert len({item.id for item in ended.items}) == len(ended.items) == 3
    assert (partition.state.etag, partition.state.body_hash, rows(partition)) == ('"1"', "h1", [])


def test_steps_go_on_in_another_process_where_they_were(partition):
    _, (second,) = answered(partition, partition.request(), step(entry(1)))
    later = Partition(rows=dict(partition.rows), due=dict(partition.due), now=partition.now)
    _, (third,) = answered(later, second, step(entry(2), to="https://pages.example/3"))
    ended, _ = answered(later, third, document(entry(3)))
    assert [item.title for item in ended.items] == ["Title 3", "Title 2", "Title 1"]
    assert len({request.id for request in (second, third)}) == 2


def test_a_step_that_fails_fails_the_poll_and_nothing_of_it_is_kept(partition):
    partition.poll(document(entry(1)))
    _, (second,) = answered(partition, partition.request(), step(entry(2), body_hash="h2"))
    ended, _ = answered(partition, second, failed())
    assert (ended.poll.outcome, ended.poll.state, ended.items) == ("timeout", "failing", [])
    assert (partition.state.body_hash, rows(partition)) == ("h1", [])
    assert partition.poll(document(entry(2), entry(1), body_hash="h2")).poll.new == 1


def test_an_unchanged_first_document_ends_the_poll(partition):
    _, (second,) = answered(partition, partition.request(), step(entry(1)))
    answered(partition, second, document(entry(2)))
    request = partition.request()
    assert (sent(request).etag, sent(request).step) == ('"1"', 0)
    ended, more = answered(partition, request, NOT_MODIFIED)
    assert (ended.poll.outcome, ended.poll.document_entries, more) == ("not_modified", 2, [])


def test_the_last_cursor_is_given_to_the_next_poll_and_to_no_other_source(partition):
    _, (second,) = answered(partition, partition.request(), step(entry(1), cursor="within"))
    answered(partition, second, replace(document(entry(2)), cursor="seen to 7"))
    assert sent(partition.request()).cursor == "seen to 7"
    partition.update(replace(FEED, kind="other"))
    request = sent(partition.request())
    assert (request.cursor, request.etag, request.body_hash, request.kind) == ("", "", "", "other")


@pytest.mark.parametrize("change", [None, replace(FEED, url="https://new.example/"), replace(FEED, kind="other")])
def test_a_feed_that_is_deleted_or_another_one_between_two_steps(partition, change):
    _, (second,) = answered(partition, partition.request(), step(entry(1)))
    partition.update(change)
    ended, more = answered(partition, second, document(entry(2)))
    assert (ended.outputs, more) == ([], [])
    if change is not None:
        partition.request()
    assert rows(partition) == []


def test_a_poll_that_has_begun_anew_takes_nothing_of_the_one_before(partition):
    _, (old,) = answered(partition, partition.request(), step(entry(1)))
    partition.now += 1
    partition.update(replace(FEED, interval=60))  # it is polled at once
    _, (new,) = answered(partition, partition.request(), step(entry(2)))
    late, _ = answered(partition, old, document(entry(9)))
    assert late.outputs == []
    ended, _ = answered(partition, new, document(entry(3)))
    assert [item.title for item in ended.items] == ["Title 3", "Title 2"]


def test_a_damaged_step_leaves_nothing_by_which_the_source_could_be_called_unchanged(partition):
    _, (second,) = answered(partition, partition.request(), step(entry(1)))
    last = document(entry(2))
    answered(partition, second, replace(last, parsed=replace(last.parsed, damaged=True)))
    assert (partition.state.etag, partition.state.last_modified, partition.state.body_hash) == ("", "", "")


def test_a_source_that_never_ends_fails(partition):
    request = partition.request()
    for _ in range(MOST_STEPS - 1):
        _, (request,) = answered(partition, request, step(entry(1)))
    ended, more = answered(partition, request, step(entry(1)))
    assert (ended.poll.outcome, more, rows(partition)) == ("too_large", [], [])


def test_steps_have_no_more_entries_together_than_one_document(partition):
    many = [entry(n) for n in range(MOST_ENTRIES // 2 + 1)]
    _, (second,) = answered(partition, partition.request(), step(*many))
    ended, _ = answered(partition, second, document(*many))
    assert (ended.poll.outcome, ended.items) == ("too_large", [])


def test_a_large_step_is_kept_in_rows_of_bounded_size(partition):
    long = [replace(entry(n), summary="s" * 90_000, content="é" * 90_000) for n in range(10)]
    huge = replace(entry(10), title="t" * 20_000, summary="\N{GRINNING FACE}" * 100_000, content="語" * 100_000)
    _, (second,) = answered(partition, partition.request(), step(*long, huge))
    assert len(rows(partition)) > 1
    assert max(map(len, partition.rows.values())) < 900_000
    ended, _ = answered(partition, second, document(entry(11)))
    assert (ended.poll.new, ended.items[-1].partial) == (12, True)


def test_credentials_and_options_go_with_every_step(partition):
    partition.update(Feed(id="f", url=FEED.url, credentials="bearer env:T", kind="other", options={"a": "b"}))
    first = partition.request()
    _, (second,) = answered(partition, first, step(entry(1)))
    for request in (sent(first), sent(second)):
        assert (request.credentials, request.kind, request.options) == ("bearer env:T", "other", {"a": "b"})
