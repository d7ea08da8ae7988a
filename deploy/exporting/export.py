"""An export from a stream to a folder: record by record, a part at a time, on from where it was."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from deploy.exporting.folder import Folder, Wish, opened_folder
from deploy.exporting.formats import made_by
from deploy.exporting.rows import EXPORTS, Row
from stream.log.port import Log, records
from stream.log.readable import readable_record

__all__ = ["MOST_BYTES", "MOST_ROWS", "Exported", "export"]

MOST_ROWS, MOST_BYTES = 20_000, 16 << 20  # of a part; the bytes are those of its records
Offsets = Mapping[tuple[str, int], int]


class Exported(msgspec.Struct, frozen=True):
    """What a run has added, what the folder has in all, and how many records retention took before they were read."""

    rows: int
    parts: int
    rows_in_all: int
    lost: int = 0


def export(
    log: Log, path: Path, wish: Wish, themes: Sequence[str], told: Callable[[int], None] = lambda _: None
) -> Exported:
    """Adds what has come since the last run of this export, up to now; `told` is told the rows of each part.

    Raises `FormatMissing` and `ExportRefused`; what was written until then stays, and the next run goes on from there.
    """
    kind, write = EXPORTS[wish.what], made_by(wish.format)
    names = kind.topics(wish.themes or themes)
    with opened_folder(path, wish) as folder:
        before = len(folder.progress.parts)
        offsets = _offsets(folder)
        lost = _lost(log, names, offsets)
        rows, size, added = list[Row](), 0, 0

        def flush() -> None:
            nonlocal rows, size, added
            folder.add(write(kind.row, rows) if rows else b"", len(rows), _named(offsets))
            added += len(rows)
            told(added)
            rows, size = [], 0

        for record in records(log, names, dict(offsets)):
            offsets[record.topic, record.partition] = record.offset + 1
            found = readable_record(record.value, kind.record) if record.value is not None else None
            if found is None:
                continue
            rows += [row for row in kind.rows(found, wish.themes) if _within(row, wish)]
            size += len(record.value or b"")
            if len(rows) >= MOST_ROWS or (size >= MOST_BYTES and rows):
                flush()
        if rows or offsets != _offsets(folder) or not before:
            flush()
        parts = folder.progress.parts
        return Exported(added, len(parts) - before, sum(part.rows for part in parts), lost)


def _within(row: Row, wish: Wish) -> bool:
    at = round(row.at.timestamp() * 1000) if row.at else 0
    return wish.since <= at and (not wish.until or at < wish.until)


def _offsets(folder: Folder) -> dict[tuple[str, int], int]:
    split = {name.rpartition("/"): offset for name, offset in folder.progress.offsets.items()}
    return {(topic, int(partition)): offset for (topic, _, partition), offset in split.items()}


def _named(offsets: Offsets) -> dict[str, int]:
    return {f"{topic}/{partition}": offset for (topic, partition), offset in sorted(offsets.items())}


def _lost(log: Log, names: Sequence[str], offsets: Offsets) -> int:
    """Records that were there when the last run ended, and that retention has taken since without their being read."""
    begins = log.begins(names) if offsets else {}
    return sum(max(0, begins.get(place, 0) - offset) for place, offset in offsets.items())
