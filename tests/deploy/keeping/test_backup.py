"""A backup is of one moment, whole or not there, and puts back all that was known; nothing is replaced unasked."""

import json
import os
import tarfile
import threading
from pathlib import Path

import pytest

from deploy.keeping.archive import read_archive
from deploy.keeping.backup import back_up, restore
from deploy.options import CommandError
from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings
from stream.log.port import LogError, Work
from stream.log.records import Change, Out
from stream.sqlite import SqliteLog
from tests.stream.backends import join, read_all

SEVERAL = 40


def settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"data": {"dir": folder, "cache": folder / "cache"}, "stream": {"partitions": 2}})


def opened(made: Settings) -> SqliteLog:
    log = open_log(made)
    assert isinstance(log, SqliteLog)
    ensure_topics(made, log)
    return log


@pytest.fixture
def place(tmp_path):
    """An installation with records, rows, offsets, and files of its own."""
    made = settings(tmp_path / "data")
    log = opened(made)
    log.append([Out("items", f"i{n}", b"%d" % n) for n in range(SEVERAL)])
    session = log.session("tag", ["items"])
    join(session)
    epochs = session.owned()
    session.commit([Work(0, epochs[0], {"items": 5}, (), [Change("items", "k", b"v", 77)])])
    session.close()
    (made.data.dir / "rules.toml").write_text("# mine\n")
    (made.data.dir / "own" / "statements").mkdir(parents=True)
    (made.data.dir / "own" / "statements" / "en.jsonl").write_text("{}\n")
    (made.data.dir / "links.key").write_text("secret")
    (made.data.dir / "cache").mkdir()
    (made.data.dir / "cache" / "model").write_text("made again")
    (made.data.dir / "index-0.db").write_text("made again")
    yield made, log
    log.close()


def facts(made: Settings) -> dict[str, object]:
    log = opened(made)
    try:
        return {
            "items": [(r.partition, r.offset, r.key, r.value, r.timestamp) for r in read_all(log, "items")],
            "rows": log.rows("tag", "items"),
            "lag": log.lag("tag", ["items"]).records,
        }
    finally:
        log.close()


def test_a_backup_puts_back_all_that_was_known(place, tmp_path):
    made, log = place
    before = facts(made)
    archive = back_up(made, tmp_path / "b.tar")
    assert {entry.name for entry in archive.files} == {
        "stream.db", "rules.toml", "links.key", "own/statements/en.jsonl"
    }  # fmt: skip
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "data"]
    log.append([Out("items", "later", b"")])
    again = settings(tmp_path / "elsewhere")
    restored, aside = restore(again, tmp_path / "b.tar", replace=False)
    assert (restored, aside) == (archive, None)
    assert facts(again) == before
    assert before["lag"] == SEVERAL - 5
    assert (again.data.dir / "rules.toml").read_text() == "# mine\n"
    assert (again.data.dir / "links.key").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in again.data.dir.iterdir()) == ["links.key", "own", "rules.toml", "stream.db"]


def test_a_backup_while_others_write_is_of_one_moment(place, tmp_path):
    made, log = place
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        number = SEVERAL
        while not stop.is_set():
            log.append([Out("items", "same", b"%d" % number), Out("labels", "same", b"%d" % number)])
            number += 1
            written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            written.clear()
            assert written.wait(60)
            back_up(made, tmp_path / f"{number}.tar")
    finally:
        stop.set()
        writer.join()
    counts = []
    for number in range(3):
        again = settings(tmp_path / f"again{number}")
        restore(again, tmp_path / f"{number}.tar", replace=False)
        copy = opened(again)
        items, labels = ([r.value for r in read_all(copy, topic) if r.key == "same"] for topic in ("items", "labels"))
        copy.close()
        assert items == labels  # each append is one transaction, and is in it as a whole
        counts.append(len(items))
    assert 0 < counts[0] < counts[1] < counts[2]


