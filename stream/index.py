"""The index: a read model that can be deleted at any time, since it is built from the topics alone.

Its stage decides like any other; its session keeps rows and positions in a SQLite file of its own, on either backend.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from stream.log import Fenced, Log, LogError, Work
from stream.records import Alert, Feed, Poll, Source, Tagged, decode
from stream.stage import Change, Effects, Event, Record, Tables, Tick
from stream.topics import ALERTS, alerts_topic

__all__ = ["AlertNote", "IndexSession", "IndexStage", "ItemDoc", "open_index"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS row (name TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position (
    topic TEXT, partition INTEGER, next_offset INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
"""
BUSY_SECONDS = 15
POLL_SECONDS = 1.0


class AlertNote(msgspec.Struct, frozen=True):
    """The last word of an alert."""

    id: str
    seq: int
    kind: str


class ItemDoc(msgspec.Struct, frozen=True):
    """What became of an item."""

    title: str
    url: str
    feed: str
    lang: str
    decision: str
    themes: dict[str, float]
    baseline: bool
    first_seen: int
    sources: tuple[Source, ...]
    alerts: dict[str, AlertNote] = {}


@dataclass(frozen=True)
class IndexStage:
    """Decides which rows of the read model a record changes: `feeds`, `polls` (the last one), `items`.

    In whatever order the topics are read, the rows come out the same.
    """

    themes: tuple[str, ...]
    name: str = "index"
    views: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the read model is made of."""
        return ("feeds", "polls", "tagged", *map(alerts_topic, self.themes))

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """Rows only; see `stream.stage.Stage`."""
        for event in events:
            if isinstance(event, Record):
                _index(tables, event)
        return Effects(changes=tables.changes)


def _index(tables: Tables, record: Record) -> None:
    if record.topic.startswith(ALERTS):
        _note_alert(tables, decode(record.value, Alert))
    elif record.topic == "tagged":
        _note_tagged(tables, decode(record.value, Tagged))
    elif record.value is None:
        tables.delete(record.topic, record.key)  # not its last poll: what comes of two topics must not hang on order
    else:
        decode(record.value, Feed if record.topic == "feeds" else Poll)
        tables.put(record.topic, record.key, record.value)


def _doc(tables: Tables, item: str) -> ItemDoc | None:
    row = tables.get("items", item)
    return msgspec.json.decode(row, type=ItemDoc) if row else None


def _note_tagged(tables: Tables, tagged: Tagged) -> None:
    item, old = tagged.item, _doc(tables, tagged.item.id)
    if old and tagged.joined:
        tables.put("items", item.id, msgspec.json.encode(msgspec.structs.replace(old, sources=tagged.sources)))
        return
    doc = ItemDoc(
        title=item.title,
        url=item.url,
        feed=item.feed,
        lang=item.lang,
        decision=tagged.decision,
        themes=tagged.themes,
        baseline=item.baseline,
        first_seen=item.first_seen,
        sources=tagged.sources,
        alerts=old.alerts if old else _early_notes(tables, item.id),
    )
    tables.delete("early", item.id)
    tables.put("items", item.id, msgspec.json.encode(doc))


def _note_alert(tables: Tables, alert: Alert) -> None:
    def noted(notes: Mapping[str, AlertNote]) -> dict[str, AlertNote]:
        return dict(sorted({**notes, alert.theme: AlertNote(alert.id, alert.seq, alert.kind)}.items()))

    for source in alert.sources:
        if (doc := _doc(tables, source.item)) is not None:
            doc = msgspec.structs.replace(doc, alerts=noted(doc.alerts))
            tables.put("items", source.item, msgspec.json.encode(doc))
        else:
            tables.put("early", source.item, msgspec.json.encode(noted(_early_notes(tables, source.item))))


def _early_notes(tables: Tables, item: str) -> dict[str, AlertNote]:
    """Notes of alerts that were read before their item: between topics there is no order."""
    row = tables.get("early", item)
    return msgspec.json.decode(row, type=dict[str, AlertNote]) if row else {}


class IndexRows:
    """The rows of the read model; none is ever armed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        row = self._db.execute("SELECT value FROM row WHERE name = ? AND key = ?", (table, key)).fetchone()
        return row[0] if row else None

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table, in order of keys."""
        return iter(self._db.execute("SELECT key, value FROM row WHERE name = ? ORDER BY key", (table,)).fetchall())

    def due(self, now: int, limit: int) -> list[Tick]:
        """Nothing is ever due."""
        return []

    def next_due(self) -> int | None:
        """Nothing is ever due."""
        return None


def open_index(path: Path) -> sqlite3.Connection:
    """The index's file, made when it is missing; a `LogError` says why it cannot be opened."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.executescript(SCHEMA)
    except (OSError, sqlite3.Error) as error:
        raise LogError(f"the index {path} cannot be opened ({error}): check the folder's rights") from error
    return db


