"""How long a stage's tables may take to be read: the longer, the more of them have come."""

from dataclasses import dataclass

import pytest

from stream.kafka.changelog import record_for
from stream.kafka.restore import read_tables
from stream.log.port import LogError
from stream.log.records import Change, Record

ROWS = 20_000


@dataclass
class Changelog:
    """A cluster whose changelog has one partition of many rows; so many come at once, every 12.5 s."""

    at_once: int
    now: float = 1_000.0
    read: int = 0

    def full(self, name: str) -> str:
        return name

    def partition_reader(self, start: object) -> "Changelog":
        return self

    def caught_up(self) -> bool:
        return self.read >= ROWS

    def poll(self, timeout: float) -> list[Record]:
        self.now += 12.5
        row = record_for("tag", Change("items", "i", b"%d" % self.read))
        self.read += self.at_once
        return [Record(row.topic, 0, self.read, row.key, row.value, 0)] * self.at_once

    def close(self) -> None:
        pass


def test_tables_that_keep_coming_are_read_to_their_end_however_many_they_are():
    log = Changelog(at_once=2_000)
    found = read_tables(log, "tag", [0], lambda: True, lambda: log.now)
    assert found
    assert found[0].get("items", "i") == b"18000"
    assert log.now - 1_000 == 125


def test_tables_that_hardly_come_are_given_up():
    log = Changelog(at_once=200)
    with pytest.raises(LogError, match=r"of the tables only 2,000 rows have come within 125 s"):
        read_tables(log, "tag", [0], lambda: True, lambda: log.now)


def test_tables_are_not_read_on_once_the_group_has_changed():
    log = Changelog(at_once=2_000)
    assert read_tables(log, "tag", [0], lambda: log.read < 10_000, lambda: log.now) is None
    assert log.read == 10_000
