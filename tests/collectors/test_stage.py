"""The collect stage: polls that are due, balances that come out, and a feed's health."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.flood import Limits
from collectors.deciding.health import longest_wait
from collectors.deciding.interval import Pace
from collectors.deciding.state import FeedState
from collectors.parsing.parsed import Entry, Parsed
from collectors.poll_result import Document, Order, PollAnswer, PollFailed, Unchanged
from collectors.stage import CollectStage
from stream.engine.stage import Effects, Event, Request, Result
from stream.engine.tables import Tables
from stream.log.records import Out, Record, Tick
from stream.records import Feed, HealthEvent, Host, Item, Poll, decode, encode
from stream.units import DAY, HOUR

NOW = 1_715_000_000_000
WISH = Feed(id="f", url="https://feeds.example/feed")
STAGE = CollectStage(Pace(600, 60, 3600), Limits(7 * DAY, 100), silent_after=86_400, full_every=30 * 86_400)


@dataclass
class Partition:
    """The rows of one partition, and the heart's part of a turn."""

    stage: CollectStage = STAGE
    rows: dict[tuple[str, str], bytes] = field(default_factory=dict)
    due: dict[tuple[str, str], int] = field(default_factory=dict)
    hosts: dict[str, bytes] = field(default_factory=dict)
    now: int = NOW

    def get(self, table: str, key: str) -> bytes | None:
        return self.rows.get((table, key))

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return iter(sorted((key, row) for (name, key), row in self.rows.items() if name == table))

    def next_due(self) -> int | None:
        return min(self.due.values(), default=None)

    def turn(self, *events: Event) -> Effects:
        effects = self.stage.decide(Tables(self, {"hosts": self.hosts}), events, self.now)
        for out in effects.outputs:
            if out.topic == "hosts":
                self.hosts.pop(out.key, None)
                self.hosts |= {out.key: out.value} if out.value else {}
        for change in effects.changes:
            place = (change.table, change.key)
            self.rows.pop(place, None)
            self.due.pop(place, None)
            if change.value is not None:
                self.rows[place] = change.value
                if change.due is not None:
                    self.due[place] = change.due
        return effects

    def wish(self, wish: Feed | None, key: str = "f") -> "Told":
        return Told(self.turn(Record("feeds", 0, 0, key, None if wish is None else encode(wish), self.now)).outputs)

    def request(self, key: str = "f") -> Request:
        """The one request when the feed is due."""
        due = self.due["feeds", key]
        self.now = max(self.now, due)
        (request,) = self.turn(Tick("feeds", key, due)).requests
        assert ("feeds", key) not in self.due
        return request

    def poll(self, answer: PollAnswer) -> "Told":
        return Told(self.turn(Result(self.request(), msgspec.msgpack.encode(answer))).outputs)

    @property
    def state(self) -> FeedState:
        return msgspec.json.decode(self.rows["feeds", "f"], type=FeedState)

    @property
    def wait(self) -> int:
        """From now to the next poll."""
        return self.due["feeds", "f"] - self.now


@dataclass
class Told:
    """The records of a poll."""

    outputs: Sequence[Out]

    def of(self, topic: str) -> list[Out]:
        return [out for out in self.outputs if out.topic == topic]

    @property
    def poll(self) -> Poll:
        (out,) = self.of("polls")
        poll = decode(out.value, Poll)
        assert poll.entries == poll.new + poll.revised + poll.seen + poll.held_back + poll.refused
        return poll

    @property
    def items(self) -> list[Item]:
        return [decode(out.value, Item) for out in self.of("items")]

    @property
    def events(self) -> list[str]:
        return [decode(out.value, HealthEvent).kind for out in self.of("events")]


def entry(n: int, title: str = "") -> Entry:
    return Entry(f"urn:{n}", f"https://example.com/{n}", title or f"Title {n}", "S", "", "", NOW - n, "en")


