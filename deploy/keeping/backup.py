"""What belongs in a backup, and how it is put in place again."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from deploy.keeping.archive import STREAM, Archive, read_archive, unpack, write_archive
from deploy.options import CommandError
from deploy.settings.locations import stream_file
from deploy.settings.model import Settings
from stream.sqlite.contents import BESIDE, close_for_good
from stream.sqlite.database import Database

__all__ = ["back_up", "restore"]

INDEX = "index-"  # and its stream, .db: made again from the stream
ASIDE = "replaced-"  # and when: what a restore has replaced


def back_up(settings: Settings, file: Path) -> Archive:
    """Writes the embedded stream, as of one moment, and the other files of the data folder, also while roles run.

    A stream on Kafka is not part of it: its brokers keep it.
    """
    folder, stream = settings.data.dir, stream_file(settings)
    target = file.absolute()
    if target.parent == folder.absolute():
        raise CommandError(f"{file} is in the data folder itself: choose another place, best on another disk")
    if stream is not None and not stream.exists():
        raise CommandError(f"there is no stream at {stream} to back up: --data or --stream says where it is")
    try:
        with tempfile.TemporaryDirectory(prefix=".themewire-backup-", dir=target.parent) as scratch:
            kept = {name: Path(scratch) / name for name in _others(settings, target.parent)}
            for name, path in kept.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, path)
            if stream is not None:
                kept[STREAM] = Path(scratch) / STREAM
                _copy(stream, kept[STREAM])
            return write_archive(target, kept, settings.stream_url)
    except OSError as error:
        raise CommandError(f"the backup cannot be written to {target.parent}: {error.strerror or error}") from error


def _copy(stream: Path, target: Path) -> None:
    need, free = stream.stat().st_size, shutil.disk_usage(target.parent).free
    if free < 2 * need:  # the copy, and the archive that it goes into
        raise CommandError(
            f"{target.parent.parent} has {free:,} bytes free, and a backup needs {2 * need:,} for a while"
        )
    with closing(Database(stream, "")) as database:
        database.copy_to(target)


def _others(settings: Settings, target: Path) -> Iterator[str]:
    """The files of the data folder beside the stream and the index, by their names within; of none below `target`."""
    folder, stream = settings.data.dir.absolute(), stream_file(settings)
    apart = [
        each for each in (settings.data.cache.absolute(), target) if each != folder and each.is_relative_to(folder)
    ]
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        bare = next((path.name.removesuffix(end) for end in BESIDE if path.name.endswith(end)), path.name)
        made_again = bare.startswith(INDEX) or name.startswith((ASIDE, ".themewire-"))
        is_stream = name.startswith(STREAM) or (stream is not None and path.with_name(bare) == stream.absolute())
        if path.is_file() and not made_again and not is_stream and not any(map(path.is_relative_to, apart)):
            yield name


def restore(settings: Settings, file: Path, replace: bool) -> tuple[Archive, Path | None]:
    """Puts a backup in place; returns where the files that it has replaced are kept, if there were any.

    The stream is renamed into its place last: whatever ends this before leaves the stream that was there.
    """
    folder, stream = settings.data.dir, stream_file(settings)
    archive = read_archive(file)
    names = {entry.name for entry in archive.files}
    if STREAM in names and stream is None:
        raise CommandError("the backup has an embedded stream, and stream.url is another: restore it, then migrate")
    places = {name: stream if name == STREAM and stream else folder / name for name in sorted(names)}
    there = {name: path for name, path in places.items() if path.exists()}
    if there and not replace:
        raise CommandError(
            f"{next(iter(there.values()))} is there already: with --replace it is kept aside and replaced"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".themewire-restore-", dir=folder) as scratch:
            unpack(file, Path(scratch))
            if STREAM in there:
                close_for_good(there[STREAM])
            aside = _keep_aside(folder, there) if there else None
            for name in sorted(places, key=lambda name: name == STREAM):
                places[name].parent.mkdir(parents=True, exist_ok=True)
                os.replace(Path(scratch) / name, places[name])
            for index in folder.glob(f"{INDEX}*.db*"):
                index.unlink()
    except OSError as error:
        raise CommandError(f"the backup cannot be put in place ({error})") from error
    return archive, aside


def _keep_aside(folder: Path, there: dict[str, Path]) -> Path:
    """Links the files that are there under another name, so that there is no moment without them."""
    aside = folder / f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for name, path in there.items():
        kept = aside / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, kept)
        except OSError:  # a file system without links, or another one
            shutil.copyfile(path, kept)
    return aside
