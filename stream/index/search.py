"""What can be searched: columns and words of items and alerts, kept beside their rows in the same transaction.

A row's number orders by time, so that the newest come first and a page begins where the one before ended: the
milliseconds of its first sight, and twenty bits of its id.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from zlib import crc32

import msgspec

from stream.index.doubt import doubt
from stream.index.rows import ALERTS, AlertDoc
from stream.index.stage import ItemDoc
from stream.log.records import Change

__all__ = [
    "MOMENT",
    "create_search",
    "drop_alerts",
    "drop_items",
    "matching",
    "moment_of",
    "number_at",
    "update_search",
]

_SCHEMA = """
CREATE TABLE item (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, decision TEXT NOT NULL, lang TEXT NOT NULL,
    feed TEXT NOT NULL, source TEXT NOT NULL, doubt REAL, words TEXT NOT NULL);
CREATE INDEX item_decision ON item (decision);
CREATE INDEX item_doubt ON item (lang, doubt DESC, id) WHERE doubt IS NOT NULL;
CREATE INDEX item_feed ON item (feed);
CREATE INDEX item_lang ON item (lang);
CREATE INDEX item_source ON item (source);
CREATE TABLE item_theme (
    theme TEXT, tagged INTEGER, number INTEGER, probability REAL NOT NULL,
    PRIMARY KEY (theme, tagged, number)) WITHOUT ROWID;
CREATE VIRTUAL TABLE item_words USING fts5(words, content='', tokenize='unicode61 remove_diacritics 2');
CREATE TABLE alert (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, theme TEXT NOT NULL, kind TEXT NOT NULL,
    lang TEXT NOT NULL, words TEXT NOT NULL);
CREATE INDEX alert_theme ON alert (theme);
CREATE INDEX alert_lang ON alert (lang);
CREATE TABLE alert_source (name TEXT, number INTEGER, PRIMARY KEY (name, number)) WITHOUT ROWID;
CREATE VIRTUAL TABLE alert_words USING fts5(words, content='', tokenize='unicode61 remove_diacritics 2');
"""
_TABLES = ("item", "item_theme", "item_words", "alert", "alert_source", "alert_words")
_BITS = 20
MOMENT = f"(number >> {_BITS})"  # of a row (ms), in SQL
_PREFIX = 3  # letters: fewer begin half of all words
# Scripts that put no space between words: a character is a word there, and what is looked for is a phrase of them.
_JOINED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)


def number_at(at: int) -> int:
    """Return the least number of a row of this moment (ms)."""
    return max(at, 0) << _BITS


def moment_of(number: int) -> int:
    """Return the moment (ms) of a row's number."""
    return number >> _BITS


def create_search(db: sqlite3.Connection) -> None:
    """Makes the tables anew, empty."""
    for table in _TABLES:
        db.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in filter(str.strip, _SCHEMA.split(";")):
        db.execute(statement)


def matching(query: str) -> str:
    """Return the full-text query for all of these words, longer ones also as beginnings; empty for none."""
    phrases = ([part.strip("_") for part in re.findall(r"\w+", _spaced(word))] for word in query.split())
    return " ".join(
        f'"{" ".join(phrase)}"{"*" if len(phrase[-1]) >= _PREFIX else ""}' for phrase in phrases if any(phrase)
    )


def update_search(db: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Brings columns and words in line with these rows, which are written already."""
    for change in changes:
        if change.value is None:
            continue  # neither items nor alerts are deleted one by one
        if change.table == "items":
            _put_item(db, msgspec.json.decode(change.value, type=ItemDoc))
        elif change.table == ALERTS.name:
            _put_alert(db, ALERTS.read(change.value))


def drop_items(db: sqlite3.Connection, themes_of: Mapping[int, Iterable[str]]) -> None:
    """Deletes columns and words of items, by their numbers, that have these themes; their rows are the caller's."""
    _forget(db, "item", themes_of)
    db.executemany(
        "DELETE FROM item_theme WHERE theme = ? AND tagged = ? AND number = ?",
        [(theme, tagged, number) for number, themes in themes_of.items() for theme in themes for tagged in (0, 1)],
    )


def drop_alerts(db: sqlite3.Connection, numbers: Collection[int]) -> None:
    """Deletes columns and words of alerts; their rows are the caller's."""
    _forget(db, "alert", numbers)
    db.execute(f"DELETE FROM alert_source WHERE number IN ({', '.join('?' * len(numbers))})", tuple(numbers))


def _forget(db: sqlite3.Connection, of: str, numbers: Iterable[int]) -> None:
    """Without its old words the full-text index would keep them for ever."""
    for number in numbers:
        (words,) = db.execute(f"SELECT words FROM {of} WHERE number = ?", (number,)).fetchone()
        db.execute(f"INSERT INTO {of}_words({of}_words, rowid, words) VALUES ('delete', ?, ?)", (number, words))
        db.execute(f"DELETE FROM {of} WHERE number = ?", (number,))


def _put_item(db: sqlite3.Connection, doc: ItemDoc) -> None:
    item = doc.item
    number, old = _known(db, "item", item.id, item.first_seen)
    words = _spaced(" ".join([item.title, item.summary, *item.excerpts.values()]))
    how_unsure = doubt(doc) if doc.themes else None  # where no model has judged it
    _put(db, "item", (number, item.id, doc.decision, item.lang, item.feed, item.source, how_unsure, words), old)
    if themes := {*doc.themes, *doc.tags}:
        db.executemany(
            "DELETE FROM item_theme WHERE theme = ? AND tagged = ? AND number = ?",
            [(theme, tagged, number) for theme in themes for tagged in (0, 1)],
        )
        db.executemany(
            "INSERT INTO item_theme VALUES (?, ?, ?, ?)",
            [(theme, theme in doc.tags, number, doc.themes.get(theme, 1.0)) for theme in themes],
        )


def _put_alert(db: sqlite3.Connection, doc: AlertDoc) -> None:
    alert = doc.alert
    number, old = _known(db, "alert", alert.id, doc.course[0].at)
    names = {source.name for source in alert.sources}
    words = _spaced(" ".join([alert.title, alert.summary, alert.excerpt, *names]))
    _put(db, "alert", (number, alert.id, alert.theme, alert.kind, alert.lang, words), old)
    db.executemany("INSERT OR IGNORE INTO alert_source VALUES (?, ?)", [(name, number) for name in names])


def _put(db: sqlite3.Connection, table: str, row: tuple[object, ...], old: str | None) -> None:
    """Writes a row and its words; without its old words the full-text index would keep them for ever."""
    number, words = row[0], row[-1]
    if old != words:
        if old is not None:
            db.execute(f"INSERT INTO {table}_words({table}_words, rowid, words) VALUES ('delete', ?, ?)", (number, old))
        db.execute(f"INSERT INTO {table}_words(rowid, words) VALUES (?, ?)", (number, words))
    db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _known(db: sqlite3.Connection, table: str, key: str, at: int) -> tuple[int, str | None]:
    """The number of this row and its words: those that it has, or none and the next free number from its moment on."""
    known: tuple[int, str] | None = db.execute(f"SELECT number, words FROM {table} WHERE id = ?", (key,)).fetchone()
    if known:
        return known
    number = number_at(at) | crc32(key.encode()) & ((1 << _BITS) - 1)
    while db.execute(f"SELECT 1 FROM {table} WHERE number = ?", (number,)).fetchone():
        number += 1
    return number, None


def _spaced(text: str) -> str:
    return _JOINED.sub(r" \1 ", unicodedata.normalize("NFKC", text).casefold())
