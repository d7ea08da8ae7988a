"""Every command says one sentence of a damaged stream, and what only reads works where nothing may be written."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.cli import group
from stream.log import topics
from stream.log.records import Out
from stream.records import ModelRecord, encode
from stream.sqlite import SqliteLog
from tests.deploy.command import Command
from tests.deploy.every_command import READING, WRITING, leaves
from tests.webserver import answer, serve

pytestmark = pytest.mark.slow  # every command, several times

# Root may write anywhere, so a test of rights lays that one down.
NO_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, cache: Path, statements: Path) -> Command:
    """A stream with a feed, items that were judged, and a subscription; nobody has it open."""
    items = "".join(f"<item><title>T{n}</title><link>https://s.example/{n}</link></item>" for n in range(40))
    with serve() as web:
        web.answers["/feed"] = answer(f"<rss version='2.0'><channel><title>S</title>{items}</channel></rss>".encode())
        settings = {
            "classify.encoder": "characters",
            "data.cache": str(cache),
            "train.statements": str(statements),
            "fetch.allow_networks": '["127.0.0.0/8"]',
            "fetch.host_gap": "0",
        }
        command = Command(tmp_path_factory.mktemp("made") / "data", settings)
        command.does("feeds", "add", web.base + "/feed", "--yes")
        command.does("subscriptions", "add", "team", "--theme", "standards", "--webhook", "https://r.example/")
        command.does("run", "--once")
    return command


@pytest.fixture(scope="module")
def expected(made: Command) -> list[dict[str, object]]:
    """What the commands that only read say where nothing is wrong."""
    return run(made, lines_of(READING))


@pytest.fixture
def filled(made: Command, tmp_path: Path) -> Command:
    """A copy of it for one test."""
    shutil.copytree(made.data, tmp_path / "data")
    return replace(made, data=tmp_path / "data")


def run(command: Command, lines: Sequence[Sequence[str]], before: Sequence[str] = ()) -> list[dict[str, object]]:
    """How each of these command lines ended."""
    stdin = "\n".join(json.dumps(line) for line in lines)
    script = [*before, sys.executable, "-m", "tests.deploy.every_command"]
    done = subprocess.run(script, input=stdin, env=command.environ, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    ends = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(ends) == len(lines), done.stderr
    return ends


def lines_of(table: dict[str, Sequence[str]]) -> list[list[str]]:
    return [[*name.split(), *arguments] for name, arguments in table.items()]


def test_every_command_is_one_of_them():
    assert sorted([*READING, *WRITING]) == sorted(leaves(group))


def test_on_a_damaged_file_each_command_says_one_sentence(filled):
    path = filled.data / "stream.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    data = bytearray(path.read_bytes())
    data[size:] = b"\xa5" * (len(data) - size)  # all but the first page, which says that it is a database
    path.write_bytes(data)
    lines = lines_of({**READING, **WRITING})
    damaged = []
    for line, end in zip(lines, run(filled, lines), strict=True):
        assert "Traceback" not in str(end["err"]), (line, end["err"])
        if end["status"]:
            assert str(end["err"]).splitlines()[-1].startswith("themewire: "), (line, end)
            damaged += [line] if "is damaged" in str(end["err"]) else []
    assert len(damaged) > 30, damaged  # of over forty; a few refuse their arguments before they look


def test_of_a_model_of_another_format_each_command_says_one_sentence(filled):
    log = SqliteLog(filled.data / "stream.db")
    other = ModelRecord(
        id="m-other", data=b"themewire-model-0\nsomething else", training_hash="", weights_hash="", promoted_at=2**50
    )
    log.append([Out(topics.MODELS, other.id, encode(other))])
    log.close()
    gold = filled.data / "gold.jsonl"
    gold.write_text('{"title": "A patent suit", "themes": []}\n')
    lines = [["evaluate", str(gold)], *lines_of({**READING, **WRITING})]  # before a command that rolls it back
    told = []
    for line, end in zip(lines, run(filled, lines), strict=True):
        assert "Traceback" not in str(end["err"]), (line, end["err"])
        if end["status"] and "model" in str(end["err"]).splitlines()[-1]:
            assert str(end["err"]).splitlines()[-1].startswith("themewire: "), (line, end)
            told.append(line)
    assert ["evaluate", str(gold)] in told
    assert ["replay", "--since", "7d"] in told


@pytest.mark.parametrize("state", ["at rest", "left behind by a kill", "in use"])
def test_in_a_folder_that_must_not_be_written_what_only_reads_works(filled, expected, tmp_path, state):
    folder = filled.data
    keeper = None
    if state != "at rest":
        keeper = sqlite3.connect(folder / "stream.db")
        keeper.execute("INSERT INTO member VALUES ('none', 'nobody', 0)")
        keeper.commit()
        assert (folder / "stream.db-wal").stat().st_size
    if state == "left behind by a kill":  # as files are when nobody has them open any more
        folder = tmp_path / "copy"
        shutil.copytree(filled.data, folder)
        (folder / "stream.db-shm").unlink()
    rights = {path: path.stat().st_mode for path in (folder, *folder.iterdir())}
    for path in rights:
        path.chmod(0o555 if path.is_dir() else 0o444)
    command = Command(folder, filled.settings)
    before = NO_OVERRIDE if os.geteuid() == 0 else ()
    try:
        for line, there, end in zip(lines_of(READING), expected, run(command, lines_of(READING), before), strict=True):
            assert (end["status"], end["out"]) == (there["status"], there["out"]), (line, end["err"])
        (refused,) = run(command, [["subscriptions", "mute", "team", "1h"]], before)
        assert refused["status"] == 1
        assert "cannot be written" in str(refused["err"])
    finally:
        for path, mode in rights.items():
            path.chmod(mode)
        if keeper:
            keeper.close()


def test_what_is_asked_of_a_file_that_is_no_database_is_answered_in_a_sentence(themewire: Command):
    themewire.data.mkdir()
    Path(themewire.data / "stream.db").write_bytes(b"no database at all" * 100)
    assert "is damaged" in themewire("feeds", "list").failed()
