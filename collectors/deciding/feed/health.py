"""A feed's health: from one state to the next, when it is polled again, and the events that operators follow.

new ─► healthy ◄─► silent        paused by a person; gone by the server's word, until a person resumes it
 │        ▲ │
 │        │ ▼
 ├────► failing                  since when, why, and when the next try is
 └► unverified ─► healthy        an address that nobody has looked at, and that has never been read
"""

from msgspec.structs import replace

from collectors.deciding.feed.interval import PollIntervals, after_skipped_days, after_skipped_hours, interval
from collectors.deciding.feed.redirects import after_redirect, moved_back
from collectors.deciding.feed.state import FeedState, Health
from collectors.poll_result import PollFailed, PollResult
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out
from stream.records import HealthEvent, Poll, encode
from stream.units import HOUR_SECONDS

__all__ = ["after_failure", "after_success", "in_state", "longest_wait", "next_poll", "pause_events", "poll_events"]

LONGEST_WAIT = 86_400.0
MOST_DOUBLINGS = 10
SPREAD_AFTER_BACKOFF = 0.1  # of the time that a server asks for: within it its feeds come back


def in_state(state: FeedState, health: Health, now: int) -> FeedState:
    """In that state, since now unless it was before; a paused feed stays paused."""
    if state.state == health or (state.feed.paused and health != "paused"):
        return state
    return replace(state, state=health, since=now)


def after_success(state: FeedState, permanent_url: str, silent_after: float, now: int) -> FeedState:
    """After a poll that brought a document, or that nothing is new; `silent_after` in seconds."""
    if state.failures or state.deferred:
        state = replace(state, failures=0, deferred=False)
    state = after_redirect(state, permanent_url)
    return in_state(state, "silent" if state.item_intervals.silent(now, silent_after) else "healthy", now)


def after_failure(state: FeedState, result: PollFailed, now: int) -> FeedState:
    """After a poll that failed; one that was deferred for its host's sake does not change the feed's health."""
    if not result.requested:
        return replace(state, deferred=True)
    state = replace(state, failures=state.failures + 1, deferred=False)
    if result.kind == "gone":
        return in_state(state, "gone", now)
    never_read = state.feed.unverified and not state.polled_before
    return in_state(moved_back(state), "unverified" if never_read else "failing", now)


def next_poll(state: FeedState, result: PollResult, polls: PollIntervals, now: int) -> tuple[float, int | None]:
    """The feed's interval (s), and when it is polled next (ms); None is not before a person resumes it.

    Failures back off by doubling to a day. A server that asks for more time gets it, and a little more for each of its
    feeds, so that they do not all return in one second.
    """
    low, high = polls.bounds(state.feed)
    seconds = interval(polls, state.feed, state.item_intervals, state.hints, state.recent_gaps, now)
    if state.feed.paused or state.state == "gone":
        return seconds, None
    if not isinstance(result, PollFailed):
        due = now + int(_jittered(seconds, state.feed.id) * 1000)
        return seconds, _after_skipped(state, due, max(due, now + int(high * 1000)))
    retry_after = result.retry_after + _fraction(state.feed.id) * max(
        SPREAD_AFTER_BACKOFF * result.retry_after, min(result.retry_after, 30.0)
    )
    if not result.requested:
        return seconds, now + int(retry_after * 1000)
    wait = min(max(LONGEST_WAIT, low), low * 2 ** min(state.failures - 1, MOST_DOUBLINGS))
    wait = max(_jittered(wait, f"{state.feed.id}/{state.failures}"), retry_after)
    return seconds, now + int(wait * 1000)


def _after_skipped(state: FeedState, due: int, latest: int) -> int:
    """Past the days and the hours that the feed leaves out, unless a person has set its interval.

    Hours are waited out up to `latest`. Days are waited out whole, and the first poll after them lies within an hour.
    """
    if not state.feed.interval and (day := after_skipped_days(due, state.hints.skip_days)) > due:
        day += int(HOUR_SECONDS * 1000 * _fraction(state.feed.id))
        due, latest = day, latest + day - due
    return after_skipped_hours(due, state.hints.skip_hours, latest)


def longest_wait(state: FeedState, polls: PollIntervals) -> int:
    """How far ahead (ms) the next poll may lie at most, by the same rules."""
    low, high = polls.bounds(state.feed)
    if state.failures or state.deferred:
        return int(max(LONGEST_WAIT * (1 + SPREAD_AFTER_BACKOFF), low) * 1000)
    skipped = 0 if state.feed.interval else len(state.hints.skip_days)
    return int(high * 1000) + (skipped * 24 + bool(skipped)) * HOUR_SECONDS * 1000


def _jittered(seconds: float, key: str) -> float:
    """Up to a tenth less, by a hash of the key, so that feeds do not march in step."""
    return seconds * (1 - 0.1 * _fraction(key))


def _fraction(key: str) -> float:
    """A number from 0 to 1, the same for the same key."""
    return int(hashed(key)[:4], 16) / 0xFFFF


def poll_events(before: FeedState, after: FeedState, poll: Poll) -> list[Out]:
    """The events of a poll for operators; that a feed is healthy from its first poll on is none."""
    events: list[tuple[str, str]] = []
    if before.state != after.state and (before.state, after.state) != ("new", "healthy"):
        events.append((after.state, _reason(after, poll)))
    if before.moved_to != after.moved_to:
        back = f"{before.moved_to} leads nowhere, so it is polled at {after.url} again"
        events.append(("moved", f"permanent redirects lead to {after.moved_to}" if after.moved_to else back))
    if poll.gap:
        events.append(("gap", f"none of the {poll.entries} entries was there at the last poll: some may be missing"))
    if after.held > before.held:
        many = after.held - before.held
        events.append(("held back", f"{many} old entries came at once: `themewire feeds held` lists them"))
    return [_event(after, kind, f"{after.feed.url}: {reason}", before.state, poll.at) for kind, reason in events]


def pause_events(before: FeedState | None, after: FeedState, now: int) -> list[Out]:
    """The event for operators when a person pauses a feed."""
    if before is None or before.state == after.state:
        return []
    return [_event(after, "paused", f"{after.feed.url}: paused by a person", before.state, now)]


def _reason(after: FeedState, poll: Poll) -> str:
    if poll.error:
        return poll.error.message
    if after.state == "silent":
        days = (poll.at - after.item_intervals.last) / 86_400_000
        hours = after.item_intervals.usual / 3600
        return f"nothing new for {days:.1f} days, and usually something comes every {hours:.1f} hours"
    return "it can be read now"


def _event(state: FeedState, kind: str, message: str, before: str, now: int) -> Out:
    event = HealthEvent(subject=state.feed.id, kind=f"feed {kind}", message=message, before=before, at=now)
    return Out(topics.EVENTS, state.feed.id, encode(event))
