"""How each feed is, by its last poll: a small row beside the feed's own, written in the same transaction.

Of ten thousand feeds the polls themselves would take 50 ms to read, each time that somebody looks at a list.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from stream.log.records import Change
from stream.records import Feed
from stream.sqlite.database import Database

__all__ = ["count_feeds", "create_feed_states", "feed_words", "update_feed_states"]


class _LastPoll(msgspec.Struct, frozen=True):
    state: str = ""
    title: str = ""
    next_poll: int | None = None


_FEED, _POLL = msgspec.json.Decoder(Feed), msgspec.json.Decoder(_LastPoll)
_VALUE = "SELECT value FROM row WHERE name = ? AND key = ?"


def create_feed_states(db: sqlite3.Connection) -> None:
    """Makes the table anew, empty."""
    db.execute("DROP TABLE IF EXISTS feed")
    db.execute(
        "CREATE TABLE feed (id TEXT PRIMARY KEY, paused INTEGER NOT NULL, state TEXT NOT NULL, title TEXT NOT NULL, "
        "address TEXT NOT NULL, next_poll INTEGER) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX feed_place ON feed (state, title, id)")


def update_feed_states(db: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Brings it in line with these rows, which are written already. Only feeds that are wished for have one."""
    written = {(change.table, change.key): change.value for change in changes if change.table in ("feeds", "polls")}
    gone = {key for (table, key), value in written.items() if table == "feeds" and value is None}
    db.executemany("DELETE FROM feed WHERE id = ?", [(key,) for key in gone])
    for key in {key for _, key in written} - gone:
        if wish := _value(db, written, "feeds", key):
            feed, poll = _FEED.decode(wish), _POLL.decode(_value(db, written, "polls", key) or b"{}")
            row = (key, feed.paused, feed.state(poll.state), *feed_words(feed, poll.title), poll.next_poll)
            db.execute("INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?, ?, ?)", row)


def _value(
    db: sqlite3.Connection, written: Mapping[tuple[str, str], bytes | None], table: str, key: str
) -> bytes | None:
    """The row as it is now, read only where it was not just written."""
    if (table, key) in written:
        return written[table, key]
    found = db.execute(_VALUE, (table, key)).fetchone()
    return found[0] if found else None


def feed_words(feed: Feed, calls_itself: str) -> tuple[str, str]:
    """The title by which a feed has its place in lists, and its address, as both are looked for: in no case."""
    return (feed.title or calls_itself or feed.url).casefold(), feed.url.casefold()


def count_feeds(index: Database, before: int) -> tuple[Counter[str], int]:
    """Return how many feeds are in each state, and how many should have been polled `before` (ms) a time.

    Raises `LogError`.
    """
    rows = index.read(
        "SELECT state, count(*), sum(NOT paused AND ifnull(next_poll < ?, 0)) FROM feed GROUP BY 1",
        (before,),
    )
    return Counter({state: count for state, count, _ in rows}), sum(late for *_, late in rows)