def document(*entries: Entry, etag: str = '"1"', body_hash: str = "h1", title: str = "Feed") -> Document:
    return Document(etag, "Mon", body_hash, "", Parsed(title, "en", "", entries), 0.25, received=1234)


def failed(kind: str = "timeout", retry_after: float = 0.0) -> PollFailed:
    return PollFailed(kind, "because of this", retry_after, 1.0)


NOT_MODIFIED = Unchanged("", "", True, 0.1)
SAME_BODY = Unchanged('"2"', "Tue", False, 0.1)


@pytest.fixture
def feed() -> Partition:
    """A partition with one wish."""
    partition = Partition()
    partition.wish(WISH)
    return partition


def test_a_wish_is_polled_at_once(feed):
    assert feed.due["feeds", "f"] == NOW
    request = feed.request()
    assert request.kind == "fetch"
    assert msgspec.msgpack.decode(request.body, type=Order) == Order(WISH.url)


def test_the_first_poll_is_a_baseline_and_the_second_is_not(feed):
    first = feed.poll(document(entry(1), entry(2)))
    assert (first.poll.new, first.poll.baseline, first.poll.state) == (2, 2, "healthy")
    assert first.poll.received == 1234
    second = feed.poll(document(entry(1), entry(3), body_hash="h2"))
    assert (second.poll.new, second.poll.seen, second.poll.baseline) == (1, 1, 0)
    assert [item.baseline for item in first.items + second.items] == [True, True, False]


def test_an_empty_first_document_is_the_baseline(feed):
    feed.poll(document())
    assert not feed.poll(document(entry(1), body_hash="h2")).items[0].baseline


def test_where_there_is_to_be_no_baseline_the_first_document_is_news():
    feed = Partition(replace(STAGE, baseline=False))
    feed.wish(WISH)
    assert [item.baseline for item in feed.poll(document(entry(1), entry(2))).items] == [False, False]


def test_a_failed_first_poll_is_no_baseline(feed):
    feed.poll(failed())
    assert feed.poll(document(entry(1))).items[0].baseline


def test_an_edit_is_a_revision_of_the_same_item(feed):
    (one,) = feed.poll(document(entry(1))).items
    told = feed.poll(document(entry(1, "Other"), body_hash="h2"))
    assert (told.poll.new, told.poll.revised) == (0, 1)
    assert (told.items[0].id, told.items[0].revision, told.items[0].title) == (one.id, 1, "Other")


def test_items_are_keyed_by_their_id_and_polls_by_their_feed(feed):
    told = feed.poll(document(entry(1)))
    assert [out.key for out in told.of("items")] == [told.items[0].id]
    assert [out.key for out in told.of("polls")] == ["f"]


def test_validators_are_sent_back_with_the_next_request(feed):
    feed.poll(document(entry(1)))
    order = msgspec.msgpack.decode(feed.request().body, type=Order)
    assert order == Order(WISH.url, '"1"', "Mon", "h1")


def test_validators_are_stored_in_the_commit_of_the_items_and_only_there(feed):
    request = feed.request()
    assert (feed.state.etag, feed.state.body_hash, feed.state.seen_rows) == ("", "", ())
    effects = feed.turn(Result(request, msgspec.msgpack.encode(document(entry(1)))))
    assert {out.topic for out in effects.outputs} == {"items", "polls"}
    assert any(change.table == "feeds" and b'"h1"' in (change.value or b"") for change in effects.changes)
    feed.poll(failed())
    assert (feed.state.etag, feed.state.body_hash) == ('"1"', "h1")


def test_not_modified_reads_no_entries_and_still_says_how_many_there_are(feed):
    feed.poll(document(entry(1), entry(2)))
    told = feed.poll(NOT_MODIFIED).poll
    assert (told.outcome, told.entries, told.shown, told.seen) == ("not_modified", 0, 2, 0)
    assert (feed.state.etag, feed.state.last_modified) == ('"1"', "Mon")


