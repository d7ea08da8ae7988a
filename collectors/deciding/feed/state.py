"""A feed's row: its record, what the next request needs, and what is known of its health and its intervals."""

from typing import Literal

import msgspec

from collectors.deciding.feed.interval import FeedHints, ItemIntervals
from stream.engine.tables import Table
from stream.records import Feed

__all__ = ["FEEDS", "FeedState", "Health"]

Health = Literal["new", "unverified", "healthy", "failing", "silent", "gone", "paused"]


class FeedState(msgspec.Struct, frozen=True):
    """A row of the table `feeds`, whose due time is that of the next poll; times in ms.

    `moved_to` is where the feed is polled instead of at its own address, and `moving_to` where permanent redirects
    have led in the last `moves_agreed` polls. `distrusted`: its validators have once hidden a change. `cursor` is what
    its kind of source left for the next poll. `recent_gaps` counts documents of late that had no known entry.
    """

    feed: Feed
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    cursor: str = ""
    full_at: int = 0  # the last request without validators
    distrusted: bool = False
    moved_to: str = ""
    moving_to: str = ""
    moves_agreed: int = 0
    title: str = ""
    polled_before: bool = False  # its first document was the baseline
    state: Health = "new"
    since: int = 0
    failures: int = 0
    deferred: bool = False  # since its host has to be left alone
    entries: int = 0
    entries_held: int = 0  # of the last document's
    held: int = 0
    seen_rows: tuple[str, ...] = ()
    held_rows: tuple[str, ...] = ()
    part_rows: tuple[str, ...] = ()
    item_intervals: ItemIntervals = ItemIntervals()
    hints: FeedHints = FeedHints()
    recent_gaps: int = 0
    v: int = 1

    @property
    def url(self) -> str:
        """Where it is polled."""
        return self.moved_to or self.feed.url


FEEDS = Table("feeds", FeedState)
