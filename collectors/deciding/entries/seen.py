"""The entries that a feed has had: 8-byte keys with what they stand for, packed, one row a feed and month.

A key is kept for 400 days after its entry was last in the document: whatever is in the document is carried over to
the current month's row, and a month's row is forgotten as a whole. A full row is followed by a second one. Keys that an
entry of the document no longer has (a guid or date that changes at each poll) leave the current month's rows.

Of a feed that has had very many entries, what is not in the document is not unpacked (`seen_row`).
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace as changed

from collectors.deciding.entries.seen_row import SEEN, SeenEntry, SeenRow, extended, numbers_of, pack
from collectors.deciding.feed.state import FeedState
from stream.engine.tables import Tables

__all__ = ["SeenEntries", "SeenEntry", "forget_seen", "load_seen", "save_seen"]

KEPT_DAYS = 400
MOST_KEYS = 8_000  # in one row: 720 kB at worst, under the limit of a record


class SeenEntries:
    """The keys of one feed; `rows` are its rows by name (`YYYYMM` or `YYYYMM.N`)."""

    def __init__(self, rows: Mapping[str, bytes]) -> None:
        self.rows = rows
        self._rows = {name: SeenRow(rows[name]) for name in sorted(rows, key=_order)}
        self._latest = list(reversed(self._rows.values()))  # later rows win
        self._known: dict[bytes, SeenEntry | None] = {}  # what was asked for
        self._fresh: dict[bytes, SeenEntry] = {}

    def get(self, key: bytes) -> SeenEntry | None:
        """What a key stands for, or None."""
        if key in self._fresh:
            return self._fresh[key]
        if key not in self._known:
            found = ((row, at) for row in self._latest if (at := row.find(key)) is not None)
            self._known[key] = next((row.entry(at) for row, at in found), None)
        return self._known[key]

    def look_up(self, keys: Sequence[bytes]) -> None:
        """Finds all of these at once, before they are asked for one by one."""
        wanted = numbers_of(keys)
        self._known |= dict.fromkeys(keys)
        for row in self._rows.values():  # later rows win
            self._known |= {key: row.entry(at) for key, at in row.among(wanted).items()}

    def published_at(self, second: int) -> list[SeenEntry]:
        """The entries that were published in this second; none for 0."""
        if not second:
            return []
        stored = [e for row in self._rows.values() for at in row.published_at(second) for e in self._standing(row, at)]
        return list(dict.fromkeys([*stored, *(e for e in self._fresh.values() if e.published == second)]))

    def _standing(self, row: SeenRow, at: int) -> list[SeenEntry]:
        """The entry, if one of its keys still stands for it, and not for a later one."""
        entry = row.entry(at)
        return [entry] if any(self.get(key) == entry for key in row.keys_of(at)) else []

    def put(self, keys: Sequence[bytes], entry: SeenEntry) -> None:
        """Adds an entry of the current document under all its keys."""
        self._fresh.update(dict.fromkeys(keys, entry))

    def release(self) -> None:
        """Counts all that was held back as seen."""
        for key, entry in self._fresh.items():
            if entry.revision is None:
                self._fresh[key] = replace(entry, revision=0)
        for row in self._rows.values():
            for at in row.held():
                entry = row.entry(at)
                keys = [key for key in row.keys_of(at) if self.get(key) == entry]
                self.put(keys, replace(entry, revision=0))

    def changed_rows(self, now: int) -> dict[str, bytes | None]:
        """The rows to write (or to delete, None), after every entry of the document was `put`; `now` in ms."""
        today = datetime.fromtimestamp(now / 1000, UTC)
        month, oldest = f"{today:%Y%m}", f"{today - timedelta(days=KEPT_DAYS):%Y%m}"
        changes: dict[str, bytes | None] = {name: None for name in self._rows if name.partition(".")[0] < oldest}
        current = [name for name in self._rows if name.partition(".")[0] == month]
        add = dict(self._fresh)
        kept = {name: self._kept(self._rows[name], add) for name in current}  # a key stays in its row
        for name in itertools.chain(current, _further(month, len(current))):
            if not add and name not in kept:
                break
            row, count = kept.get(name, (pack({}), 0))
            if more := {key: add.pop(key) for key in list(add)[: max(0, MOST_KEYS - count)]}:
                row = extended(row, more)
            if row != self.rows.get(name):
                changes[name] = row
        return changes

    def _kept(self, row: SeenRow, add: dict[bytes, SeenEntry]) -> tuple[bytes, int]:
        """A current row without keys that entries of the document no longer have, and how many it has; those of its
        keys that were put stand for what they do now, and leave `add`."""
        keys = numbers_of(self._fresh)
        own = {key: add.pop(key) for key in row.among(keys) if key in add}
        stale = row.has_stale(keys, numbers_of(entry.item for entry in self._fresh.values()))
        if not stale and (updated := row.updated(own)) is not None:
            return updated, len(row)
        present = {entry.item for entry in self._fresh.values()}
        there = {k: own.get(k, e) for k, e in row.items() if k in self._fresh or e.item not in present}
        return pack(there), len(there)


def load_seen(tables: Tables, state: FeedState) -> SeenEntries:
    """The entries that the feed has had until now."""
    return SeenEntries({name: tables.get(SEEN, f"{state.feed.id}/{name}") or b"" for name in state.seen_rows})


def save_seen(tables: Tables, state: FeedState, seen: SeenEntries, now: int) -> FeedState:
    """Writes the rows that have changed; returns the state that names its rows."""
    names = set(state.seen_rows)
    for name, row in seen.changed_rows(now).items():
        if row is None:
            tables.delete(SEEN, f"{state.feed.id}/{name}")
            names.discard(name)
        else:
            tables.put(SEEN, f"{state.feed.id}/{name}", row)
            names.add(name)
    return changed(state, seen_rows=tuple(sorted(names)))


def forget_seen(tables: Tables, state: FeedState) -> None:
    """Deletes the feed's rows."""
    for name in state.seen_rows:
        tables.delete(SEEN, f"{state.feed.id}/{name}")


def _order(name: str) -> tuple[str, int]:
    month, _, number = name.partition(".")
    return month, int(number or 0)


def _further(month: str, there: int) -> Iterator[str]:
    """Names of rows for a month that has `there` of them."""
    number = there
    while True:
        yield f"{month}.{number}" if number else month
        number += 1
