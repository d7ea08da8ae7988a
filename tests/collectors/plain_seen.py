"""The entries that a feed has had, all unpacked: what `collectors.deciding.entries.seen` is held against."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from collectors.deciding.entries.seen_row import SeenEntry, SeenRow, pack

__all__ = ["SeenEntries"]

KEPT_DAYS = 400
MOST_KEYS = 8_000  # in one row: 720 kB at worst, under the limit of a record


@dataclass
class SeenEntries:
    """The keys of one feed; `rows` are its rows by name (`YYYYMM` or `YYYYMM.N`)."""

    rows: Mapping[str, bytes]
    _known: dict[bytes, SeenEntry] = field(default_factory=dict)
    _fresh: dict[bytes, SeenEntry] = field(default_factory=dict)
    _by_time: dict[int, list[SeenEntry]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in sorted(self.rows, key=_order):  # later rows win
            self._known.update(SeenRow(self.rows[name]).items())

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
            there = SeenRow(self.rows[name]).items()
            kept[name] = {k: add.pop(k, e) for k, e in there if k in self._fresh or e.item not in present}
        for name in itertools.chain(current, _further(month, len(current))):
            if not add and name not in kept:
                break
            row = kept.get(name, {})
            row.update([(key, add.pop(key)) for key in list(add)[: max(0, MOST_KEYS - len(row))]])
            if (packed := pack(row)) != self.rows.get(name):
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
