"""The collect stage: wishes and polls ─► items, polls, events. What is new is decided here, at commit time."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from collectors.deciding.entries import Entries, judge_entries
from collectors.deciding.memory import Memory
from collectors.deciding.text import TITLE_CHARACTERS, clean
from collectors.poll import Document, Order, PollAnswer, PollFailed, Unchanged
from stream.ids import hashed
from stream.records import Event as HealthEvent
from stream.records import Failure, Feed, Poll, decode, encode
from stream.stage import Effects, Event, Out, Record, Request, Result, Tables
from stream.topics import retry_topic

__all__ = ["CollectStage", "FeedState"]

FEEDS, SEEN = "feeds", "seen"
LONGEST_WAIT = 86_400.0


class FeedState(msgspec.Struct, frozen=True):
    """A row: the wish, what the next request needs, and the health of a feed."""

    wish: Feed
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    title: str = ""
    polled_before: bool = False  # its first document was the baseline
    failures: int = 0
    state: str = "new"
    entries: int = 0
    seen_rows: tuple[str, ...] = ()
    v: int = 1


@dataclass(frozen=True)
class CollectStage:
    """Decides when a feed is polled and what its document says that was not known; `interval` in seconds."""

    interval: float
    name: str = "collect"
    inputs: tuple[str, ...] = ("feeds", retry_topic("collect"))
    views: tuple[str, ...] = ()

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """Requests for polls that are due, and records for those that were done; see `stream.stage.Stage`."""
        outs: list[Out] = []
        requests: list[Request] = []
        for event in events:
            if isinstance(event, Record):
                _follow_wish(tables, event, now)
            elif isinstance(event, Result):
                outs += self._polled(tables, event, now)
            elif (state := _state(tables, event.key)) is not None:
                _put(tables, state, None)
                order = Order(state.wish.url, state.etag, state.last_modified, state.body_hash)
                requests.append(Request(f"{event.key}/{event.due}", "fetch", msgspec.msgpack.encode(order)))
        return Effects(outs, tables.changes, requests)

    def _polled(self, tables: Tables, result: Result, now: int) -> list[Out]:
        """A poll's outcome, its items and the feed's new state, all in one commit."""
        feed = result.request.id.rpartition("/")[0]
        state = _state(tables, feed)
        order = msgspec.msgpack.decode(result.request.body, type=Order)
        if state is None or order.url != state.wish.url:  # removed or led elsewhere while it was polled
            return []
        before = state
        answer = msgspec.msgpack.decode(result.answer, type=PollAnswer)
        found = Entries()
        if isinstance(answer, Document):
            found, state = _read(tables, state, answer, now)
        elif isinstance(answer, Unchanged):
            state = replace(
                state,
                etag=answer.etag or state.etag,
                last_modified=answer.last_modified or state.last_modified,
                failures=0,
                state="healthy",
            )
            if not answer.not_modified:
                found = Entries(seen=state.entries)
        state, wait = self._health(state, answer)
        due = None if state.wish.paused or wait is None else now + int(wait * 1000)
        _put(tables, state, due)
        poll = _poll(state, answer, found, self._interval(state), now, due)
        outs = [Out("items", item.id, encode(item)) for item in found.items]
        outs.append(Out("polls", feed, encode(poll)))
        if before.state != state.state and (before.state, state.state) != ("new", "healthy"):
            outs.append(_told(poll, before.state, now))
        return outs

    def _interval(self, state: FeedState) -> float:
        return state.wish.interval or self.interval

    def _health(self, state: FeedState, answer: PollAnswer) -> tuple[FeedState, float | None]:
        """The feed's state after a poll, and how long to wait (s) until the next; None is for ever."""
        interval = self._interval(state)
        if not isinstance(answer, PollFailed):
            return state, _spread(interval, state.wish.id)
        if answer.kind == "gone":
            return replace(state, failures=state.failures + 1, state="gone"), None
        failures = state.failures + 1
        wait = min(LONGEST_WAIT, interval * 2 ** min(failures - 1, 10))
        wait = max(_spread(wait, f"{state.wish.id}/{failures}"), answer.retry_after)
        return replace(state, failures=failures, state="failing"), wait


def _spread(seconds: float, by: str) -> float:
    """Up to a tenth less, by a hash, so that feeds do not march in step; the same for the same feed."""
    return seconds * (1 - 0.1 * int(hashed(by)[:4], 16) / 0xFFFF)


def _state(tables: Tables, feed: str) -> FeedState | None:
    row = tables.get(FEEDS, feed)
    return msgspec.json.decode(row, type=FeedState) if row else None


def _put(tables: Tables, state: FeedState, due: int | None) -> None:
    tables.put(FEEDS, state.wish.id, msgspec.json.encode(state), due)


def _follow_wish(tables: Tables, record: Record, now: int) -> None:
    """A wish makes, changes or removes the feed's row; whatever it says, the feed is looked at soon."""
    state = _state(tables, record.key)
    if record.value is None:
        for name in state.seen_rows if state else ():
            tables.delete(SEEN, f"{record.key}/{name}")
        tables.delete(FEEDS, record.key)
        return
    wish = decode(record.value, Feed)
    moved = state is not None and state.wish.url != wish.url
    due = None if wish.paused else min(record.timestamp or now, now)
    state = replace(state, wish=wish, failures=0) if state else FeedState(wish)
    if moved:  # what another server's validators say is nothing to this one
        state = replace(state, etag="", last_modified="", body_hash="")
    _put(tables, state, due)


def _read(tables: Tables, state: FeedState, document: Document, now: int) -> tuple[Entries, FeedState]:
    """What of a document is new, revised or seen, and the state with everything that must not be asked for again."""
    feed = state.wish.id
    memory = Memory({name: tables.get(SEEN, f"{feed}/{name}") or b"" for name in state.seen_rows})
    title = state.wish.title or clean(document.parsed.title, TITLE_CHARACTERS) or state.title
    found = judge_entries(document.parsed, state.wish, title, memory, not state.polled_before, now)
    rows = dict.fromkeys(state.seen_rows, b"")
    for name, row in memory.changed_rows(now).items():
        if row is None:
            tables.delete(SEEN, f"{feed}/{name}")
            rows.pop(name, None)
        else:
            tables.put(SEEN, f"{feed}/{name}", row)
            rows[name] = row
    return found, replace(
        state,
        etag=document.etag,
        last_modified=document.last_modified,
        body_hash=document.body_hash,
        title=title,
        polled_before=True,
        failures=0,
        state="healthy",
        entries=found.count,
        seen_rows=tuple(sorted(rows)),
    )


def _poll(state: FeedState, answer: PollAnswer, found: Entries, interval: float, now: int, due: int | None) -> Poll:
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
        interval=interval,
        next_poll=due,
        seconds=round(answer.seconds, 3),
    )


def _told(poll: Poll, before: str, now: int) -> Out:
    why = poll.error.message if poll.error else "it can be read again"
    told = HealthEvent(subject=poll.feed, kind=f"feed {poll.state}", message=f"{poll.url} was {before}: {why}", at=now)
    return Out("events", poll.feed, encode(told))
