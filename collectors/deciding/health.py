"""How a feed is: from one state to the next, when it is polled again, and what operators are told.

new ─► healthy ◄─► silent        paused by a person; gone by the server's word, until a person resumes it
          ▲ │
          │ ▼
        failing                  since when, why, and when the next try is
"""

from msgspec.structs import replace

from collectors.deciding.interval import Pace, after_skipped_days, after_skipped_hours, interval
from collectors.deciding.redirects import led_nowhere, led_to
from collectors.deciding.state import FeedState, Health
from collectors.poll_result import PollAnswer, PollFailed
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out
from stream.records import HealthEvent, Poll, encode
from stream.units import HOUR_SECONDS

__all__ = ["changed_to", "failed", "longest_wait", "next_poll", "read", "told", "told_of_pause"]

LONGEST_WAIT = 86_400.0
MOST_DOUBLINGS = 10
AFTER_ASKED = 0.1  # of the time that a server asks for: within it its feeds come back


def changed_to(state: FeedState, health: Health, now: int) -> FeedState:
    """In that state, since now unless it was before; a feed that a person has paused stays so."""
    if state.state == health or (state.wish.paused and health != "paused"):
        return state
    return replace(state, state=health, since=now)


def read(state: FeedState, permanent_url: str, silent_after: float, now: int) -> FeedState:
    """After a poll that told how the feed stands: nothing new, or a document."""
    state = led_to(replace(state, failures=0, put_off=False), permanent_url)
    return changed_to(state, "silent" if state.rhythm.silent(now, silent_after) else "healthy", now)


def failed(state: FeedState, answer: PollFailed, now: int) -> FeedState:
    """After a poll that failed; one that was put off for its host's sake says nothing of the feed."""
    if not answer.asked:
        return replace(state, put_off=True)
    state = replace(state, failures=state.failures + 1, put_off=False)
    if answer.kind == "gone":
        return changed_to(state, "gone", now)
    return changed_to(led_nowhere(state), "failing", now)


def next_poll(state: FeedState, answer: PollAnswer, pace: Pace, now: int) -> tuple[float, int | None]:
    """The feed's interval (s), and when it is polled next (ms); None is not before a person says so.

    Failures back off by doubling to a day. A server that asks for more time gets it, and a little more for each of its
    feeds, so that they do not all return in one second.
    """
    low, high = pace.bounds(state.wish)
    seconds = interval(pace, state.wish, state.rhythm, state.hints, state.hurry, now)
    if state.wish.paused or state.state == "gone":
        return seconds, None
    if not isinstance(answer, PollFailed):
        due = now + int(_spread(seconds, state.wish.id) * 1000)
        return seconds, _after_skipped(state, due, max(due, now + int(high * 1000)))
    asked_for = answer.retry_after + _share(state.wish.id) * max(
        AFTER_ASKED * answer.retry_after, min(answer.retry_after, 30.0)
    )
    if not answer.asked:
        return seconds, now + int(asked_for * 1000)
    wait = min(max(LONGEST_WAIT, low), low * 2 ** min(state.failures - 1, MOST_DOUBLINGS))
    wait = max(_spread(wait, f"{state.wish.id}/{state.failures}"), asked_for)
    return seconds, now + int(wait * 1000)


def _after_skipped(state: FeedState, due: int, latest: int) -> int:
    """Past the days and the hours that the feed leaves out, unless a person has said how often it is polled.

    Hours are waited out up to `latest`. Days are waited out whole, and the first poll after them lies within an hour.
    """
    if not state.wish.interval and (day := after_skipped_days(due, state.hints.skip_days)) > due:
        day += int(HOUR_SECONDS * 1000 * _share(state.wish.id))
        due, latest = day, latest + day - due
    return after_skipped_hours(due, state.hints.skip_hours, latest)


def longest_wait(state: FeedState, pace: Pace) -> int:
    """How far ahead (ms) the next poll may lie at most, by the same rules."""
    low, high = pace.bounds(state.wish)
    if state.failures or state.put_off:
        return int(max(LONGEST_WAIT * (1 + AFTER_ASKED), low) * 1000)
    skipped = 0 if state.wish.interval else len(state.hints.skip_days)
    return int(high * 1000) + (skipped * 24 + bool(skipped)) * HOUR_SECONDS * 1000


def _spread(seconds: float, by: str) -> float:
    """Up to a tenth less, by a hash, so that feeds do not march in step; the same for the same feed."""
    return seconds * (1 - 0.1 * _share(by))


def _share(by: str) -> float:
    """A number from 0 to 1, the same for the same text."""
    return int(hashed(by)[:4], 16) / 0xFFFF


def told(before: FeedState, after: FeedState, poll: Poll) -> list[Out]:
    """What operators hear after a poll. That a feed is healthy from its first poll on is no news."""
    events: list[tuple[str, str]] = []
    if before.state != after.state and (before.state, after.state) != ("new", "healthy"):
        events.append((after.state, _why(after, poll)))
    if before.moved_to != after.moved_to:
        back = f"{before.moved_to} leads nowhere, so it is polled at {after.url} again"
        events.append(("moved", f"permanent redirects lead to {after.moved_to}" if after.moved_to else back))
    if poll.gap:
        events.append(("gap", f"none of the {poll.entries} entries was there at the last poll: some may be missing"))
    if after.held > before.held:
        many = after.held - before.held
        events.append(("held back", f"{many} old entries came at once: `themewire feeds held` lists them"))
    return [_event(after, kind, f"{after.wish.url}: {why}", before.state, poll.at) for kind, why in events]


def told_of_pause(before: FeedState | None, after: FeedState, now: int) -> list[Out]:
    """What operators hear when a person pauses a feed."""
    if before is None or before.state == after.state:
        return []
    return [_event(after, "paused", f"{after.wish.url}: a person has paused it", before.state, now)]


def _why(after: FeedState, poll: Poll) -> str:
    if poll.error:
        return poll.error.message
    if after.state == "silent":
        days = (poll.at - after.rhythm.last) / 86_400_000
        return (
            f"nothing new for {days:.1f} days, and usually something comes every {after.rhythm.usual / 3600:.1f} hours"
        )
    return "it can be read again"


def _event(state: FeedState, kind: str, message: str, before: str, now: int) -> Out:
    told = HealthEvent(subject=state.wish.id, kind=f"feed {kind}", message=message, before=before, at=now)
    return Out(topics.EVENTS, state.wish.id, encode(told))
