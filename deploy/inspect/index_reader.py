"""Reads the index for a command, bringing it up to date first with the stage that `run` uses."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry

from deploy.options import CommandError
from deploy.settings.locations import clock, index_path
from deploy.settings.model import Settings
from stream.engine.worker import Worker
from stream.index import stage
from stream.index.session import IndexRows, IndexSession
from stream.index.stage import IndexStage, ItemDoc
from stream.log.port import Log
from stream.log.records import Rows
from stream.ops.metrics import Metrics
from stream.themes.saved import every_theme

__all__ = ["find_item", "index", "items", "rows"]


@contextlib.contextmanager
def index(settings: Settings, log: Log) -> Iterator[IndexRows]:
    """The rows of the index, as of now."""

    reading = IndexStage(every_theme(log))
    with _place(index_path(settings)) as path:
        session = IndexSession(log, path, reading.inputs)
        worker = Worker(reading, log, session, clock, Metrics(CollectorRegistry()))
        try:
            while not session.caught_up():
                worker.step()
            yield session.tables(0)
        finally:
            worker.close()


@contextlib.contextmanager
def _place(path: Path) -> Iterator[Path]:
    """Where the index can be brought up to date: at its path, or in a temporary folder if that is read-only."""
    if not path.parent.exists() or os.access(path.parent, os.W_OK):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="themewire-index-") as folder:
        yield Path(folder) / path.name


def rows(settings: Settings, log: Log, table: str) -> list[tuple[str, bytes]]:
    """All (key, value) pairs of a table of the index, as of now."""
    with index(settings, log) as found:
        return list(found.items(table))


def items(found: Rows) -> Iterator[ItemDoc]:
    """Every item, by id."""
    return (msgspec.json.decode(value, type=ItemDoc) for _, value in found.items("items"))


def find_item(found: Rows, name: str) -> ItemDoc:
    """The item of this id or link; raises `CommandError` where there is none."""
    doc = stage.find_item(found, name)
    if doc is None:
        raise CommandError(
            f"there is no item {name!r}: `themewire tail tagged --from-start --no-follow` shows all items"
        )
    return doc