def test_the_same_body_counts_as_seen_and_renews_the_validators(feed):
    feed.poll(document(entry(1), entry(2)))
    told = feed.poll(SAME_BODY).poll
    assert (told.outcome, told.entries, told.seen, told.shown) == ("ok", 2, 2, 2)
    assert (feed.state.etag, feed.state.last_modified, feed.state.body_hash) == ('"2"', "Tue", "h1")


@given(
    st.lists(
        st.one_of(st.lists(st.integers(0, 9), max_size=9), st.sampled_from([NOT_MODIFIED, SAME_BODY, failed()])),
        max_size=6,
    )
)
def test_balances_come_out_whatever_comes(answers):
    feed = Partition()
    feed.wish(WISH)
    known: set[int] = set()
    for answer in answers:
        if isinstance(answer, list):
            told = feed.poll(document(*map(entry, answer)))
            assert told.poll.new == len(set(answer) - known)
            assert (told.poll.entries, told.poll.shown) == (len(answer), len(answer))
            known |= set(answer)
        else:
            told = feed.poll(answer)
            assert (told.poll.new, told.items) == (0, [])


def test_a_feed_that_answers_is_polled_after_its_interval(feed):
    feed.poll(document())
    assert 540_000 <= feed.wait <= 600_000
    feed.wish(Feed(id="f", url=WISH.url, interval=60))
    told = feed.poll(NOT_MODIFIED).poll
    assert 54_000 <= feed.wait <= 60_000
    assert (told.interval, told.next_poll) == (60, feed.now + feed.wait)


def test_failures_are_told_with_kind_sentence_and_next_try(feed):
    told = feed.poll(failed("not_a_feed")).poll
    assert (told.outcome, told.state) == ("not_a_feed", "failing")
    assert told.error is not None
    assert (told.error.kind, told.error.message) == ("not_a_feed", "because of this")
    assert told.next_poll == feed.now + feed.wait


def test_the_wait_grows_with_failures_up_to_a_day(feed):
    waits = []
    for _ in range(14):
        feed.poll(failed())
        waits.append(feed.wait)
    assert all(later > 1.5 * before for before, later in pairwise(waits[:7]))
    assert 540_000 <= waits[0] <= 600_000
    assert all(0.9 * 24 * HOUR <= wait <= 24 * HOUR for wait in waits[8:])


def test_one_success_ends_the_backoff(feed):
    for answer in [failed(), failed(), failed(), NOT_MODIFIED, failed()]:
        feed.poll(answer)
    assert feed.wait <= 600_000


@pytest.mark.parametrize(("seconds", "least"), [(7200, 2 * HOUR), (86_400, 24 * HOUR), (1, 540_000)])
def test_retry_after_is_obeyed_and_never_shortens_a_wait(feed, seconds, least):
    feed.poll(failed("rate_limited", seconds))
    assert feed.wait >= least


def test_a_feed_that_is_gone_is_not_polled_until_somebody_wishes_it(feed):
    told = feed.poll(failed("gone"))
    assert (told.poll.state, told.poll.next_poll, told.events) == ("gone", None, ["feed gone"])
    assert feed.next_due() is None
    feed.wish(WISH)
    assert feed.poll(document()).events == ["feed healthy"]


def test_changes_of_state_are_told_once(feed):
    answers = [document(), NOT_MODIFIED, failed(), failed(), SAME_BODY, failed(), document(body_hash="h2")]
    told = [feed.poll(answer).events for answer in answers]
    assert told == [[], [], ["feed failing"], [], ["feed healthy"], ["feed failing"], ["feed healthy"]]


def test_a_feed_that_fails_from_the_start_is_told(feed):
    assert feed.poll(failed()).events == ["feed failing"]