def test_nothing_is_replaced_unasked_and_what_is_replaced_is_kept(place, tmp_path):
    made, log = place
    before = facts(made)
    back_up(made, tmp_path / "b.tar")
    log.append([Out("items", "later", b"later")])
    with pytest.raises(CommandError, match="is there already"):
        restore(made, tmp_path / "b.tar", replace=False)
    with pytest.raises(LogError, match="is running on"):
        restore(made, tmp_path / "b.tar", replace=True)
    log.close()
    _, aside = restore(made, tmp_path / "b.tar", replace=True)
    assert facts(made) == before
    assert not (made.data.dir / "index-0.db").exists()
    assert aside is not None
    kept = SqliteLog(aside / "stream.db")
    assert [r.key for r in read_all(kept, "items")][-1:] == ["later"] or "later" in {
        r.key for r in read_all(kept, "items")
    }
    kept.close()
    assert "replaced" not in str(back_up(made, tmp_path / "c.tar").files)


def test_a_damaged_stream_gives_no_backup_and_a_backup_helps(place, tmp_path):
    made, log = place
    before = facts(made)
    back_up(made, tmp_path / "good.tar")
    log.close()
    path = made.data.dir / "stream.db"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(LogError, match="is damaged"):
        back_up(made, tmp_path / "bad.tar")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "good.tar"]
    restore(made, tmp_path / "good.tar", replace=True)
    assert facts(made) == before


def test_a_backup_that_has_changed_since_is_not_put_in_place(place, tmp_path):
    made, _ = place
    back_up(made, tmp_path / "b.tar")
    data = bytearray((tmp_path / "b.tar").read_bytes())
    at = data.index(b"# mine")
    data[at : at + 6] = b"# mice"
    (tmp_path / "changed.tar").write_bytes(data)
    (tmp_path / "short.tar").write_bytes((tmp_path / "b.tar").read_bytes()[: len(data) // 2])
    (tmp_path / "other.tar").write_bytes(b"no archive")
    for name in ("changed", "short", "other"):
        again = settings(tmp_path / name)
        with pytest.raises(CommandError, match="damaged"):
            restore(again, tmp_path / f"{name}.tar", replace=False)
        assert not again.data.dir.exists() or list(again.data.dir.iterdir()) == []


def test_a_backup_by_a_newer_version_and_one_that_names_a_file_outside_are_refused(tmp_path):
    for name, told, says in (
        ("newer", {"form": 2, "version": "9.0"}, "use that version"),
        ("outside", {"files": [{"name": "../x", "size": 1, "sha256": "0"}]}, "no backup of themewire"),
    ):
        (tmp_path / "themewire-backup.json").write_text(json.dumps(told))
        with tarfile.open(tmp_path / f"{name}.tar", "w") as tar:
            tar.add(tmp_path / "themewire-backup.json", "themewire-backup.json")
        with pytest.raises(CommandError, match=says):
            restore(settings(tmp_path / name), tmp_path / f"{name}.tar", replace=False)
    assert not (tmp_path / "x").exists()


def test_a_backup_is_written_beside_the_data_and_over_the_one_before_only_when_it_is_whole(place, tmp_path):
    made, _ = place
    with pytest.raises(CommandError, match="in the data folder itself"):
        back_up(made, made.data.dir / "b.tar")
    (made.data.dir / "backups").mkdir()
    back_up(made, made.data.dir / "backups" / "b.tar")
    second = back_up(made, made.data.dir / "backups" / "b.tar")
    assert "backups/b.tar" not in {entry.name for entry in second.files}
    assert read_archive(made.data.dir / "backups" / "b.tar") == second
    with pytest.raises(CommandError, match="cannot be written"):
        back_up(made, tmp_path / "nowhere" / "b.tar")
    (tmp_path / "c.tar.part").touch()
    with pytest.raises(CommandError, match="cut off"):
        back_up(made, tmp_path / "c.tar")
    os.remove(tmp_path / "c.tar.part")
    with pytest.raises(CommandError, match="no stream"):
        back_up(settings(tmp_path / "empty"), tmp_path / "c.tar")


def test_of_kafka_only_the_files_are_kept(place, tmp_path):
    made, _ = place
    on_kafka = made.model_copy(update={"stream": made.stream.model_copy(update={"url": "kafka://k:9092"})})
    assert "stream.db" not in {entry.name for entry in back_up(on_kafka, tmp_path / "b.tar").files}
