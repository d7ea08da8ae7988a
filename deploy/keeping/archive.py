"""A backup as a file: a tar archive of an installation's files, behind a list of them with their hashes."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from deploy.options import CommandError
from deploy.settings.locations import clock

__all__ = ["STREAM", "Archive", "read_archive", "unpack", "write_archive"]

LIST = "themewire-backup.json"
STREAM = "stream.db"
FORM = 1
CHUNK = 1 << 20


class Entry(msgspec.Struct, frozen=True):
    """One file of a backup."""

    name: str
    size: int
    sha256: str


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself; `stream` is the address that its stream had."""

    form: int = FORM
    version: str = ""
    at: int = 0
    stream: str = ""
    files: tuple[Entry, ...] = ()


def write_archive(file: Path, files: Mapping[str, Path], stream: str) -> Archive:
    """Writes these files, by their names in the archive, and reads them again; `file` is there whole or not at all.

    It may be read by its owner only, since it holds the key that signs feedback links.
    """
    entries = tuple(Entry(name, path.stat().st_size, _hash(path)) for name, path in files.items())
    archive = Archive(version=version("themewire"), at=clock(), stream=stream, files=entries)
    part = file.with_name(file.name + ".part")
    try:
        raw = _private(part)
    except FileExistsError as error:
        raise CommandError(f"{part} is there: another backup is being written, or was cut off; delete it") from error
    try:
        with raw:
            _write(raw, archive, files)
        with _opened(part) as (_, tar):
            for entry in entries:
                for _chunk in _content(part, tar, entry):
                    pass
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync(file.parent)
    return archive


def read_archive(file: Path) -> Archive:
    """What a backup says of itself."""
    with _opened(file) as (archive, _):
        return archive


def unpack(file: Path, folder: Path) -> Archive:
    """Writes every file of a backup into an empty folder; raises `CommandError` where one is not as it was."""
    with _opened(file) as (archive, tar):
        for entry in archive.files:
            target = folder / entry.name
            if not target.resolve().is_relative_to(folder.resolve()):
                raise CommandError(f"{file} is no backup of themewire: it names {entry.name!r}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with _private(target) as out:
                for chunk in _content(file, tar, entry):
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
    return archive


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _write(raw: BinaryIO, archive: Archive, files: Mapping[str, Path]) -> None:
    told = msgspec.json.encode(archive)
    with tarfile.open(fileobj=raw, mode="w") as tar:
        _add(tar, LIST, io.BytesIO(told), len(told))
        for entry in archive.files:
            with files[entry.name].open("rb") as content:
                _add(tar, entry.name, content, entry.size)
    raw.flush()
    os.fsync(raw.fileno())


def _content(file: Path, tar: tarfile.TarFile, entry: Entry) -> Iterator[bytes]:
    """The bytes of a file of the backup; at their end it is known whether they are those that were written."""
    found = hashlib.sha256()
    try:
        content = tar.extractfile(entry.name)
        while content is not None and (chunk := content.read(CHUNK)):
            found.update(chunk)
            yield chunk
    except KeyError:
        pass
    if found.hexdigest() != entry.sha256:
        raise CommandError(f"{file} is damaged: {entry.name} is not as it was written; use another backup")


@contextmanager
def _opened(file: Path) -> Iterator[tuple[Archive, tarfile.TarFile]]:
    try:
        with tarfile.open(file, "r:") as tar:
            content = tar.extractfile(LIST)
            archive = msgspec.json.decode(content.read() if content else b"", type=Archive)
            if archive.form > FORM:
                raise CommandError(
                    f"{file} was written by themewire {archive.version}: use that version or a newer one"
                )
            yield archive, tar
    except (tarfile.TarError, KeyError, msgspec.MsgspecError, EOFError) as error:
        raise CommandError(f"{file} is no backup of themewire, or is damaged ({error})") from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, clock() // 1000
    tar.addfile(info, content)


def _hash(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Makes a rename last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
