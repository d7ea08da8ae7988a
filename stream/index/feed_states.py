"""How each feed is, by its last poll: a small row beside the feed's own, written in the same transaction.

Of ten thousand feeds the polls themselves would take 50 ms to read, each time that somebody looks at a list.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from stream.log.records import Change
from stream.sqlite.database import Database

__all__ = ["FeedState", "count_feeds", "create_feed_states", "feed_states", "update_feed_states"]

NEW = "new"  # the state of a feed that was not polled yet


class FeedState(NamedTuple):
    """A feed's state, whatever is wished for it now, and what it calls itself."""

    state: str = NEW
    title: str = ""


class _Feed(msgspec.Struct, frozen=True):
    paused: bool = False


class _LastPoll(msgspec.Struct, frozen=True):
    state: str = NEW
    title: str = ""
    next_poll: int | None = None


_FEED, _POLL = msgspec.json.Decoder(_Feed), msgspec.json.Decoder(_LastPoll)


def create_feed_states(db: sqlite3.Connection) -> None:
    """Makes the table anew, empty."""
    db.execute("DROP TABLE IF EXISTS feed")
    db.execute(
        "CREATE TABLE feed (id TEXT PRIMARY KEY, paused INTEGER NOT NULL, state TEXT NOT NULL, title TEXT NOT NULL, "
        "next_poll INTEGER) WITHOUT ROWID"
    )


def update_feed_states(db: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Brings it in line with these rows, which are written already. Only feeds that are wished for have one."""
    for change in changes:
        if change.table == "feeds":
            if change.value is None:
                db.execute("DELETE FROM feed WHERE id = ?", (change.key,))
                continue
            last = db.execute("SELECT value FROM row WHERE name = 'polls' AND key = ?", (change.key,)).fetchone()
            poll, paused = _POLL.decode(last[0] if last else b"{}"), _FEED.decode(change.value).paused
            row = (change.key, paused, poll.state, poll.title, poll.next_poll)
            db.execute("INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?, ?)", row)
        elif change.table == "polls" and change.value is not None:
            poll = _POLL.decode(change.value)
            db.execute(
                "UPDATE feed SET state = ?, title = ?, next_poll = ? WHERE id = ?",
                (poll.state, poll.title, poll.next_poll, change.key),
            )


def feed_states(index: Database, only: str = "") -> Mapping[str, FeedState]:
    """Return by its id how each feed is, or `only` this one; raises `LogError`."""
    rows = index.read("SELECT id, state, title FROM feed WHERE ? IN ('', id)", (only,))
    return {name: FeedState(state, title) for name, state, title in rows}


def count_feeds(index: Database, before: int) -> tuple[Counter[str], int]:
    """Return how many feeds are in each state, and how many should have been polled `before` (ms) a time.

    Raises `LogError`.
    """
    rows = index.read(
        "SELECT CASE WHEN paused THEN 'paused' ELSE state END, count(*), sum(NOT paused AND ifnull(next_poll < ?, 0)) "
        "FROM feed GROUP BY 1",
        (before,),
    )
    return Counter({state: count for state, count, _ in rows}), sum(late for *_, late in rows)
