"""The collect stage: wishes and polls ─► items, polls, events. What is new is decided here, at commit time."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from collectors.deciding import health, held_back, host_backoff
from collectors.deciding.articles import ARTICLE, WAITING, Articles, Tally, Wait, take_tally
from collectors.deciding.clean_text import TITLE_CHARACTERS, clean
from collectors.deciding.dates import reaches_to
from collectors.deciding.entries import Entries, judge_entries
from collectors.deciding.flood import Limits
from collectors.deciding.full_text import MAX_TEXT
from collectors.deciding.interval import Hints, Pace
from collectors.deciding.seen_entries import SEEN, remember, remembered
from collectors.deciding.state import FEEDS, FeedState, load, put
from collectors.poll_result import Document, Order, PollAnswer, PollFailed, Unchanged
from stream.engine.stage import Effects, Event, Request, Result
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import retry_topic
from stream.records import Failure, Feed, Item, Poll, decode, encode
from stream.units import HOUR

__all__ = ["CollectStage"]

NO_ARTICLES = Wait()


@dataclass(frozen=True)
class CollectStage:
    """Decides when a feed is polled and what its document says that was not known.

    `silent_after` is the least silence (s) that is odd, `full_every` the seconds after which a document is asked for
    without validators, and `max_text` the characters of an item's text that are kept for judging. `baseline`: what a
    feed shows at first is history.
    """

    pace: Pace
    limits: Limits
    silent_after: float
    full_every: float
    articles: Wait = NO_ARTICLES
    baseline: bool = True
    max_text: int = MAX_TEXT
    name: str = "collect"
    inputs: tuple[str, ...] = (topics.FEEDS, retry_topic("collect"))
    views: tuple[str, ...] = (host_backoff.HOSTS,)

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """Requests for polls that are due, and records for those that were done; see `stream.engine.stage.Stage`."""
        outs: list[Out] = []
        requests: list[Request] = []
        articles = Articles(tables, self.articles, now)
        for event in events:
            if isinstance(event, Record):
                outs += self._follow_wish(tables, event, now)
            elif isinstance(event, Result) and event.request.kind == ARTICLE:
                articles.answered(event)
            elif isinstance(event, Result):
                outs += self._polled(tables, event, articles, now)
            elif event.table == WAITING:
                articles.overdue(event)
            elif event.table == held_back.HELD:
                outs += held_back.release(tables, event.key, now)
            elif (state := load(tables, event.key)) is not None:
                if (answer := host_backoff.put_off(tables.view(host_backoff.HOSTS), state.url, now)) is not None:
                    outs += self._come_to(
                        tables, articles, state, health.failed(state, answer, now), answer, Entries(), now
                    )
                else:
                    requests.append(self._request(tables, state, event, now))
        return Effects([*articles.outs, *outs], tables.changes, [*requests, *articles.requests], articles.facts)

    def longest(self, table: str, value: bytes) -> int | None:
        """How far ahead (ms) the timer of this row may lie; see `stream.engine.worker.Worker`."""
        if table == FEEDS:
            return health.longest_wait(msgspec.json.decode(value, type=FeedState), self.pace)
        return int(self.articles.seconds * 1000) if table == WAITING else HOUR

    def _follow_wish(self, tables: Tables, record: Record, now: int) -> list[Out]:
        """A wish makes, changes or removes the feed's row; whatever it says, the feed is looked at soon."""
        before = load(tables, record.key)
        if record.value is None:
            _forget(tables, before) if before else None
            return []
        wish = decode(record.value, Feed)
        state = replace(before, wish=wish, failures=0) if before else FeedState(wish, since=now)
        if before and before.wish.url != wish.url:  # what another server's validators say is nothing to this one
            state = replace(state, etag="", last_modified="", body_hash="", moved_to="", moving_to="", moves_agreed=0)
        if wish.released > (before.wish.released if before else 0):
            state = held_back.let_through(tables, state, now)
        if not wish.paused:
            put(tables, state, min(record.timestamp or now, now))
            return []
        state = health.changed_to(state, "paused", now)
        put(tables, state, None)
        return health.told_of_pause(before, state, now)

    def _request(self, tables: Tables, state: FeedState, tick: Tick, now: int) -> Request:
        """An order to poll; every so often, and where validators have lied, without any."""
        full = state.distrusted or not 0 <= now - state.full_at < self.full_every * 1000
        put(tables, replace(state, full_at=now) if full else state, None)
        order = Order(
            url=state.url,
            etag="" if full else state.etag,
            last_modified="" if full else state.last_modified,
            body_hash=state.body_hash,
            given_url=state.wish.url if state.moved_to else "",
            credentials=state.wish.credentials,
        )
        return Request(f"{tick.key}/{tick.due}", "fetch", msgspec.msgpack.encode(order))

    def _polled(self, tables: Tables, result: Result, articles: Articles, now: int) -> list[Out]:
        """A poll's outcome, its items and the feed's new state, all in one commit; items go out by `articles`."""
        before = load(tables, result.request.id.rpartition("/")[0])
        order = msgspec.msgpack.decode(result.request.body, type=Order)
        if before is None or order.url != before.url:  # removed or led elsewhere while it was polled
            return []
        answer = msgspec.msgpack.decode(result.answer, type=PollAnswer)
        found, after = Entries(), before
        if isinstance(answer, PollFailed):
            after = health.failed(before, answer, now)
        else:
            if isinstance(answer, Document):
                found, after = self._read(tables, before, order, answer, now)
            else:
                found, after = _unchanged(before, answer)
            after = health.read(after, answer.permanent_url, self.silent_after, now)
        of_host = host_backoff.told(tables.view(host_backoff.HOSTS), order.url, answer, now)
        return [*self._come_to(tables, articles, before, after, answer, found, now), *of_host]

    def _come_to(
        self,
        tables: Tables,
        articles: Articles,
        before: FeedState,
        after: FeedState,
        answer: PollAnswer,
        found: Entries,
        now: int,
    ) -> list[Out]:
        """The records of a poll, and the row with when the next one is."""
        seconds, due = health.next_poll(after, answer, self.pace, now)
        put(tables, after, due)
        poll = _poll(before, after, answer, found, take_tally(tables, after.wish.id), seconds, due, now)
        articles.put(after.wish, found.items)
        return [Out(topics.POLLS, after.wish.id, encode(poll)), *health.told(before, after, poll)]

    def _read(
        self, tables: Tables, state: FeedState, order: Order, document: Document, now: int
    ) -> tuple[Entries, FeedState]:
        """What of a document is new, revised, seen or held back, and the state that must not ask for it again."""
        parsed = document.parsed
        memory = remembered(tables, state)
        title = state.wish.title or clean(parsed.title, TITLE_CHARACTERS) or state.title
        limits = self.limits if state.polled_before or not self.baseline else None
        found = judge_entries(parsed, state.wish, title, memory, limits, now, self.max_text)
        state = held_back.hold(tables, remember(tables, state, memory, now), found.held, now)
        rhythm = state.rhythm.heard([item.published for item in found.items if _tells(item, state.polled_before)])
        gap = _turned_over(state, found)
        return found, replace(
            state,
            etag=document.etag,
            last_modified=document.last_modified,
            body_hash=document.body_hash,
            distrusted=state.distrusted or _lied(state, order, document, found),
            title=title,
            polled_before=True,
            entries=found.count,
            entries_held=found.held_back,
            rhythm=replace(rhythm, oldest=reaches_to(parsed, now)),
            hints=Hints(max(parsed.ttl, document.max_age), parsed.skip_hours, parsed.skip_days),
            hurry=state.hurry + 1 if gap else max(0, state.hurry - (found.new > 0)),
        )


