"""The entries that a feed has had: 8-byte keys with what they stand for, packed, one row a feed and month.

A row is its version, how many entries it has, the entries, and the keys, each with the index of its entry.

A key is kept for 400 days after its entry was last in the document: whatever is in the document is carried over to
the current month's row, and a month's row is forgotten as a whole. A full row is followed by a second one. Keys that an
entry of the document no longer has (a guid or date that changes at each poll) leave the current month's rows.
"""

import itertools
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace as changed

from collectors.deciding.feed.state import FeedState
from collectors.deciding.text.sketch import NO_SKETCH
from stream.engine.tables import Tables
from stream.records import NewerVersion

__all__ = ["SeenEntries", "SeenEntry", "forget_seen", "load_seen", "save_seen"]

SEEN = "seen"  # its rows are packed, so it is no typed table

KEPT_DAYS = 400
VERSION = b"\x01"  # the first byte of a row
_COUNT = struct.Struct(">I")
_ENTRY = struct.Struct(">16s4s4s4sII22s22s")
_KEY = struct.Struct(">8sH")
_HELD = 2**32 - 1
MOST_KEYS = 8_000  # in one row: 720 kB at worst, under the limit of a record


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """What a key stands for: item id, hashes of the raw text, the clean title and the clean summary, and the revision.

    The revision is None for an entry that is held back: it is known, and is not on the stream yet. `published` is in
    seconds, 0 where that is not known; the sketches are those of title and summary.
    """

    item: bytes
    raw_hash: bytes
    title_hash: bytes
    text_hash: bytes
    revision: int | None
    published: int = 0
    title_sketch: bytes = NO_SKETCH
    text_sketch: bytes = NO_SKETCH


@dataclass
class SeenEntries:
    """The keys of one feed; `rows` are its rows by name (`YYYYMM` or `YYYYMM.N`)."""

    rows: Mapping[str, bytes]
    _known: dict[bytes, SeenEntry] = field(default_factory=dict)
    _fresh: dict[bytes, SeenEntry] = field(default_factory=dict)
    _by_time: dict[int, list[SeenEntry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in sorted(self.rows, key=_order):  # later rows win
            self._known.update(_unpack(self.rows[name]))

    def get(self, key: bytes) -> SeenEntry | None:
        """What a key stands for, or None."""
        return self._known.get(key)

    def published_at(self, second: int) -> list[SeenEntry]:
        """The entries that were published in this second; none for 0."""
        if not self._by_time:
            for entry in self._known.values():
                self._by_time.setdefault(entry.published, []).append(entry)
        return list(dict.fromkeys(self._by_time.get(second, ()))) if second else []

    def put(self, keys: Sequence[bytes], entry: SeenEntry) -> None:
        """Adds an entry of the current document under all its keys."""
        for key in keys:
            self._known[key] = entry
            self._fresh[key] = entry

    def release(self) -> None:
        """Counts all that was held back as seen."""
        for key, entry in list(self._known.items()):
            if entry.revision is None:
                self.put([key], replace(entry, revision=0))

    def changed_rows(self, now: int) -> dict[str, bytes | None]:
        """The rows to write (or to delete, None), after every entry of the document was `put`; `now` in ms."""
        today = datetime.fromtimestamp(now / 1000, UTC)
        month, oldest = f"{today:%Y%m}", f"{today - timedelta(days=KEPT_DAYS):%Y%m}"
        changes: dict[str, bytes | None] = {name: None for name in self.rows if name.partition(".")[0] < oldest}
        current = [name for name in sorted(self.rows, key=_order) if name.partition(".")[0] == month]
        present = {entry.item for entry in self._fresh.values()}
        add = dict(self._fresh)
        kept: dict[str, dict[bytes, SeenEntry]] = {}
        for name in current:  # a key stays in its row
            there = _unpack(self.rows[name])
            kept[name] = {k: add.pop(k, e) for k, e in there if k in self._fresh or e.item not in present}
        for name in itertools.chain(current, _further(month, len(current))):
            if not add and name not in kept:
                break
            row = kept.get(name, {})
            row.update([(key, add.pop(key)) for key in list(add)[: max(0, MOST_KEYS - len(row))]])
            if (packed := _pack(row)) != self.rows.get(name):
                changes[name] = packed
        return changes


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


def _unpack(row: bytes) -> Iterator[tuple[bytes, SeenEntry]]:
    if not row:
        return
    if row[:1] != VERSION:
        raise NewerVersion(
            f"a row of the table {SEEN!r} has version {row[0]}, and this themewire reads {VERSION[0]}: upgrade it"
        )
    (count,) = _COUNT.unpack_from(row, 1)
    begin = 1 + _COUNT.size
    end = begin + count * _ENTRY.size
    entries = [_entry(*packed) for packed in _ENTRY.iter_unpack(row[begin:end])]
    for key, index in _KEY.iter_unpack(row[end:]):
        yield key, entries[index]


def _entry(
    item: bytes, raw: bytes, title: bytes, text: bytes, revision: int, published: int, *sketches: bytes
) -> SeenEntry:
    return SeenEntry(item, raw, title, text, None if revision == _HELD else revision, published, *sketches)


def _packed(entry: SeenEntry) -> bytes:
    return _ENTRY.pack(
        entry.item,
        entry.raw_hash,
        entry.title_hash,
        entry.text_hash,
        _HELD if entry.revision is None else entry.revision,
        entry.published,
        entry.title_sketch,
        entry.text_sketch,
    )


def _pack(entries: Mapping[bytes, SeenEntry]) -> bytes:
    indexes = {entry: index for index, entry in enumerate(dict.fromkeys(entries.values()))}
    keys = [_KEY.pack(key, indexes[entry]) for key, entry in entries.items()]
    return b"".join([VERSION, _COUNT.pack(len(indexes)), *map(_packed, indexes), *keys])