def test_a_paused_feed_rests_and_goes_on_where_it_was(feed):
    feed.poll(document(entry(1)))
    assert feed.wish(Feed(id="f", url=WISH.url, paused=True)).events == ["feed paused"]
    assert feed.next_due() is None
    assert feed.wish(Feed(id="f", url=WISH.url, paused=True)).events == []
    feed.wish(WISH)
    assert feed.wait <= 0
    told = feed.poll(document(entry(1), body_hash="h2"))
    assert (told.poll.seen, told.events) == (1, ["feed healthy"])


def test_paused_while_polled(feed):
    request = feed.request()
    feed.wish(Feed(id="f", url=WISH.url, paused=True))
    outputs = feed.turn(Result(request, msgspec.msgpack.encode(document(entry(1))))).outputs
    assert len(Told(outputs).items) == 1
    assert (feed.next_due(), feed.state.state) == (None, "paused")


def test_a_removed_feed_leaves_nothing(feed):
    feed.poll(document(entry(1)))
    assert ("seen", "f/202405") in feed.rows
    feed.wish(None)
    assert (feed.rows, feed.due) == ({}, {})
    feed.wish(None)
    assert feed.rows == {}


def test_removed_while_polled(feed):
    request = feed.request()
    feed.wish(None)
    effects = feed.turn(Result(request, msgspec.msgpack.encode(document(entry(1)))))
    assert (effects.outputs, effects.changes, feed.rows) == ([], (), {})


def test_a_wake_up_without_a_feed_asks_for_nothing():
    assert not Partition().turn(Tick("feeds", "f", NOW)).requests


def test_another_address_gets_no_validators_of_the_old_one_and_the_same_entries_stay_known(feed):
    feed.poll(document(entry(1)))
    moved = Feed(id="f", url="https://new.example/feed")
    feed.wish(moved)
    request = feed.request()
    assert msgspec.msgpack.decode(request.body, type=Order) == Order(moved.url)
    outputs = feed.turn(Result(request, msgspec.msgpack.encode(document(entry(1))))).outputs
    assert (Told(outputs).poll.seen, Told(outputs).items) == (1, [])


def test_an_answer_of_the_old_address_is_not_taken_for_one_of_the_new(feed):
    request = feed.request()
    feed.wish(Feed(id="f", url="https://new.example/feed"))
    effects = feed.turn(Result(request, msgspec.msgpack.encode(document(entry(1)))))
    assert (effects.outputs, effects.changes) == ([], ())
    assert feed.due["feeds", "f"] == feed.now


def test_titles_come_from_the_wish_or_the_feed_as_clean_text(feed):
    assert feed.poll(document(entry(1), title="<b>The</b>\u202e Feed")).items[0].source == "The Feed"
    assert feed.poll(NOT_MODIFIED).poll.title == "The Feed"
    feed.wish(Feed(id="f", url=WISH.url, title="Mine"))
    told = feed.poll(document(entry(2), body_hash="h2"))
    assert (told.items[0].source, told.poll.title) == ("Mine", "Mine")


def test_feeds_of_one_partition_do_not_mix():
    feed = Partition()
    other = Feed(id="a/b", url="https://other.example/feed")
    feed.wish(WISH)
    feed.wish(other, "a/b")
    feed.poll(document(entry(1)))
    outputs = feed.turn(Result(feed.request("a/b"), msgspec.msgpack.encode(document(entry(1))))).outputs
    assert [item.feed for item in Told(outputs).items] == ["a/b"]
    assert {key for _, key in feed.rows} == {"f", "a/b", "f/202405", "a/b/202405"}


def test_a_large_document_is_remembered_in_several_rows(feed):
    many = [entry(n) for n in range(13_000)]
    assert feed.poll(document(*many)).poll.new == 13_000
    assert len(feed.state.seen_rows) == 4
    assert max(map(len, feed.rows.values())) < 900_000
    assert feed.poll(document(*many, body_hash="h2")).poll.seen == 13_000


def test_old_memory_goes_with_its_row(feed):
    feed.poll(document(entry(1)))
    feed.now += 430 * 24 * HOUR
    feed.poll(document(entry(2), body_hash="h2"))
    assert [key for table, key in feed.rows if table == "seen"] == ["f/202507"]


