"""Reads of the embedded stream that fail below each stage while items flow: roles pause and come back, and no record is
to blame."""

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from deploy.running.service import Service
from deploy.running.wiring import ROLES
from deploy.settings.loading import load_settings
from stream.log.topics import STAGES
from stream.ops.metrics import Metrics
from stream.sqlite import SqliteLog
from tests.e2e.installation import installation
from tests.e2e.kills import GROWTH, WINDOW, done, look_at_every_token
from tests.ledger import Ledger


class Failing:
    """A connection to SQLite whose statements fail as on a bad disk while `fails` says so."""

    def __init__(self, connection: sqlite3.Connection, fails: Callable[[], bool]) -> None:
        self._connection = connection
        self._fails = fails

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        if self._fails():
            raise sqlite3.OperationalError("disk I/O error")
        return self._connection.execute(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class Faults:
    """Has what is asked of SQLite by the threads of these names refused; made before these threads are."""

    def __init__(self, log: SqliteLog) -> None:
        self.threads: set[str] = set()
        connect = log.database._connect
        log.database._connect = lambda: Failing(connect(), self._now)  # type: ignore[method-assign, return-value]

    def _now(self) -> bool:
        return threading.current_thread().name in self.threads

    @contextmanager
    def below(self, *threads: str) -> Iterator[None]:
        self.threads = set(threads)
        try:
            yield
        finally:
            self.threads = set()


@pytest.mark.parametrize("stream_url", ["sqlite"], indirect=True)
def test_failing_reads_below_each_stage_lose_and_repeat_nothing(tmp_path, stream_url, cache, monkeypatch):
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=sys.maxsize)  # a stage without items would never read
    with installation(tmp_path, stream_url, cache, ledger) as place:
        place.follow_ledger(interval=1)
        for name, value in place.command.environ.items():
            monkeypatch.setenv(name, value)
        settings = load_settings(None, os.environ, {})
        assert isinstance(place.log, SqliteLog)
        faults = Faults(place.log)
        service = Service(ROLES, settings, place.log, Metrics(CollectorRegistry()))
        try:
            for number, threads in enumerate([*([stage] for stage in STAGES), STAGES], start=1):
                place.seen.wait(lambda seen, least=number: len(seen.records["items"]) >= least * GROWTH)
                with faults.below(*threads):
                    while not all("pauses" in service.why_not()[name] for name in threads):
                        place.seen.look(0.05)
                while any(service.why_not().values()):
                    place.seen.look(0.05)
            ledger.most = len(ledger.tokens) + GROWTH
            place.seen.wait(lambda seen: done(place, seen))
        finally:
            service.close()
        while place.seen.look():
            pass
        assert place.seen.values("dead") == []
        look_at_every_token(place)
