"""A global table is never behind the records that are decided on, however late its own reader is given them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from stream.log import global_tables
from stream.log.global_tables import GlobalTable
from stream.log.port import LogError, Reader
from stream.log.records import Out, Record
from stream.log.topics import Topic
from stream.sqlite import SqliteLog


class Late:
    """A reader like a broker's, which has nothing yet for who does not wait."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def poll(self, timeout: float) -> list[Record]:
        return self._reader.poll(timeout) if timeout else []

    def caught_up(self) -> bool:
        return self._reader.caught_up()

    @property
    def positions(self) -> Mapping[tuple[str, int], int]:
        return self._reader.positions

    def close(self) -> None:
        self._reader.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure([Topic("known", 1, "compact", None, "k", "")])
    yield made
    made.close()


def test_it_waits_for_the_records_that_others_have_read(log: SqliteLog) -> None:
    table = GlobalTable(Late(log.reader(["known"])))
    log.append([Out("known", "k", b"1"), Out("known", "k", b"2")])
    assert table.advance() == []
    assert table.rows == {}
    assert [record.value for record in table.advance({0: 1})] == [b"1", b"2"]
    assert table.rows == {"k": b"2"}
    table.close()


def test_records_that_do_not_come_are_an_error(log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(global_tables, "PATIENCE", 0.0)
    table = GlobalTable(log.reader(["known"]))
    with pytest.raises(LogError, match="not there for another reader"):
        table.advance({0: 5})
    table.close()