def led(url: str, body_hash: str) -> Document:
    return msgspec.structs.replace(document(entry(1), body_hash=body_hash), permanent_url=url)


def orders(feed: Partition) -> Order:
    return msgspec.msgpack.decode(feed.request().body, type=Order)


def test_a_feed_moves_when_three_polls_running_were_led_to_the_same_address(feed):
    told = [feed.poll(led("https://new.example/", str(n))).events for n in range(3)]
    assert told == [[], [], ["feed moved"]]
    request = feed.request()
    order = msgspec.msgpack.decode(request.body, type=Order)
    assert (order.url, order.given_url, order.etag) == ("https://new.example/", WISH.url, '"1"')
    told = Told(feed.turn(Result(request, msgspec.msgpack.encode(NOT_MODIFIED))).outputs)
    assert (told.poll.url, told.poll.moved_to, told.events) == (WISH.url, "https://new.example/", [])


def test_polls_that_disagree_or_fail_to_redirect_move_nothing(feed):
    for n, url in enumerate(
        ["https://a.example/", "https://a.example/", "", "https://a.example/", "https://b.example/"]
    ):
        assert feed.poll(led(url, str(n))).events == []
    assert orders(feed).url == WISH.url


def test_a_new_address_that_fails_gives_way_to_the_wish(feed):
    for n in range(3):
        feed.poll(led("https://new.example/", str(n)))
    told = [feed.poll(failed()).events for _ in range(3)]
    assert told == [["feed failing"], [], ["feed moved"]]
    assert orders(feed).url == WISH.url


def test_a_moved_feed_goes_to_the_address_of_a_new_wish(feed):
    for n in range(3):
        feed.poll(led("https://new.example/", str(n)))
    feed.wish(Feed(id="f", url="https://mine.example/"))
    assert orders(feed) == Order("https://mine.example/")


def test_credentials_go_with_the_order_as_a_reference(feed):
    feed.wish(Feed(id="f", url=WISH.url, credentials="bearer env:TOKEN"))
    assert orders(feed).credentials == "bearer env:TOKEN"


def test_every_so_often_a_document_is_asked_for_without_validators(feed):
    feed.poll(document(entry(1)))
    feed.now += 31 * DAY
    order = orders(feed)
    assert (order.etag, order.last_modified, order.body_hash) == ("", "", "h1")
    feed = Partition()
    feed.wish(WISH)
    feed.poll(document(entry(1)))
    feed.now += 31 * DAY
    feed.poll(SAME_BODY)
    assert orders(feed).etag == '"2"'


def test_validators_that_lied_are_not_sent_any_more(feed):
    feed.poll(document(entry(1)))
    feed.now += 31 * DAY
    assert feed.poll(document(entry(2), entry(1), body_hash="h2")).poll.new == 1  # under the same ETag
    assert (orders(feed).etag, feed.state.distrusted) == ("", True)


def test_other_validators_of_a_forced_document_are_no_lie(feed):
    feed.poll(document(entry(1)))
    feed.now += 31 * DAY
    feed.poll(document(entry(2), entry(1), body_hash="h2", etag='"2"'))
    assert orders(feed).etag == '"2"'


def aged(n: int, days: float) -> Entry:
    """An entry whose date is so many days before the test's beginning."""
    return Entry(f"urn:{n}", f"https://example.com/{n}", f"T {n}", "S" * 400, "", f"{n}", int(NOW - days * DAY), "en")


def undated(n: int) -> Entry:
    return Entry(f"urn:{n}", f"https://example.com/{n}", f"T {n}", "S", "", "", None, "en")


