"""What the index lets go: what its topics have let go, so that one that is made anew would be no smaller."""

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from stream.index.rows import ALERTS, HOURS
from stream.index.search import drop_alerts, drop_items, number_at
from stream.index.stage import ItemDoc
from stream.sqlite.database import Database
from stream.text.links import page_of
from stream.units import DAY, HOUR

__all__ = ["prune_index"]

ITEMS_KEPT = 90 * DAY  # as long as `tagged` and `deliveries`
ALERTS_KEPT = 365 * DAY  # as long as `alerts.*`
CHUNK = 1_000  # rows a transaction, which took half a second at most: what writes or polls waits no longer


def prune_index(database: Database, now: int) -> Iterator[int]:
    """Deletes what nothing has been said of for so long, as of `now` (ms), a piece whenever the next one is asked for.

    Yields how many items or alerts each piece has let go, which may be none.
    """
    with database.transaction() as db:
        before = (now - ITEMS_KEPT) // HOUR
        db.execute("DELETE FROM row WHERE name = ? AND CAST(key AS INTEGER) < ?", (HOURS.name, before))
    yield from _items(database, now - ITEMS_KEPT)
    yield from _alerts(database, now - ALERTS_KEPT)


def _items(database: Database, before: int) -> Iterator[int]:
    last = 0
    while page := _page(database, "item", "items", last, before):
        last = page[-1][0]
        docs = [(number, msgspec.json.decode(value, type=ItemDoc)) for number, _, value in page if value]
        old = [(number, doc) for number, doc in docs if max(doc.at, doc.item.first_seen) < before]
        if old:
            with database.transaction() as db:
                drop_items(db, {number: {*doc.themes, *doc.tags} for number, doc in old})
                _drop(db, "items", [doc.item.id for _, doc in old])
                links = [("links", page_of(doc.item.url), doc.item.id.encode()) for _, doc in old]
                db.executemany("DELETE FROM row WHERE name = ? AND key = ? AND value = ?", links)
        yield len(old)


def _alerts(database: Database, before: int) -> Iterator[int]:
    last = 0
    while page := _page(database, "alert", ALERTS.name, last, before):
        last = page[-1][0]
        old = [(n, key) for n, key, value in page if value and ALERTS.read(value).alert.alerted_at < before]
        if old:
            with database.transaction() as db:
                drop_alerts(db, [number for number, _ in old])
                _drop(db, ALERTS.name, [key for _, key in old])
        yield len(old)


def _page(database: Database, of: str, table: str, last: int, before: int) -> list[tuple[int, str, bytes | None]]:
    """Some rows that were first heard of before this moment, in their order."""
    return database.read(
        f"SELECT number, id, (SELECT value FROM row WHERE name = ? AND key = {of}.id) FROM {of} "
        "WHERE number > ? AND number < ? ORDER BY number LIMIT ?",
        (table, last, number_at(before), CHUNK),
    )


def _drop(db: sqlite3.Connection, table: str, keys: Iterable[str]) -> None:
    db.executemany("DELETE FROM row WHERE name = ? AND key = ?", [(table, key) for key in keys])
