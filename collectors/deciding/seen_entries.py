"""What a feed has shown: 8-byte keys with what they stand for, packed, one row a feed and month.

A row is its version, how many entries it has, the entries, and the keys, each with the place of its entry. Rows of
version 1 had the entry beside each key, and knew less of it.

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

from collectors.deciding.sketch import NO_GIST
from collectors.deciding.state import FeedState
from stream.engine.tables import Tables
from stream.records import NewerVersion

__all__ = ["SEEN", "Mark", "Memory", "remember", "remembered"]

SEEN = "seen"

KEPT_DAYS = 400
VERSION = b"\x02"  # the first byte of a row
_COUNT = struct.Struct(">I")
_ENTRY = struct.Struct(">16s4s4s4sII22s22s")
_KEY = struct.Struct(">8sH")
_VERSION_1 = struct.Struct(">8s16s4s4s4sI")
_HELD = 2**32 - 1
MOST_KEYS = 8_000  # in one row: 720 kB at worst, under the limit of a record


@dataclass(frozen=True, slots=True)
class Mark:
    """What a key stands for: item id, hashes of raw text, clean title and clean summary, and the revision.

    The revision is None for an entry that is held back: it is known, and nobody has seen it yet. `at` is when it was
    published (s), 0 where that is not known, `says` and `tells` are the gists of title and summary.
    """

    item: bytes
    raw: bytes
    title: bytes
    text: bytes
    revision: int | None
    at: int = 0
    says: bytes = NO_GIST
    tells: bytes = NO_GIST

    @property
    def is_old(self) -> bool:
        """Whether it was remembered before there were gists."""
        return self.says == NO_GIST


@dataclass
class Memory:
    """The keys of one feed; `rows` are its rows by name (`YYYYMM` or `YYYYMM.N`)."""

    rows: Mapping[str, bytes]
    _known: dict[bytes, Mark] = field(default_factory=dict)
    _fresh: dict[bytes, Mark] = field(default_factory=dict)
    _dated: dict[int, list[Mark]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in sorted(self.rows, key=_order):  # later rows speak last
            self._known.update(_unpack(self.rows[name]))

    def get(self, key: bytes) -> Mark | None:
        """What a key stands for, or None."""
        return self._known.get(key)

    def dated(self, at: int) -> list[Mark]:
        """What is remembered of entries that were published in this second."""
        if not self._dated:
            for mark in self._known.values():
                self._dated.setdefault(mark.at, []).append(mark)
        return list(dict.fromkeys(self._dated.get(at, ()))) if at else []

    def put(self, keys: Sequence[bytes], mark: Mark) -> None:
        """Remembers an entry of the current document under all its keys."""
        for key in keys:
            self._known[key] = mark
            self._fresh[key] = mark

    def release(self) -> None:
        """Remembers all that was held back as seen."""
        for key, mark in list(self._known.items()):
            if mark.revision is None:
                self.put([key], replace(mark, revision=0))

    def changed_rows(self, now: int) -> dict[str, bytes | None]:
        """The rows to write (or to delete, None), after every entry of the document was `put`; `now` in ms."""
        today = datetime.fromtimestamp(now / 1000, UTC)
        month, oldest = f"{today:%Y%m}", f"{today - timedelta(days=KEPT_DAYS):%Y%m}"
        changes: dict[str, bytes | None] = {name: None for name in self.rows if name.partition(".")[0] < oldest}
        current = [name for name in sorted(self.rows, key=_order) if name.partition(".")[0] == month]
        shown = {mark.item for mark in self._fresh.values()}
        add = dict(self._fresh)
        kept: dict[str, dict[bytes, Mark]] = {}
        for name in current:  # what stands there keeps its place
            there = _unpack(self.rows[name])
            kept[name] = {k: add.pop(k, m) for k, m in there if k in self._fresh or m.item not in shown}
            add.update(kept[name].popitem() for _ in range(len(kept[name]) - MOST_KEYS))  # a row of version 1 had more
        for name in itertools.chain(current, _further(month, len(current))):
            if not add and name not in kept:
                break
            row = kept.get(name, {})
            row.update([(key, add.pop(key)) for key in list(add)[: max(0, MOST_KEYS - len(row))]])
            if (packed := _pack(row)) != self.rows.get(name):
                changes[name] = packed
        return changes


def _order(name: str) -> tuple[str, int]:
    month, _, number = name.partition(".")
    return month, int(number or 0)


def _further(month: str, there: int) -> Iterator[str]:
    """Names of rows for a month that has `there` of them."""
    number = there
    while True:
        yield f"{month}.{number}" if number else month
        number += 1


def _unpack(row: bytes) -> Iterator[tuple[bytes, Mark]]:
    if not row:
        return
    if row[:1] == b"\x01":
        for key, item, raw, title, text, revision in _VERSION_1.iter_unpack(row[1:]):
            yield key, Mark(item, raw, title, text, None if revision == _HELD else revision)
        return
    if row[:1] != VERSION:
        raise NewerVersion(f"a memory row of version {row[0]} was met and this themewire reads version 2: upgrade it")
    (count,) = _COUNT.unpack_from(row, 1)
    begin = 1 + _COUNT.size
    end = begin + count * _ENTRY.size
    marks = [_mark(*entry) for entry in _ENTRY.iter_unpack(row[begin:end])]
    for key, place in _KEY.iter_unpack(row[end:]):
        yield key, marks[place]


def _mark(
    item: bytes, raw: bytes, title: bytes, text: bytes, revision: int, at: int, says: bytes, tells: bytes
) -> Mark:
    return Mark(item, raw, title, text, None if revision == _HELD else revision, at, says, tells)


def _pack(marks: Mapping[bytes, Mark]) -> bytes:
    places = {mark: place for place, mark in enumerate(dict.fromkeys(marks.values()))}
    entries = [
        _ENTRY.pack(m.item, m.raw, m.title, m.text, _HELD if m.revision is None else m.revision, m.at, m.says, m.tells)
        for m in places
    ]
    keys = [_KEY.pack(key, places[mark]) for key, mark in marks.items()]
    return b"".join([VERSION, _COUNT.pack(len(entries)), *entries, *keys])


def remembered(tables: Tables, state: FeedState) -> Memory:
    """What the feed has shown until now."""
    return Memory({name: tables.get(SEEN, f"{state.wish.id}/{name}") or b"" for name in state.seen_rows})


def remember(tables: Tables, state: FeedState, memory: Memory, now: int) -> FeedState:
    """Writes what has changed in the memory; returns the state that knows its rows."""
    names = set(state.seen_rows)
    for name, row in memory.changed_rows(now).items():
        if row is None:
            tables.delete(SEEN, f"{state.wish.id}/{name}")
            names.discard(name)
        else:
            tables.put(SEEN, f"{state.wish.id}/{name}", row)
            names.add(name)
    return changed(state, seen_rows=tuple(sorted(names)))