def test_what_was_missed_is_news_while_it_is_young_and_history_when_it_is_old(feed):
    feed.poll(document(aged(1, 30)))
    told = feed.poll(document(aged(4, 1), aged(3, 6), aged(2, 8), aged(1, 30), body_hash="h2"))
    assert [(item.title, item.baseline) for item in told.items] == [("T 2", True), ("T 3", False), ("T 4", False)]
    assert (told.poll.new, told.poll.baseline, told.poll.held_back) == (3, 1, 0)


def test_a_thousand_old_items_are_held_back_and_the_news_among_them_is_not(feed):
    feed.poll(document(aged(0, 1)))
    old = [aged(n, 100 + n) for n in range(2, 1002)]
    told = feed.poll(document(aged(1, 0), aged(0, 1), *old, body_hash="h2"))
    assert ([item.title for item in told.items], told.poll.held_back, told.poll.held) == (["T 1"], 1000, 1000)
    assert told.events == ["feed held back"]
    again = feed.poll(document(aged(1, 0), *old, body_hash="h3"))
    assert (again.poll.new, again.poll.held_back, again.poll.held, again.events) == (0, 1000, 1000, [])
    same = feed.poll(SAME_BODY)
    assert (same.poll.seen, same.poll.held_back) == (1, 1000)


def test_a_flood_without_dates_lets_the_first_through_that_stand_above_the_known(feed):
    feed.poll(document(undated(0)))
    flood = [undated(n) for n in range(10, 1010)]
    told = feed.poll(document(undated(1), undated(0), *flood, body_hash="h2"))
    assert ([item.title for item in told.items], told.poll.held_back) == (["T 1"], 1000)
    new = Partition()
    new.wish(WISH)
    new.poll(document(undated(0)))
    assert (new.poll(document(*flood, body_hash="h2")).poll.new, new.state.held) == (100, 900)


def test_what_was_held_back_is_let_through_when_a_person_says_so(feed):
    feed.poll(document(aged(0, 1)))
    old = [aged(n, 100 + n) for n in range(1, 1001)]
    feed.poll(document(*old, body_hash="h2"))
    feed.wish(Feed(id="f", url=WISH.url, released=NOW))
    rows = sorted(key for table, key in feed.due if table == "held")
    assert len(rows) > 1
    released = []
    for number, key in enumerate(rows):
        feed.now = feed.due["held", key]
        released += Told(feed.turn(Tick("held", key, feed.now)).outputs).items
        assert len(rows) - number - 1 == len([key for table, key in feed.rows if table == "held"])
    assert {item.title for item in released} == {f"T {n}" for n in range(1, 1001)}
    assert {(item.baseline, item.revision) for item in released} == {(False, 0)}
    told = feed.poll(document(*old, body_hash="h3"))
    assert (told.poll.seen, told.poll.held, told.items) == (1000, 0, [])
    edited = msgspec.structs.replace(old[0], title="Other")
    assert feed.poll(document(edited, body_hash="h4")).items[0].revision == 1


def test_what_is_held_back_goes_with_its_feed(feed):
    feed.poll(document(aged(0, 1)))
    feed.poll(document(*[aged(n, 100 + n) for n in range(1, 200)], body_hash="h2"))
    feed.wish(None)
    assert feed.rows == {}


def test_a_window_that_turned_over_is_told_and_polled_faster(feed):
    feed.poll(document(entry(1), entry(2)))
    calm = feed.poll(document(entry(2), entry(3), body_hash="h2"))
    assert (calm.poll.gap, calm.poll.interval) == (False, 600)
    told = feed.poll(document(entry(4), entry(5), body_hash="h3"))
    assert (told.poll.gap, told.events, told.poll.interval) == (True, ["feed gap"], 300)
    assert feed.poll(document(entry(6), entry(7), body_hash="h4")).poll.interval == 150
    assert feed.poll(NOT_MODIFIED).poll.interval == 150
    for n in range(7, 10):
        calm = feed.poll(document(entry(n + 1), entry(n), body_hash=f"h{n}"))
    assert calm.poll.interval == 600