def _forget(tables: Tables, state: FeedState) -> None:
    for name in state.seen_rows:
        tables.delete(SEEN, f"{state.wish.id}/{name}")
    for name in state.held_rows:
        tables.delete(held_back.HELD, f"{state.wish.id}/{name}")
    tables.delete(FEEDS, state.wish.id)


def _unchanged(state: FeedState, answer: Unchanged) -> tuple[Entries, FeedState]:
    """A server may say so with other validators; the entries are those of the last document."""
    state = replace(state, etag=answer.etag or state.etag, last_modified=answer.last_modified or state.last_modified)
    held = state.entries_held if state.held else 0
    if answer.not_modified:
        return Entries(), state
    return Entries(count=state.entries, seen=state.entries - held, held_back=held), state


def _lied(state: FeedState, order: Order, document: Document, found: Entries) -> bool:
    """Whether there is something new under the old validators, which were left out of this order."""
    if order.etag or order.last_modified or not (found.new or found.revised):
        return False
    if state.etag or document.etag:
        return state.etag == document.etag
    return bool(state.last_modified) and state.last_modified == document.last_modified


def _tells(item: Item, polled_before: bool) -> bool:
    """Whether the item's time says something of the feed's rhythm."""
    return item.revision == 0 and (polled_before or item.date_quality == "trusted")


def _turned_over(state: FeedState, found: Entries) -> bool:
    """Whether all that was known has left the document since the last poll."""
    return state.polled_before and state.entries > 0 and found.turned_over


def _poll(
    before: FeedState,
    state: FeedState,
    answer: PollAnswer,
    found: Entries,
    articles: Tally,
    seconds: float,
    due: int | None,
    now: int,
) -> Poll:
    failed = isinstance(answer, PollFailed)
    unchanged = isinstance(answer, Unchanged) and answer.not_modified
    return Poll(
        feed=state.wish.id,
        url=state.wish.url,
        title=state.title,
        at=now,
        outcome=answer.kind if isinstance(answer, PollFailed) else ("not_modified" if unchanged else "ok"),
        error=Failure(answer.kind, answer.message) if isinstance(answer, PollFailed) else None,
        state=state.state,
        entries=0 if failed or unchanged else found.count,
        shown=state.entries,
        new=found.new,
        revised=found.revised,
        seen=found.seen,
        held_back=found.held_back,
        refused=found.refused,
        baseline=found.baseline,
        interval=seconds,
        next_poll=due,
        seconds=round(answer.seconds, 3),
        received=answer.received,
        held=state.held,
        gap=isinstance(answer, Document) and _turned_over(before, found),
        failures=state.failures,
        since=state.since,
        moved_to=state.moved_to,
        rhythm=state.rhythm.usual,
        last_item=state.rhythm.last or None,
        warnings=answer.parsed.warnings if isinstance(answer, Document) else (),
        articles_read=articles.read,
        articles_failed=articles.failed,
        article_error=articles.failure,
    )
