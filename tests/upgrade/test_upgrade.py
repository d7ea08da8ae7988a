"""A data folder of an older version is read by the code at hand: all is there, and nothing is told or sent again."""

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from stream.sqlite import SqliteLog
from tests.deploy.command import Command
from tests.ledger import THEMES, Ledger, token_of
from tests.stream.backends import read_all
from tests.upgrade.make import FIRST, FOLDER, NEW, SETTINGS, folder_of

VERSIONS = sorted(path.name.removeprefix("data-").removesuffix(".tar.xz") for path in FOLDER.glob("data-*.tar.xz"))


def unpacked(version: str, folder: Path, base: str) -> None:
    """The data folder of a version, as if its feed had always been at this address, whose port is as long."""
    with tarfile.open(folder_of(version)) as tar:
        tar.extractall(folder, filter="data")
    before = (folder / "base").read_text()
    assert len(before) == len(base)
    path = folder / "stream.db"
    path.write_bytes(path.read_bytes().replace(before.encode(), base.encode()))
    host, other = before.removeprefix("http://"), base.removeprefix("http://")
    path.write_bytes(path.read_bytes().replace(host.encode(), other.encode()))
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"


def test_there_is_a_folder_of_the_first_version():
    assert "0.1.0" in VERSIONS


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_what_an_older_version_has_left_goes_on(version, tmp_path, cache):
    ledger = Ledger()
    ledger.grow(FIRST + NEW)
    with ledger.serving():
        unpacked(version, tmp_path / "data", ledger.base)
        command = Command(tmp_path / "data", {**SETTINGS, "data.cache": str(cache)})
        (feed,) = command.does("feeds", "list", "--json").json
        assert (feed["title"], feed["state"], feed["outcome"]) == ("The ledger", "healthy", "not_modified")
        names = [each["id"] for each in command.does("subscriptions", "list", "--json").json]
        assert names == ["ledger", "muted"]
        (label,) = command.does("label", "export").lines
        assert label["yes"] == [THEMES[0]]
        (model, *_) = command.does("models", "list", "--json").json
        assert model["serving"]
        told = delivered(tmp_path)
        assert told
        again = command.does("run", "--once", "--json").json
        assert (again["not_modified"], again["items_new"], again["alerts"], again["dead"]) == (1, 0, 0, 0)
        assert not {key for key in told if key in {d.key for d in ledger.deliveries}}  # none of them was sent again
        new = ledger.grow(5)
        later = command.does("run", "--once", "--json").json
        assert (later["items_new"], later["dead"]) == (5, 0)
        alerted = {token_of(d.body["alert"]["title"]) for d in ledger.deliveries if d.body["alert"]}
        assert alerted >= {token for token in new if ledger.theme(token)}
        assert not {key for key in told if key in {d.key for d in ledger.deliveries}}


def delivered(folder: Path) -> set[str]:
    """The deliveries that were taken, by their ids, which are the idempotency keys."""
    log = SqliteLog(folder / "data" / "stream.db")
    try:
        said = [msgspec.json.decode(record.value) for record in read_all(log, "deliveries") if record.value]
    finally:
        log.close()
    return {each["delivery"] for each in said if each["outcome"] == "delivered"}
