"""The collect stage: feeds, polls, pushes, imports ─► items, polls, events. What is new is decided at commit time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from collectors.article_result import ARTICLE
from collectors.deciding import held_back, parts
from collectors.deciding.articles import WAITING, ArticlePolicy, Articles, take_counts
from collectors.deciding.documents import DocumentRules, read_document, unchanged
from collectors.deciding.entries.novelty import DecidedEntries
from collectors.deciding.entries.seen import forget_seen
from collectors.deciding.feed import health
from collectors.deciding.feed.hosts import backoff_of, host_records
from collectors.deciding.feed.interval import PollIntervals
from collectors.deciding.feed.state import FEEDS, FeedState
from collectors.deciding.hubs import HUBS, LONGEST_LEASE, PUSHED_TIMES, WEBSUB, Hubs
from collectors.deciding.imports import take_import
from collectors.deciding.poll_record import FinishedPoll, poll_record
from collectors.importing.record import Import
from collectors.poll_result import POLL, Document, PollFailed, PollRequest, PollResult
from stream.engine.stage import Effects, Event, Longest, Request, Result
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import retry_topic
from stream.records import Feed, Push, decode, encode
from stream.units import HOUR

__all__ = ["CollectStage"]

NO_ARTICLES = ArticlePolicy()


@dataclass(frozen=True)
class CollectStage:
    """Decides when a feed is polled, and what of its document is new.

    `silent_after` is the least silence (s) that is unusual, and `full_every` the seconds after which a document is
    requested without validators. `websub`: hubs that feeds name are asked to push.
    """

    intervals: PollIntervals
    documents: DocumentRules
    silent_after: float
    full_every: float
    articles: ArticlePolicy = NO_ARTICLES
    websub: bool = False
    name: str = "collect"
    inputs: tuple[str, ...] = (topics.FEEDS, topics.IMPORTS, topics.PUSHES, retry_topic("collect"))
    views: tuple[str, ...] = (topics.HOSTS,)

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """Requests for polls that are due, and records of those that were done; see `stream.engine.stage.Stage`."""
        articles, hubs = Articles(tables, self.articles, now), Hubs(tables, self.websub, now)
        batch = _Batch(self, tables, articles, hubs, now)
        for event in events:
            batch.take(event)
        requests = [*batch.requests, *articles.requests, *hubs.requests]
        return Effects([*articles.outs, *batch.outs], tables.changes, requests, articles.facts)

    @property
    def longest(self) -> Longest:
        """How far ahead (ms) timers may lie; see `stream.engine.stage`."""
        times = PUSHED_TIMES if self.websub else 1
        return {
            FEEDS.name: lambda row: health.longest_wait(FEEDS.read(row), self.intervals) * times,
            HUBS.name: lambda _: LONGEST_LEASE,
            WAITING.name: lambda _: int(self.articles.seconds * 1000),
            held_back.HELD.name: lambda _: HOUR,
        }


@dataclass
class _Batch:
    """The events of one decision, one after the other, and what they come to."""

    stage: CollectStage
    tables: Tables
    articles: Articles
    hubs: Hubs
    now: int
    outs: list[Out] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Decides on one event."""
        if isinstance(event, Record):
            self._recorded(event)
        elif isinstance(event, Result):
            self._performed(event)
        elif event.table == WAITING.name:
            self.articles.timed_out(event)
        elif event.table == HUBS.name:
            self.hubs.renew(event.key)
        elif event.table == held_back.HELD.name:
            self.outs += held_back.released_items(self.tables, event.key, self.now)
        elif (state := FEEDS.get(self.tables, event.key)) is not None:
            self._begin_poll(state, event)

    def _performed(self, event: Result) -> None:
        if event.request.kind == ARTICLE:
            self.articles.arrived(event)
        elif event.request.kind == WEBSUB:
            self.hubs.answered(event)
        else:
            self._polled(event)

    def _recorded(self, record: Record) -> None:
        """A record, of which only its own words tell what it is where it comes back by the retry topic."""
        told = msgspec.json.decode(record.value, type=_Told) if record.value is not None else _Told()
        if record.value is not None and told.entries:
            self._import(record.key, decode(record.value, Import))
        elif record.value is not None and told.hub:
            self.hubs.heard(decode(record.value, Push))
        else:
            self._update_feed(record)

    def _update_feed(self, record: Record) -> None:
        """A feed's record makes, changes or deletes its row; unless it is paused, it is polled soon."""
        before = FEEDS.get(self.tables, record.key)
        if record.value is None:
            self._forget(before) if before else None
            return
        feed = decode(record.value, Feed)
        state = replace(before, feed=feed, failures=0) if before else FeedState(feed, since=self.now)
        if before and _is_another_source(before.feed, feed):  # validators are those of the old one
            state = replace(state, etag="", last_modified="", body_hash="", cursor="")
            state = replace(state, moved_to="", moving_to="", moves_agreed=0)
            self.hubs.forget(before)
        if feed.released > (before.feed.released if before else 0):
            state = held_back.release(self.tables, state, self.now)
        due = None if feed.paused else min(record.timestamp or self.now, self.now)
        if feed.paused:
            state = health.in_state(state, "paused", self.now)
            self.outs += health.pause_events(before, state, self.now)
        FEEDS.put(self.tables, feed.id, state, due)

    def _import(self, key: str, record: Import) -> None:
        """Entries of a file, which are decided on as if a poll had brought them."""
        found = take_import(self.tables, key, record, self.stage.documents, self.now)
        self.articles.put(found.feed, found.entries.items)
        self.outs.append(Out(topics.POLLS, found.feed.id, encode(found.poll)))

    def _forget(self, state: FeedState) -> None:
        forget_seen(self.tables, state)
        held_back.forget_held(self.tables, state)
        parts.drop_parts(self.tables, state)
        self.hubs.forget(state)
        FEEDS.delete(self.tables, state.feed.id)

    def _begin_poll(self, state: FeedState, tick: Tick) -> None:
        """Requests the first step, unless the feed's host backs off.

        Validators are left out every so often, and where they have once hidden a change.
        """
        if (backoff := backoff_of(self.tables.view(topics.HOSTS), state.url, self.now)) is not None:
            after = health.after_failure(state, backoff, self.now)
            self._finish(FinishedPoll(state, after, backoff, DecidedEntries()))
            return
        self.hubs.begun(tick.key)
        full = state.distrusted or not 0 <= self.now - state.full_at < self.stage.full_every * 1000
        state = parts.drop_parts(self.tables, replace(state, full_at=self.now) if full else state)
        FEEDS.put(self.tables, tick.key, state)
        request = PollRequest(
            url=state.url,
            etag="" if full else state.etag,
            last_modified="" if full else state.last_modified,
            body_hash=state.body_hash,
            given_url=state.feed.url if state.moved_to else "",
            credentials=state.feed.credentials,
            kind=state.feed.kind,
            options=state.feed.options,
            cursor=state.cursor,
        )
        self._send(f"{tick.key}/{tick.due}", request)

    def _send(self, name: str, request: PollRequest) -> None:
        self.requests.append(Request(name, POLL, msgspec.msgpack.encode(request)))

    def _polled(self, event: Result) -> None:
        """A step's result: the next step, or the end of the poll."""
        feed, _, name = event.request.id.rpartition("/")
        poll = name.partition(".")[0]
        before = FEEDS.get(self.tables, feed)
        request = msgspec.msgpack.decode(event.request.body, type=PollRequest)
        if before is None or _is_stale(request, before):
            return
        result = msgspec.msgpack.decode(event.answer, type=PollResult)
        self.outs += host_records(self.tables.view(topics.HOSTS), request.url, result, self.now)
        if isinstance(result, Document) and result.next_url and request.step + 1 < parts.MOST_STEPS:
            FEEDS.put(self.tables, feed, parts.keep_part(self.tables, before, poll, request.step, result))
            self._send(f"{feed}/{poll}.{request.step + 1}", request.following(result))
            return
        earlier, before = parts.take_parts(self.tables, before, poll)
        if request.step and not earlier:  # a later poll of the feed has begun
            return
        if isinstance(result, Document):
            result = parts.joined([*earlier, result])
        self._decide_on(before, request, result)

    def _decide_on(self, before: FeedState, request: PollRequest, result: PollResult) -> None:
        """A poll's outcome, its items and the feed's new state, all in one commit; items go out by `articles`."""
        entries = DecidedEntries()
        if isinstance(result, PollFailed):
            after = health.after_failure(before, result, self.now)
        else:
            if isinstance(result, Document):
                entries, after = read_document(self.tables, before, request, result, self.stage.documents, self.now)
            else:
                entries, after = unchanged(before, result)
            after = health.after_success(after, result.permanent_url, self.stage.silent_after, self.now)
        self._finish(FinishedPoll(before, after, result, entries))

    def _finish(self, poll: FinishedPoll) -> None:
        """The records of a poll, and the feed's row with when the next one is due."""
        without = health.next_poll(poll.after, poll.result, self.stage.intervals, self.now)
        after, feed = self.hubs.after_poll(poll, *without), poll.after.feed
        FEEDS.put(self.tables, feed.id, poll.after, after.due)
        record = poll_record(poll, take_counts(self.tables, feed.id), after.seconds, after.due, self.now)
        record = after.told(record, self.now)
        self.articles.put(feed, poll.entries.items, poll.entries.pages)
        self.outs += [Out(topics.POLLS, feed.id, encode(record)), *health.poll_events(poll.before, poll.after, record)]


class _Told(msgspec.Struct):
    """What tells imports and pushes from feeds."""

    entries: msgspec.Raw = msgspec.Raw()
    hub: str = ""


def _is_another_source(before: Feed, feed: Feed) -> bool:
    return (before.url, before.kind, before.options) != (feed.url, feed.kind, feed.options)


def _is_stale(request: PollRequest, state: FeedState) -> bool:
    """Whether the feed has been given another address, kind or options since the poll began."""
    return (request.began_at, request.kind, request.options) != (state.url, state.feed.kind, state.feed.options)
