"""Hubs that push (WebSub): whether one is asked to, what its calls mean for the next poll, and whether it is relied on.

document names a hub ─► asked ─► verified by its call ─► asked again before the lease ends
                          push ─► the feed is due now: a push is only a hint, and the poll decides

So all that holds for polls holds for what is pushed. Where polls find news that no push had announced, pushes have
stopped, and the feed is polled as often as any other.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from collectors.deciding.feed.state import FEEDS, FeedState
from collectors.deciding.poll_record import FinishedPoll
from collectors.poll_result import Document, PollFailed
from stream.engine.derived import Derivation, Keys
from stream.engine.stage import Request, Result
from stream.engine.tables import Table, Tables
from stream.records import Poll, Push
from stream.units import DAY, HOUR, MINUTE, SECOND

__all__ = ["HUBS", "LONGEST_LEASE", "PUSHED_TIMES", "WEBSUB", "HubAnswer", "HubRequest", "HubState", "Hubs", "NextPoll"]

WEBSUB = "websub"  # the kind of these requests
LONGEST_LEASE = 10 * DAY
SHORTEST_LEASE = MINUTE
GAP = 2 * SECOND  # between two polls of a feed that pushes bring about
AGAIN = (10 * SECOND, 60 * SECOND)  # after which a poll is repeated that did not find what a push has announced
ANNOUNCED = 15 * MINUTE  # for which a push counts as the announcement of what polls find
PUSHED_TIMES = 4  # as long between polls of a feed whose hub is relied on
MOST_TRIES = 6


class HubRequest(msgspec.Struct, frozen=True):
    """To ask a hub (`url`) to tell of a topic, or to end that; `feed_url` says which private network it may be in."""

    url: str
    topic: str
    feed: str
    feed_url: str
    mode: Literal["subscribe", "unsubscribe"] = "subscribe"


class HubAnswer(msgspec.Struct, frozen=True):
    """Whether a hub has taken the request; it calls back to say more. `message` is a sentence where it has not."""

    taken: bool
    message: str = ""


class HubState(msgspec.Struct, frozen=True):
    """A row of the table `hubs`, by feed, whose due time is that of the next request to the hub; times in ms.

    `until` is the end of the lease, 0 while there is none; `tries` counts requests since the hub last called to verify
    one. `poll_due` is for when the last push has armed the feed's next poll, which has not begun while that is after
    `polled_at`, and `left` is how often it is repeated while it finds nothing. `relied_on`: what polls have found of
    late was announced.
    """

    hub: str
    topic: str
    until: int = 0
    tries: int = 0
    error: str = ""
    pushed_at: int = 0
    poll_due: int = 0
    polled_at: int = 0
    left: int = 0
    relied_on: bool = False
    due: int = 0
    v: int = 1


HUBS = Table("hubs", HubState)
_OF_FEEDS = Derivation(HUBS.name, Keys)  # most feeds have no hub, and each poll asks for theirs


class NextPoll(NamedTuple):
    """The feed's interval (s), when it is polled next (ms), and how its hub is, if it has one."""

    seconds: float
    due: int | None
    hub: HubState | None = None

    def told(self, poll: Poll, now: int) -> Poll:
        """The record of the poll before it, with how the hub is."""
        if self.hub is None:
            return poll
        until = self.hub.until if self.hub.until > now else None
        return replace(poll, hub=self.hub.hub, pushed_until=until, hub_error=self.hub.error)