class IndexSession:
    """A session (`stream.log.Session`) whose one partition holds all, and whose positions lie beside its rows.

    Several processes may bring the index up to date: a commit that does not start where the last one ended is
    `Fenced`, and begins again from there.
    """

    def __init__(self, log: Log, path: Path, inputs: Sequence[str]) -> None:
        self.eager = False
        self._log = log
        self._inputs = inputs
        self._db = open_index(path)
        stored = self._stored()
        self._reader = log.reader(inputs, stored)
        self._began = stored  # where the index stood when we last looked
        self._woken = False

    def _stored(self) -> dict[tuple[str, int], int]:
        rows = self._db.execute("SELECT topic, partition, next_offset FROM position").fetchall()
        return {(topic, partition): offset for topic, partition, offset in rows}

    def poll(self, until: int | None) -> list[Record]:
        """Records of all inputs, as of partition 0."""
        wait = 0.0 if self._woken else POLL_SECONDS
        if until is not None:
            wait = max(0.0, min(wait, until / 1000 - time.time()))
        self._woken = False
        return [Record(r.topic, 0, r.offset, r.key, r.value, r.timestamp) for r in self._reader.poll(wait)]

    def caught_up(self) -> bool:
        """Whether all that was there when the session was opened is in the index."""
        return self._reader.caught_up()

    def lag(self) -> int:
        """How many records are not in the index yet."""
        stored = self._stored()
        return sum(end - stored.get(at, 0) for at, end in self._log.ends(self._inputs).items())

    def owned(self) -> Mapping[int, int]:
        """Partition 0, always."""
        return {0: 1}

    def tables(self, partition: int) -> IndexRows:
        """The rows of the read model."""
        return IndexRows(self._db)

    def commit(self, works: Sequence[Work]) -> None:
        """Rows and positions in one transaction."""
        outputs = [out for work in works for out in work.outputs]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._check_beginning()
            if outputs:
                self._log.append(outputs)  # only dead records; said twice after a crash rather than never
            self._write([c for work in works for c in work.changes])
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise LogError(f"the index cannot be written ({error})") from error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        self._began = self._stored()

    def _check_beginning(self) -> None:
        stored = self._stored()
        if stored != self._began:
            self._reader.close()
            self._reader = self._log.reader(self._inputs, stored)
            self._began = stored
            raise Fenced("another process has brought the index up to date")

    def _write(self, changes: Sequence[Change]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO row VALUES (?, ?, ?)",
            [(c.table, c.key, c.value) for c in changes if c.value is not None],
        )
        self._db.executemany(
            "DELETE FROM row WHERE name = ? AND key = ?", [(c.table, c.key) for c in changes if c.value is None]
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO position VALUES (?, ?, ?)",
            [(*at, offset) for at, offset in self._reader.positions.items()],
        )

    def wake(self) -> None:
        """Makes the next poll return at once."""
        self._woken = True

    def close(self) -> None:
        """Closes reader and file."""
        self._reader.close()
        self._db.close()
