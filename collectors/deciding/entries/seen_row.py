"""A packed row of the entries that a feed has had: read where it is asked, without unpacking the rest.

A row is its version, how many entries it has, the entries, and the keys, each with the index of its entry.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collectors.deciding.text.sketch import NO_SKETCH
from stream.records import NewerVersion

__all__ = ["SEEN", "SeenEntry", "SeenRow", "extended", "numbers_of", "pack"]

SEEN = "seen"  # its rows are packed, so it is no typed table
VERSION = b"\x01"  # the first byte of a row
_COUNT = struct.Struct(">I")
_ENTRY = struct.Struct(">16s4s4s4sII22s22s")
_KEY = struct.Struct(">8sH")
_HELD = 2**32 - 1
_ENTRIES = np.dtype([("item", ">u8", 2), ("hashes", "V12"), ("revision", ">u4"), ("published", ">u4"), ("rest", "V44")])
_KEYS = np.dtype([("key", ">u8"), ("at", ">u2")])
Numbers = NDArray[np.uint64]
Mask = NDArray[np.bool_]


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


class SeenRow:
    """The entries and keys of one row."""

    def __init__(self, row: bytes) -> None:
        if row and row[:1] != VERSION:
            raise NewerVersion(
                f"a row of the table {SEEN!r} has version {row[0]}, and this themewire reads {VERSION[0]}: upgrade it"
            )
        self._row = row or VERSION + _COUNT.pack(0)
        (count,) = _COUNT.unpack_from(self._row, 1)
        self._begin = 1 + _COUNT.size
        self._end = self._begin + count * _ENTRY.size
        self._entries = np.frombuffer(self._row, _ENTRIES, count, self._begin)
        self._keys = np.frombuffer(self._row, _KEYS, offset=self._end)
        self._numbers: Numbers = self._keys["key"].astype(np.uint64)
        self._items: Numbers = np.bitwise_xor.reduce(self._entries["item"], axis=1).astype(np.uint64)

    def __len__(self) -> int:
        """How many keys it has."""
        return len(self._keys)

    def find(self, key: bytes) -> int | None:
        """The index of the entry of this key."""
        found = np.flatnonzero(self._numbers == np.uint64(int.from_bytes(key)))
        return int(self._keys["at"][found[0]]) if len(found) else None

    def entry(self, at: int) -> SeenEntry:
        """The entry with this index."""
        item, raw, title, text, revision, published, *sketches = _ENTRY.unpack_from(
            self._row, self._begin + at * _ENTRY.size
        )
        return SeenEntry(item, raw, title, text, None if revision == _HELD else revision, published, *sketches)

    def published_at(self, second: int) -> list[int]:
        """The indexes of the entries of this second."""
        found: list[int] = np.flatnonzero(self._entries["published"] == second).tolist()
        return found

    def held(self) -> list[int]:
        """The indexes of the entries that are held back."""
        found: list[int] = np.flatnonzero(self._entries["revision"] == _HELD).tolist()
        return found

    def keys_of(self, at: int) -> list[bytes]:
        """The keys of the entry with this index."""
        return [number.to_bytes(8) for number in self._numbers[self._keys["at"] == at].tolist()]

    def items(self) -> Iterator[tuple[bytes, SeenEntry]]:
        """All of it."""
        entries = [self.entry(at) for at in range(len(self._entries))]
        for key, at in _KEY.iter_unpack(self._row[self._end :]):
            yield key, entries[at]

    def among(self, keys: Numbers) -> dict[bytes, int]:
        """Those of these keys (`numbers_of`) that it has, with the indexes of their entries."""
        there = _among(self._numbers, keys)
        numbers, indexes = self._numbers[there].tolist(), self._keys["at"][there].tolist()
        return {number.to_bytes(8): at for number, at in zip(numbers, indexes, strict=True)}

    def has_items(self, items: Numbers) -> bool:
        """Whether it has entries of any of these items (`numbers_of`)."""
        return bool(_among(self._items, items).any())

    def has_stale(self, keys: Numbers, items: Numbers) -> bool:
        """Whether entries of these items (`numbers_of`) have keys that are none of these."""
        ours = _among(self._items, items)
        return bool(ours.any() and (ours[self._keys["at"]] & ~_among(self._numbers, keys)).any())

    def updated(self, fresh: Mapping[bytes, SeenEntry]) -> bytes | None:
        """The row with these entries for keys that it has; None where an entry's other keys stand for the old one."""
        changed = bytearray(self._row)
        places = self.among(numbers_of(fresh))
        for key, entry in fresh.items():
            at = places[key]
            begin = self._begin + at * _ENTRY.size
            packed = _packed(entry)
            if self._row[begin : begin + _ENTRY.size] == packed:
                continue
            if any(fresh.get(other) != entry for other in self.keys_of(at)):
                return None
            changed[begin : begin + _ENTRY.size] = packed
        return bytes(changed) if changed != self._row else self._row


def extended(row: bytes, added: Mapping[bytes, SeenEntry]) -> bytes:
    """The row with these keys and their entries behind the others; an entry that it has is not put twice."""
    known = SeenRow(row)
    if known.has_items(numbers_of(entry.item for entry in added.values())):
        return pack({**dict(known.items()), **added})
    (count,) = _COUNT.unpack_from(row, 1)
    begin, end = 1 + _COUNT.size, 1 + _COUNT.size + count * _ENTRY.size
    indexes = {entry: count + index for index, entry in enumerate(dict.fromkeys(added.values()))}
    keys = [_KEY.pack(key, indexes[entry]) for key, entry in added.items()]
    number = _COUNT.pack(count + len(indexes))
    return b"".join([VERSION, number, row[begin:end], *map(_packed, indexes), row[end:], *keys])


def pack(entries: Mapping[bytes, SeenEntry]) -> bytes:
    """A row of these keys."""
    return extended(VERSION + _COUNT.pack(0), entries)


def numbers_of(keys: Iterable[bytes]) -> Numbers:
    """Keys, or items, which have twice their length, as numbers, in order."""
    listed = list(keys)
    words = np.frombuffer(b"".join(listed), ">u8").reshape(len(listed), -1 if listed else 1)
    return np.sort(np.bitwise_xor.reduce(words, axis=1).astype(np.uint64))


def _among(column: Numbers, wanted: Numbers) -> Mask:
    """Which of the column are among those wanted, which are in order."""
    if not len(wanted):
        return np.zeros(len(column), np.bool_)
    places = np.minimum(np.searchsorted(wanted, column), len(wanted) - 1)
    found: Mask = wanted[places] == column
    return found


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
