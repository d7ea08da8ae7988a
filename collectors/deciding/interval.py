"""How often a feed brings something: from it follow when to look again, and when its silence is odd.

bounds of the wish and the settings ─┐
gaps between its last items ─────────┼─► seconds to the next poll
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

__all__ = ["Hints", "Pace", "Rhythm", "after_skipped_days", "after_skipped_hours", "interval"]

MOST_GAPS = 40
ENOUGH_GAPS = 5  # fewer tell nothing
LONGEST_HURRY = 6


class Rhythm(msgspec.Struct, frozen=True):
    """The last gaps between items (s), the newest item's time, and to when the last document reaches back (ms)."""

    gaps: tuple[int, ...] = ()
    last: int = 0
    oldest: int = 0

    def heard(self, times: Sequence[int]) -> "Rhythm":
        """With items of these times (ms) added; what is older than the newest says nothing of the gaps."""
        moments = sorted({time // 1000 for time in times if time > self.last})[-MOST_GAPS - 1 :]
        if not moments:
            return self
        begin = [self.last // 1000] if self.last else []
        whole = [*begin, *moments]
        gaps = [later - earlier for earlier, later in pairwise(whole) if later > earlier]
        return Rhythm((*self.gaps, *gaps)[-MOST_GAPS:], moments[-1] * 1000, self.oldest)

    @property
    def usual(self) -> float:
        """The median gap in seconds, 0 while there are too few to tell."""
        return float(median(self.gaps)) if len(self.gaps) >= ENOUGH_GAPS else 0.0

    def silent(self, now: int, floor: float) -> bool:
        """Whether nothing has come for much longer than ever usual; `floor` (s) is the least that counts as long.

        The very longest of many gaps is left out: a holiday, or an old item that is pinned.
        """
        if len(self.gaps) < ENOUGH_GAPS:
            return False
        longest = sorted(self.gaps)[-2 if len(self.gaps) >= 2 * ENOUGH_GAPS else -1]
        return (now - self.last) / 1000 > max(floor, 2 * longest, 4 * self.usual)


class Hints(msgspec.Struct, frozen=True):
    """What a feed says of itself: how long it stays as it is (s, 0: not said), and when (UTC) it has no news.

    Monday is day 0 of the week.
    """

    lasts: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pace:
    """The settings: seconds between polls of a feed that states no bounds, and how far that may be bent."""

    interval: float
    shortest: float
    longest: float

    def bounds(self, wish: Feed) -> tuple[float, float]:
        """The least and the most seconds between two polls of this feed."""
        if wish.interval or wish.longest:
            low = wish.interval or min(self.interval, wish.longest)
            return low, max(low, wish.longest)
        if self.interval < self.shortest:  # somebody watches by the second, and means it
            return self.interval, self.interval
        return self.interval, max(self.interval, self.longest)

    def hurried(self, wish: Feed) -> float:
        """The least seconds between polls of a feed whose window turns over; a person's own bound holds."""
        return wish.interval or min(self.bounds(wish)[0], self.shortest)


def interval(pace: Pace, wish: Feed, rhythm: Rhythm, hints: Hints, hurry: int, now: int) -> float:
    """Seconds to the next poll: twice in its usual gap, not sooner than it says that it changes, within the bounds.

    Where its document reaches back for less than that, or has turned over `hurry` times of late, sooner.
    """
    low, high = pace.bounds(wish)
    wanted = min(max(low, rhythm.usual / 2, hints.lasts), high)
    if rhythm.oldest:
        wanted = min(wanted, max(pace.hurried(wish), (now - rhythm.oldest) / 2000))
    return max(min(wanted, pace.hurried(wish)), wanted / float(1 << min(hurry, LONGEST_HURRY)))


def after_skipped_days(due: int, days: Sequence[int]) -> int:
    """The first moment from `due` (ms) on that is on none of these days of the week (UTC, Monday is 0)."""
    if len(set(days)) >= 7:
        return due
    while datetime.fromtimestamp(due / 1000, UTC).weekday() in days:
        due = (due // (24 * HOUR_SECONDS * 1000) + 1) * 24 * HOUR_SECONDS * 1000
    return due


def after_skipped_hours(due: int, hours: Sequence[int], latest: int) -> int:
    """The first moment from `due` (ms) on that is in none of these hours (UTC), but not after `latest`."""
    skipped = set(hours)
    if len(skipped) >= 24:
        return due
    while datetime.fromtimestamp(due / 1000, UTC).hour in skipped and due < latest:
        due = (due // (HOUR_SECONDS * 1000) + 1) * HOUR_SECONDS * 1000
    return min(due, latest)
