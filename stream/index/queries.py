"""What people look for: alerts and items, newest first, a page at a time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from stream.index.rows import ALERTS, AlertDoc
from stream.index.search import matching, number_at
from stream.index.stage import ItemDoc
from stream.sqlite.database import Database

__all__ = [
    "Page",
    "Wanted",
    "count_items",
    "find_alerts",
    "find_items",
    "judged_items",
    "languages",
    "most_doubtful",
    "sources",
]

LIMIT = 50
MOST_CHOICES = 200
D = TypeVar("D")
Conditions = list[tuple[str, Sequence[object]]]


@dataclass(frozen=True)
class Wanted:
    """What is looked for; what is empty does not matter.

    `feed` is the id of an item's feed, `source` the name of who published it, or of one of an alert's publishers;
    `since` and `until` are moments (ms); `before` is where the page before ended.
    """

    words: str = ""
    theme: str = ""
    decision: str = ""
    lang: str = ""
    feed: str = ""
    source: str = ""
    since: int = 0
    until: int = 0
    before: int = 0
    limit: int = LIMIT


@dataclass(frozen=True)
class Page(Generic[D]):
    """Documents, the newest first, and what the next page comes `before`; 0 where there is none."""

    docs: Sequence[D]
    more: int = 0


def find_alerts(index: Database, wanted: Wanted) -> Page[AlertDoc]:
    """Return alerts by when they were raised, each with its last record; raises `LogError`."""
    conditions = _common("alert", wanted)
    if wanted.theme:
        conditions.append(("theme = ?", (wanted.theme,)))
    if wanted.source:
        conditions.append(("number IN (SELECT number FROM alert_source WHERE name = ?)", (wanted.source,)))
    return _page(index, "alert", ALERTS.name, conditions, wanted, ALERTS.read)


def find_items(index: Database, wanted: Wanted) -> Page[ItemDoc]:
    """Return items by when they were first seen; a `theme` asks for those tagged with it; raises `LogError`."""
    conditions = _common("item", wanted)
    if wanted.theme:
        tagged = "EXISTS (SELECT 1 FROM item_theme t WHERE t.theme = ? AND t.tagged = 1 AND t.number = item.number)"
        conditions.append((tagged, (wanted.theme,)))
    if wanted.decision:
        conditions.append(("decision = ?", (wanted.decision,)))
    if wanted.source:
        conditions.append(("source = ?", (wanted.source,)))
    if wanted.feed:
        conditions.append(("feed = ?", (wanted.feed,)))
    return _page(index, "item", "items", conditions, wanted, lambda row: msgspec.json.decode(row, type=ItemDoc))


def most_doubtful(index: Database, lang: str, but: Collection[str], most: int) -> Iterator[ItemDoc]:
    """Yield up to so many items in a language of which the model was least sure, without these; raises `LogError`."""
    found, last = 0, 0
    while found < most and (
        page := index.read(
            "SELECT id, (SELECT value FROM row WHERE name = 'items' AND key = item.id) FROM item "
            "WHERE lang = ? AND doubt IS NOT NULL ORDER BY doubt DESC, id LIMIT ? OFFSET ?",
            (lang, most, last),
        )
    ):
        last += most
        new = [value for name, value in page if name not in but][: most - found]
        found += len(new)
        yield from (msgspec.json.decode(value, type=ItemDoc) for value in new)


def judged_items(index: Database, langs: Collection[str] = ()) -> list[str]:
    """Return the ids of all items that a model has judged, in these languages where any are named; raises `LogError`"""
    within = f"AND lang IN ({', '.join('?' * len(langs))})" if langs else ""
    return [name for (name,) in index.read(f"SELECT id FROM item WHERE doubt IS NOT NULL {within}", tuple(langs))]


def count_items(index: Database, since: int, until: int = 0) -> dict[str, int]:
    """Return how many items were first seen within these moments (ms), by decision; raises `LogError`."""
    last = number_at(until) if until else (1 << 63) - 1
    query = "SELECT decision, count(*) FROM item NOT INDEXED WHERE number >= ? AND number < ? GROUP BY decision"
    return dict(index.read(query, (number_at(since), last)))


def languages(index: Database, of: str) -> list[str]:
    """Return the languages of all that is an `item` or an `alert`, in order; raises `LogError`."""
    return _distinct(index, of, "lang")


def sources(index: Database, of: str) -> list[str]:
    """Return who published an `item` or an `alert`, in order, of very many the first; raises `LogError`."""
    return _distinct(index, *(("item", "source") if of == "item" else ("alert_source", "name")))


def _distinct(index: Database, table: str, column: str) -> list[str]:
    query = (  # from one to the next by the index, past all that have the same
        f"WITH RECURSIVE next(it) AS (SELECT min({column}) FROM {table} WHERE {column} > '' UNION ALL "
        f"SELECT (SELECT min({column}) FROM {table} WHERE {column} > next.it) FROM next WHERE it IS NOT NULL) "
        f"SELECT it FROM next WHERE it IS NOT NULL LIMIT {MOST_CHOICES}"
    )
    return [it for (it,) in index.read(query)]


def _common(of: str, wanted: Wanted) -> Conditions:
    found: Conditions = []
    if wanted.before:
        found.append(("number < ?", (wanted.before,)))
    if wanted.since:
        found.append(("number >= ?", (number_at(wanted.since),)))
    if wanted.until:
        found.append(("number < ?", (number_at(wanted.until),)))
    if wanted.lang:
        found.append(("lang = ?", (wanted.lang,)))
    return found


def _page(
    index: Database, of: str, table: str, conditions: Conditions, wanted: Wanted, read: Callable[[bytes], D]
) -> Page[D]:
    tables = of
    if wanted.words.strip():
        query = matching(wanted.words)
        if not query:
            return Page([])  # nothing but signs, which nothing has for words
        tables = f"{of}_words CROSS JOIN {of} ON {of}.number = {of}_words.rowid"  # in the order of the words' own index
        conditions = [(f"{of}_words MATCH ?", (query,)), *conditions]
    where = " AND ".join(text for text, _ in conditions) or "1"
    values = [value for _, given in conditions for value in given]
    number = f"{of}_words.rowid" if tables != of else "number"
    found = index.read(
        f"SELECT {of}.number, (SELECT value FROM row WHERE name = ? AND key = {of}.id) FROM {tables} "
        f"WHERE {where} ORDER BY {number} DESC LIMIT ?",
        (table, *values, wanted.limit + 1),
    )
    docs = [read(value) for _, value in found[: wanted.limit]]
    return Page(docs, found[wanted.limit - 1][0] if len(found) > wanted.limit else 0)