@dataclass
class Hubs:
    """What a batch has to do with hubs; where `wanted` is False none is asked, and what they call is passed over."""

    tables: Tables
    wanted: bool
    now: int
    requests: list[Request] = field(default_factory=list)

    def after_poll(self, poll: FinishedPoll, seconds: float, due: int | None) -> NextPoll:
        """When the feed is polled next, if it would be after `seconds` and at `due` without a hub."""
        feed = poll.after.feed
        row = self._named(poll.after, poll.result, self._row(feed.id)) if self.wanted else None
        if row is None or poll.after.state == "gone":
            self.forget(poll.after)
            return NextPoll(seconds, due)
        if isinstance(poll.result, PollFailed):
            # Who has asked to be left alone is, whatever the hub says.
            row = row if poll.result.requested else replace(row, poll_due=row.polled_at)
        else:
            row = self._after_success(row, poll)
            if due is not None and not feed.interval and row.relied_on and row.until > self.now:
                seconds, due = seconds * PUSHED_TIMES, self.now + (due - self.now) * PUSHED_TIMES
        if due is not None and row.poll_due > row.polled_at:
            due = min(due, row.poll_due)
        self._put(feed.id, row)
        return NextPoll(seconds, due, row)

    def _named(self, state: FeedState, result: object, row: HubState | None) -> HubState | None:
        """The row of the hub that the last document names; a hub that is not named any more is told so."""
        if not isinstance(result, Document):
            return row
        parsed = result.parsed
        if row is not None and (row.hub, row.topic) == (parsed.hub, parsed.topic):
            return row
        if row is not None:
            self.forget(state)
        if not parsed.hub:
            return None
        return self._asked(HubState(parsed.hub, parsed.topic), state)

    def _after_success(self, row: HubState, poll: FinishedPoll) -> HubState:
        if poll.entries.new:
            known = poll.before.polled_before  # else it is the baseline, which nobody would announce
            announced = self.now - row.pushed_at <= ANNOUNCED
            return replace(row, left=0, relied_on=announced if known else row.relied_on)
        if row.left and row.poll_due <= row.polled_at:
            return replace(row, left=row.left - 1, poll_due=self.now + AGAIN[-row.left])
        return row

    def begun(self, feed: str) -> None:
        """A poll of the feed begins: it will find what was pushed until now."""
        if (row := self._row(feed)) is not None:
            self._put(feed, replace(row, polled_at=self.now))

    def renew(self, feed: str) -> None:
        """It is time to ask a feed's hub, for the first time or again."""
        row, state = HUBS.get(self.tables, feed), FEEDS.get(self.tables, feed)
        if row is None or state is None:
            HUBS.delete(self.tables, feed)
        elif state.feed.paused or not self.wanted:
            HUBS.put(self.tables, feed, replace(row, due=self.now + DAY), due=self.now + DAY)
        else:
            self._put(feed, self._asked(row, state))

    def _asked(self, row: HubState, state: FeedState) -> HubState:
        """Asks the hub, and will again: until it has called to verify that, ever more rarely."""
        ask = HubRequest(row.hub, row.topic, state.feed.id, state.url)
        self._send(ask)
        wait = min(HOUR * 2 ** min(row.tries, MOST_TRIES), DAY)
        return replace(row, tries=row.tries + 1, due=self.now + wait)

    def answered(self, result: Result) -> None:
        """A hub's answer to a request; that it was taken means little, since the hub has yet to call."""
        asked = msgspec.msgpack.decode(result.request.body, type=HubRequest)
        row, answer = HUBS.get(self.tables, asked.feed), msgspec.msgpack.decode(result.answer, type=HubAnswer)
        if row is not None and row.topic == asked.topic and not answer.taken:
            self._put(asked.feed, replace(row, error=answer.message))

    def heard(self, push: Push) -> None:
        """A call of a hub; one for a feed that has none, or is not polled, is passed over."""
        row, state = HUBS.get(self.tables, push.feed), FEEDS.get(self.tables, push.feed)
        if row is None or state is None or state.feed.paused or not self.wanted:
            return
        if push.hub == "new":
            self._hint(row, state)
        elif push.topic == row.topic and push.hub == "verified":
            lease = min(max(push.lease * SECOND, SHORTEST_LEASE), LONGEST_LEASE)
            renewed = replace(row, until=self.now + lease, tries=0, error="", due=self.now + lease * 2 // 3)
            self._put(push.feed, renewed)
        elif push.topic == row.topic:
            denied = replace(
                row, until=0, relied_on=False, error=f"the hub denies it: {push.reason or 'no reason given'}"
            )
            self._put(push.feed, replace(denied, tries=MOST_TRIES, due=self.now + DAY))

    def _hint(self, row: HubState, state: FeedState) -> None:
        """Has the feed polled now, or soon where it just was: pushes without end bring no more polls than that."""
        due = max(self.now, row.polled_at + GAP)
        FEEDS.put(self.tables, state.feed.id, state, due)
        self._put(state.feed.id, replace(row, pushed_at=self.now, poll_due=due, left=len(AGAIN)))

    def forget(self, state: FeedState) -> None:
        """Has the hub of a feed that is polled no more end its calls."""
        row = self._row(state.feed.id)
        if row is not None:
            HUBS.delete(self.tables, state.feed.id)
            if row.until > self.now:
                self._send(HubRequest(row.hub, row.topic, state.feed.id, state.url, "unsubscribe"))

    def _row(self, feed: str) -> HubState | None:
        return HUBS.get(self.tables, feed) if feed in self.tables.derived(_OF_FEEDS) else None

    def _put(self, feed: str, row: HubState) -> None:
        HUBS.put(self.tables, feed, row, due=max(row.due, self.now))

    def _send(self, ask: HubRequest) -> None:
        name = f"{ask.feed}/{ask.mode}.{self.now}"
        self.requests.append(Request(name, WEBSUB, msgspec.msgpack.encode(ask)))
