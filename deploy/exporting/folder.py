"""The folder of an export: its parts, which are there whole or not at all, and how far it has come.

A part is written beside its place and renamed, then the progress. Whatever a crash cuts off, the next run begins where
the progress says, and writes the part that follows it again: no row is lost, and none is there twice.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from stream.errors import ThemewireError

__all__ = ["ExportRefused", "Folder", "Part", "Progress", "Wish", "opened_folder"]

PROGRESS, LOCK = "_export.json", ".export.lock"  # names that readers of folders pass over
FORM = 1  # of the rows: a change of their columns is another one


class ExportRefused(ThemewireError):
    """The folder is not that of this export; the sentence says what to do."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is exported: of a kind, in a format, for themes (none: all), from and until moments (ms; 0: open)."""

    what: str
    format: str
    themes: tuple[str, ...] = ()
    since: int = 0
    until: int = 0


class Part(msgspec.Struct, frozen=True):
    """A file of the export."""

    file: str
    rows: int


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an export has come: its parts, and the next offset of each partition, as `TOPIC/PARTITION`."""

    wish: Wish
    form: int = FORM
    parts: tuple[Part, ...] = ()
    offsets: dict[str, int] = {}


@dataclass
class Folder:
    """A folder that only this process writes to, while it is open."""

    path: Path
    progress: Progress

    def add(self, data: bytes, rows: int, offsets: dict[str, int]) -> None:
        """One more part, where there are rows, and how far the export has come with it."""
        parts = self.progress.parts
        if rows:
            wish = self.progress.wish
            part = Part(f"{wish.what}-{len(parts) + 1:06d}.{wish.format}", rows)
            _put(self.path / part.file, data)
            parts = (*parts, part)
        self.progress = msgspec.structs.replace(self.progress, parts=parts, offsets=offsets)
        _put(self.path / PROGRESS, msgspec.json.format(msgspec.json.encode(self.progress)) + b"\n")


@contextmanager
def opened_folder(path: Path, wish: Wish) -> Iterator[Folder]:
    """The folder of this export, new or begun before; raises `ExportRefused`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ExportRefused(f"{path} cannot be written to: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ExportRefused(f"another export is writing to {path}: wait until it ends") from error
        try:
            yield Folder(path, _begun(path, wish))
        except OSError as error:
            raise ExportRefused(f"{path} cannot be written to: {error.strerror}: run the same command again") from error
    finally:
        os.close(lock)


def _begun(path: Path, wish: Wish) -> Progress:
    try:
        found = msgspec.json.decode((path / PROGRESS).read_bytes(), type=Progress)
    except FileNotFoundError:
        return Progress(wish=wish)
    except msgspec.MsgspecError as error:
        raise ExportRefused(f"{path / PROGRESS} cannot be read: choose another folder") from error
    if found.wish != wish:
        raise ExportRefused(f"{path} holds another export ({_words(found.wish)}): choose another folder")
    if found.form != FORM:
        raise ExportRefused(f"{path} has rows of another form: choose another folder")
    return found


def _words(wish: Wish) -> str:
    """As the command is given."""
    times = [f"--{name} {ms}" for name, ms in (("since", wish.since), ("until", wish.until)) if ms]
    return " ".join([wish.what, f"--format {wish.format}", *(f"--theme {each}" for each in wish.themes), *times])


def _put(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