def test_an_empty_document_is_no_window_that_turned_over(feed):
    feed.poll(document())
    assert not feed.poll(document(entry(1), body_hash="h2")).poll.gap
    feed.poll(document(body_hash="h3"))
    assert not feed.poll(document(entry(2), body_hash="h4")).poll.gap


def test_a_feed_that_brings_something_rarely_is_polled_rarely_within_its_bounds(feed):
    told = feed.poll(document(*[aged(n, n) for n in range(20)]))
    assert (told.poll.rhythm, told.poll.interval, told.poll.state) == (86_400, 3600, "healthy")
    feed.wish(Feed(id="f", url=WISH.url, interval=600, longest=1800))
    assert feed.poll(NOT_MODIFIED).poll.interval == 1800
    feed.wish(Feed(id="f", url=WISH.url, interval=5))
    assert feed.poll(NOT_MODIFIED).poll.interval == 5


def test_a_feed_that_has_been_silent_for_much_longer_than_usual_is_told(feed):
    assert feed.poll(document(*[aged(n, n) for n in range(20)])).events == []
    feed.now += 3 * DAY
    assert feed.poll(NOT_MODIFIED).events == []
    feed.now += 3 * DAY
    told = feed.poll(NOT_MODIFIED)
    assert (told.events, told.poll.state, told.poll.since) == (["feed silent"], "silent", feed.now)
    assert feed.poll(failed()).poll.state == "failing"
    assert feed.poll(NOT_MODIFIED).events == ["feed silent"]
    back = feed.poll(document(aged(50, 30), body_hash="h2"))
    assert (back.poll.state, back.events) == ("silent", ["feed gap"])  # its date is an old one
    fresh = Entry("urn:99", "https://example.com/99", "Fresh", "S", "", "", feed.now, "en")
    assert feed.poll(document(fresh, aged(50, 30), body_hash="h3")).events == ["feed healthy"]


def test_a_feed_whose_host_asks_for_time_is_put_off_without_a_request(feed):
    feed.poll(document(entry(1)))
    feed.hosts["feeds.example"] = encode(Host(host="feeds.example", until=feed.due["feeds", "f"] + HOUR))
    feed.now = feed.due["feeds", "f"]
    effects = feed.turn(Tick("feeds", "f", feed.now))
    told = Told(effects.outputs)
    assert (effects.requests, told.poll.outcome, told.poll.state, told.events) == ([], "rate_limited", "healthy", [])
    assert HOUR <= feed.wait <= 1.1 * HOUR
    assert told.poll.next_poll == feed.now + feed.wait
    assert feed.wait <= longest_wait(feed.state, STAGE.pace)


def test_what_a_host_asks_for_is_told_and_is_over_after_an_answer(feed):
    told = feed.poll(PollFailed("rate_limited", "wait", 60, 1.0, host="feeds.example", cooling=60))
    assert [out.key for out in told.of("hosts")] == ["feeds.example"]
    assert feed.hosts
    feed.poll(document(entry(1)))
    assert not feed.hosts


def test_days_without_news_are_waited_out_whole_unless_a_person_has_said_how_often():
    friday = int(datetime(2025, 6, 6, 23, 55, tzinfo=UTC).timestamp() * 1000)
    for wish, least, most in ((WISH, 48 * HOUR, 49.5 * HOUR), (msgspec.structs.replace(WISH, interval=900), 0, HOUR)):
        partition = Partition(now=friday)
        partition.wish(wish)
        found = document(entry(1))
        partition.poll(msgspec.structs.replace(found, parsed=msgspec.structs.replace(found.parsed, skip_days=(5, 6))))
        assert least < partition.wait < most
        assert partition.wait <= longest_wait(partition.state, STAGE.pace)


def test_warnings_are_on_the_poll(feed):
    found = document(entry(1))
    odd = msgspec.structs.replace(found.parsed, warnings=("odd",))
    assert feed.poll(msgspec.structs.replace(found, parsed=odd)).poll.warnings == ("odd",)
