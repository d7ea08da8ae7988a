"""What is moved to Kafka, and what refuses to be."""

from pathlib import Path

import pytest

from deploy.keeping.migrate import migrate
from deploy.options import CommandError
from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings
from stream.log.port import LogError, Work
from stream.log.records import Change, Out
from stream.sqlite import SqliteLog
from stream.sqlite.contents import Contents, close_for_good
from tests.stream.backends import join


def settings(folder: Path) -> Settings:
    return Settings.model_validate({"data": {"dir": folder}, "stream": {"partitions": 2}})


def test_only_an_embedded_stream_at_rest_is_moved_and_only_to_kafka(tmp_path):
    made = settings(tmp_path)
    with pytest.raises(CommandError, match="no embedded stream"):
        migrate(made, "kafka://127.0.0.1:1")
    log = open_log(made)
    ensure_topics(made, log)
    with pytest.raises(LogError, match="is running on"):
        migrate(made, "kafka://127.0.0.1:1")
    log.close()
    with pytest.raises(CommandError, match="is not kafka://"):
        migrate(made, "sqlite:///x.db")
    with pytest.raises(LogError, match="cannot be reached"):
        migrate(made, "kafka://127.0.0.1:1")
    elsewhere = Settings.model_validate({"data": {"dir": tmp_path}, "stream": {"url": "kafka://k:9092"}})
    with pytest.raises(CommandError, match="no embedded stream"):
        migrate(elsewhere, "kafka://127.0.0.1:1")


def test_what_a_stream_holds_is_given_as_numbers_of_records_that_are_left(tmp_path):
    made = settings(tmp_path)
    log = SqliteLog(tmp_path / "stream.db")
    ensure_topics(made, log)
    log.append([Out("items", "k", b"%d" % n) for n in range(10)])
    (partition,) = {p for (_, p), end in log.ends(["items"]).items() if end}
    session = log.session("tag", ["items"])
    join(session)
    session.commit(
        [
            Work(
                partition,
                session.owned()[partition],
                {"items": 7},
                (),
                [Change("t", "a", b"v", 5), Change("t", "b", b"")],
            )
        ]
    )
    with log.database.transaction() as db:
        db.execute("DELETE FROM record WHERE offset < 4")  # as retention does
    session.close()
    held = Contents(log)
    assert held.groups() == {"tag": {("items", partition): 3}}
    assert [record.value for record in held.records("items", partition)] == [b"%d" % n for n in range(4, 10)]
    assert list(held.rows("tag")) == [(partition, Change("t", "a", b"v", 5)), (partition, Change("t", "b", b""))]
    assert held.stages() == ["tag"]
    assert {topic.name: topic.partitions for topic in held.topics()}["events"] == 1
    log.close()


def test_a_stream_that_is_closed_for_good_is_one_file_and_goes_on(tmp_path):
    log = SqliteLog(tmp_path / "stream.db")
    ensure_topics(settings(tmp_path), log)
    log.append([Out("items", "k", b"v")])
    log.close()
    close_for_good(tmp_path / "stream.db")
    assert [path.name for path in tmp_path.iterdir()] == ["stream.db"]
    again = SqliteLog(tmp_path / "stream.db")
    assert sum(again.ends(["items"]).values()) == 1
    again.close()
