"""The disk is full, or may not be written, names do not resolve, or the broker is gone, while items flow through all
roles: they pause, say why, and go on, and nothing that was acknowledged is lost or told twice."""

import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from deploy.running.service import Service
from deploy.running.wiring import ROLES
from deploy.settings.loading import load_settings
from stream.log.topics import STAGES
from stream.ops.metrics import Metrics
from stream.sqlite import SqliteLog
from tests.e2e.brokers import started
from tests.e2e.installation import Installation, Seen, installation
from tests.e2e.kills import GROWTH, WINDOW, alerted, done, look_at_every_token
from tests.kafka_broker import free_ports
from tests.ledger import Ledger

MOST = 80
FULL = ("PRAGMA max_page_count = 1", f"PRAGMA max_page_count = {2**32 - 2}")  # the least is what the file has
READ_ONLY = ("PRAGMA query_only = 1", "PRAGMA query_only = 0")


@contextmanager
def served(place: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """All roles, in threads of this process."""
    for name, value in place.command.environ.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(None, os.environ, {})
    service = Service(ROLES, settings, place.log, Metrics(CollectorRegistry()))
    try:
        yield service
    finally:
        service.close()


def end_well(place: Installation) -> None:
    """Everything comes, once."""
    place.seen.wait(lambda seen: done(place, seen) and delivered(seen) >= len(alerted(seen)))
    while place.seen.look():
        pass
    assert place.seen.values("dead") == []
    look_at_every_token(place)


def delivered(seen: Seen) -> int:
    """How many deliveries were taken; `done` counts those that failed, too."""
    return sum(delivery["outcome"] == "delivered" for delivery in seen.values("deliveries"))


@pytest.mark.slow
@pytest.mark.parametrize(("disk", "says"), [(FULL, "the disk is full"), (READ_ONLY, "readonly database")])
@pytest.mark.parametrize("stream_url", ["sqlite"], indirect=True)
def test_a_disk_that_takes_nothing_for_a_while(tmp_path, stream_url, cache, monkeypatch, disk, says):
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=MOST)
    with installation(tmp_path, stream_url, cache, ledger) as place:
        assert isinstance(place.log, SqliteLog)
        place.follow_ledger(interval=1)
        with served(place, monkeypatch) as service:
            for number in (1, 2):
                place.seen.wait(lambda seen, least=number: len(seen.records["items"]) >= 2 * least * GROWTH)
                for connection in list(place.log.database._opened):  # as a disk does: all of them, at once
                    connection.execute(disk[0])
                while says not in "".join(service.why_not().values()):
                    place.seen.look(0.05)
                for connection in list(place.log.database._opened):
                    connection.execute(disk[1])
                while any(service.why_not().values()):
                    place.seen.look(0.05)
            end_well(place)


@pytest.mark.slow
@pytest.mark.parametrize("stream_url", ["sqlite"], indirect=True)
def test_names_that_do_not_resolve_for_a_while(tmp_path, stream_url, cache, monkeypatch):
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=MOST)
    resolves, real = threading.Event(), socket.getaddrinfo

    def look_up(host: object, *rest: object, **named: object) -> object:
        if host == "localhost" and not resolves.is_set():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(host, *rest, **named)

    with installation(tmp_path, stream_url, cache, ledger) as place:
        ledger.base = ledger.base.replace("127.0.0.1", "localhost")
        resolves.set()
        place.follow_ledger(interval=1)
        ledger.fail("/hook", 503, 503, 503)  # so that the second life has something to deliver
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        for topic, field in (("polls", "error"), ("deliveries", "message")):
            resolves.clear()  # from the start of a life: a connection that is kept needs no name
            with served(place, monkeypatch) as service:
                place.seen.wait(lambda seen, at=topic, of=field: has_said("resolved", seen.values(at), of))
                assert not any(service.why_not().values())  # it is the world that fails, and no role
                resolves.set()
                place.command.does("feeds", "resume", ledger.feed_url)
                if topic == "polls":
                    place.seen.wait(lambda seen: len(seen.records["deliveries"]) >= 1)
                else:
                    end_well(place)


def has_said(word: str, values: Sequence[dict[str, Any]], field: str) -> bool:
    """Whether the field of a record has that word."""
    return any(word in json.dumps(value[field]) for value in values)


@pytest.mark.kafka
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seconds", [0, pytest.param(600, marks=pytest.mark.soak)])
def test_a_broker_that_is_gone(tmp_path, broker, cache, seconds):
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=MOST)
    (port,) = free_ports(1)
    with started() as own, installation(tmp_path, own.url, cache, ledger) as place:
        place.follow_ledger(interval=1)
        listening = {**place.command.settings, "web.listen": f"127.0.0.1:{port}", "canary.interval": "0"}
        place.command = replace(place.command, settings=listening)
        with place.running() as run:
            place.seen.wait(lambda seen: len(seen.records["deliveries"]) >= 1, run.alive)
            own.kill()
            gone = time.monotonic()
            while len(pausing(port)) < len(STAGES) - 1:  # all but the index, which reads no group
                run.alive()
                time.sleep(0.5)  # it is asked over HTTP, which gives no event
            time.sleep(max(0.0, gone + seconds - time.monotonic()))  # to be gone for so long is what is tested
            own.start()
            while pausing(port):
                run.alive()
                time.sleep(0.5)
            end_well(place)
            assert run.terminate(30) == 0


def pausing(port: int) -> set[str]:
    """The roles that are not working, by their own word."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asking.request("GET", "/ready")
        stages = json.loads(asking.getresponse().read())["stages"]
    finally:
        asking.close()
    return {stage for stage, works in stages.items() if not works}
