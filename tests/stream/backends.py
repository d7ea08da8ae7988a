"""The two backends as the contract suite sees them, and helpers that poll until something is so."""

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pytest
from kafka import KafkaAdminClient, TopicPartition

from stream.kafka import KafkaLog
from stream.log.port import Log, Session, Work
from stream.log.records import Change, Out, Record
from stream.log.topics import Topic
from stream.sqlite import SqliteLog

BACKENDS = ["sqlite", pytest.param("kafka", marks=pytest.mark.kafka)]
DEADLINE = 90.0
YEAR = 365 * 86_400_000


class Backend(Protocol):
    """One stream of one test."""

    address: str

    def empty(self, log: Log, topic: str) -> None:
        """Lets retention take every record of a topic."""


class SqliteBackend:
    def __init__(self, folder: Path) -> None:
        self.address = f"sqlite:{folder / 'stream.db'}"

    def empty(self, log: Log, topic: str) -> None:
        assert isinstance(log, SqliteLog)
        log.prune(time.time_ns() // 1_000_000 + 2 * YEAR)


class KafkaBackend:
    def __init__(self, bootstrap: Sequence[str]) -> None:
        self.prefix = f"t{uuid.uuid4().hex[:8]}."
        self.address = f"kafka:{','.join(bootstrap)}/{self.prefix}"

    def empty(self, log: Log, topic: str) -> None:
        assert isinstance(log, KafkaLog)
        servers = self.address.removeprefix("kafka:").split("/")[0].split(",")
        with KafkaAdminClient(bootstrap_servers=servers) as admin:
            ends = {TopicPartition(log.full(name), p): end for (name, p), end in log.ends([topic]).items()}
            admin.delete_records(ends)


def open_log(address: str) -> SqliteLog | KafkaLog:
    """The log at an address of these backends."""
    kind, _, where = address.partition(":")
    if kind == "sqlite":
        return SqliteLog(Path(where))
    servers, _, prefix = where.partition("/")
    return KafkaLog(servers.split(","), prefix=prefix)


def topic(name: str, partitions: int = 2) -> Topic:
    return Topic(name, partitions, "delete", YEAR, "key", "a topic of a test")


def until(met: Callable[[], bool], step: Callable[[], object] = lambda: None) -> None:
    """Repeats `step` until `met`; fails after a long time."""
    deadline = time.monotonic() + DEADLINE
    while not met():
        assert time.monotonic() < deadline, "what was waited for did not come"
        step()


def join(session: Session, partitions: int = 2) -> None:
    """Polls until so many partitions are owned."""
    until(lambda: len(session.owned()) == partitions, lambda: session.poll(None))


def take(session: Session, count: int) -> list[Record]:
    """Polls, and passes each batch by with a commit, until so many records have come."""
    found: list[Record] = []

    def step() -> None:
        batch = session.poll(None)
        if batch:
            session.commit(passing(session, batch))
            found.extend(batch)

    until(lambda: len(found) >= count, step)
    return found


def first(session: Session, count: int) -> list[Record]:
    """Polls until one poll gives so many records; commits nothing."""
    found: list[Record] = []

    def step() -> None:
        found[:] = session.poll(None)

    until(lambda: len(found) >= count, step)
    return found


def passing(
    session: Session, records: Sequence[Record], outputs: Sequence[Out] = (), changes: Sequence[Change] = ()
) -> list[Work]:
    """Works that pass these records by; outputs and changes go with the first."""
    offsets: dict[int, dict[str, int]] = {}
    for record in records:
        offsets.setdefault(record.partition, {})[record.topic] = record.offset + 1
    works = [Work(p, session.owned()[p], passed) for p, passed in offsets.items()]
    return [Work(works[0].partition, works[0].epoch, works[0].next_offsets, outputs, changes), *works[1:]]


def read_all(log: Log, *topics: str) -> list[Record]:
    """Every committed record there is now."""
    reader = log.reader(topics)
    try:
        found: list[Record] = []
        until(reader.caught_up, lambda: found.extend(reader.poll(1.0)))
        return found
    finally:
        reader.close()


def values(records: Sequence[Record]) -> list[bytes | None]:
    return [record.value for record in records]


class Child:
    """A member in a process of its own: `python -m tests.stream.member ADDRESS ACTION ...`, talked to by lines."""

    def __init__(self, address: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.stream.member", address, *arguments]
        root = Path(__file__).resolve().parents[2]
        self.process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.strip())
                self._news.notify_all()

    def wait_for(self, start: str, step: Callable[[], object] = lambda: None) -> str:
        """The first line that starts so; `step` is done meanwhile."""

        def found() -> str | None:
            return next((line for line in self.lines if line.startswith(start)), None)

        deadline = time.monotonic() + DEADLINE
        while (line := found()) is None:
            assert time.monotonic() < deadline, f"no line {start!r} among {self.lines}"
            assert self.process.poll() is None or self._reading.is_alive(), f"ended with {self.process.returncode}"
            step()
            with self._news:
                self._news.wait(0.1)
        return line

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def ended(self) -> int:
        """Its exit code, minus the signal's number if one ended it."""
        return self.process.wait(DEADLINE)

    def end(self) -> None:
        """kill -9, if it still runs."""
        self.process.kill()
        self.process.wait()
        self._reading.join(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
