"""How often a feed brings something: from it follow when to poll next, and when its silence is unusual.

bounds of the feed and the settings ─┐
times between its last items ────────┼─► seconds to the next poll
ttl, Cache-Control, skip… ───────────┤
a document that reaches back briefly ┘
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

import msgspec

from stream.records import Feed
from stream.units import HOUR_SECONDS

__all__ = ["FeedHints", "ItemIntervals", "PollIntervals", "after_skipped_days", "after_skipped_hours", "interval"]

MOST_KEPT = 40
LEAST_KEPT = 5  # fewer say nothing of a feed
MOST_HALVINGS = 6


class ItemIntervals(msgspec.Struct, frozen=True):
    """The last times between items (s), the newest item's time, and to when the last document reaches back (ms)."""

    seconds: tuple[int, ...] = ()
    last: int = 0
    oldest: int = 0

    def with_items(self, times: Sequence[int]) -> "ItemIntervals":
        """With items of these times (ms) added; those that are older than the newest are left out."""
        moments = sorted({time // 1000 for time in times if time > self.last})[-MOST_KEPT - 1 :]
        if not moments:
            return self
        begin = [self.last // 1000] if self.last else []
        whole = [*begin, *moments]
        seconds = [later - earlier for earlier, later in pairwise(whole) if later > earlier]
        return ItemIntervals((*self.seconds, *seconds)[-MOST_KEPT:], moments[-1] * 1000, self.oldest)

    @property
    def usual(self) -> float:
        """The median in seconds; 0 while there are too few."""
        return float(median(self.seconds)) if len(self.seconds) >= LEAST_KEPT else 0.0

    def silent(self, now: int, floor: float) -> bool:
        """Whether nothing has come for much longer than is usual, and for at least `floor` seconds.

        The very longest of many intervals is left out: it may be a holiday, or of an old item that is pinned.
        """
        since = (now - self.last) / 1000
        if since <= floor or len(self.seconds) < LEAST_KEPT:
            return False
        longest = sorted(self.seconds)[-2 if len(self.seconds) >= 2 * LEAST_KEPT else -1]
        return since > max(2 * longest, 4 * self.usual)


class FeedHints(msgspec.Struct, frozen=True):
    """What a feed states: for how long it stays as it is (s, 0: not stated), and when (UTC) it has no news.

    Monday is day 0 of the week.
    """

    ttl: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True)
class PollIntervals:
    """The settings: seconds between polls of a feed that has no bounds of its own, and how far that may be bent."""

    interval: float
    shortest: float
    longest: float

    def bounds(self, feed: Feed) -> tuple[float, float]:
        """The least and the most seconds between two polls of this feed."""
        if feed.interval or feed.longest:
            low = feed.interval or min(self.interval, feed.longest)
            return low, max(low, feed.longest)
        if self.interval < self.shortest:  # somebody watches by the second, and means it
            return self.interval, self.interval
        return self.interval, max(self.interval, self.longest)

    def shortest_for(self, feed: Feed) -> float:
        """The least seconds between polls of a feed that may have gaps; a bound of its own holds."""
        return feed.interval or min(self.bounds(feed)[0], self.shortest)


def interval(
    polls: PollIntervals, feed: Feed, items: ItemIntervals, hints: FeedHints, recent_gaps: int, now: int
) -> float:
    """Seconds to the next poll: half the usual time between items, not less than the feed's ttl, within the bounds.

    Sooner where its document reaches back for less than that, or has had gaps of late.
    """
    low, high = polls.bounds(feed)
    wanted = min(max(low, items.usual / 2, hints.ttl), high)
    shortest = polls.shortest_for(feed)
    if items.oldest:
        wanted = min(wanted, max(shortest, (now - items.oldest) / 2000))
    return max(min(wanted, shortest), wanted / float(1 << min(recent_gaps, MOST_HALVINGS)))


def after_skipped_days(due: int, days: Sequence[int]) -> int:
    """The first moment from `due` (ms) on that is on none of these days of the week (UTC, Monday is 0)."""
    if not days or len(set(days)) >= 7:
        return due
    while datetime.fromtimestamp(due / 1000, UTC).weekday() in days:
        due = (due // (24 * HOUR_SECONDS * 1000) + 1) * 24 * HOUR_SECONDS * 1000
    return due


def after_skipped_hours(due: int, hours: Sequence[int], latest: int) -> int:
    """The first moment from `due` (ms) on that is in none of these hours (UTC), but not after `latest`."""
    skipped = set(hours)
    if not skipped or len(skipped) >= 24:
        return due
    while datetime.fromtimestamp(due / 1000, UTC).hour in skipped and due < latest:
        due = (due // (HOUR_SECONDS * 1000) + 1) * HOUR_SECONDS * 1000
    return min(due, latest)
