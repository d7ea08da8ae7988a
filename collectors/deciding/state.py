"""A feed's row: the wish, what the next request needs, and what is known of its health and rhythm."""

from typing import Literal

import msgspec

from collectors.deciding.interval import Hints, Rhythm
from stream.engine.tables import Tables
from stream.records import Feed

__all__ = ["FEEDS", "FeedState", "Health", "load", "put"]

FEEDS = "feeds"
Health = Literal["new", "healthy", "failing", "silent", "gone", "paused"]


class FeedState(msgspec.Struct, frozen=True):
    """A row of the table `feeds`; times in ms, `hurry` counts windows that turned over of late.

    `moved_to` is where the feed is polled instead of at its wish's address, and `moving_to` where permanent redirects
    have led `moves_agreed` times running. `distrusted`: its validators have lied.
    """

    wish: Feed
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    full_at: int = 0  # when a document was asked for without validators
    distrusted: bool = False
    moved_to: str = ""
    moving_to: str = ""
    moves_agreed: int = 0
    title: str = ""
    polled_before: bool = False  # its first document was the baseline
    state: Health = "new"
    since: int = 0
    failures: int = 0
    put_off: bool = False  # since its host asks to be left alone
    entries: int = 0
    entries_held: int = 0  # of the last document's
    held: int = 0
    seen_rows: tuple[str, ...] = ()
    held_rows: tuple[str, ...] = ()
    rhythm: Rhythm = Rhythm()
    hints: Hints = Hints()
    hurry: int = 0
    v: int = 1

    @property
    def url(self) -> str:
        """Where it is polled."""
        return self.moved_to or self.wish.url


def load(tables: Tables, feed: str) -> FeedState | None:
    """The feed's row."""
    row = tables.get(FEEDS, feed)
    return msgspec.json.decode(row, type=FeedState) if row else None


def put(tables: Tables, state: FeedState, due: int | None) -> None:
    """Writes the row; `due` (ms) is when the feed is polled next, None for not by itself."""
    tables.put(FEEDS, state.wish.id, msgspec.json.encode(state), due)
