"""A clock that is a year ahead, an hour off, and right again, while all roles run: everything goes on."""

import os
import time

import pytest
from prometheus_client import CollectorRegistry

import deploy.running.wiring.roles
from deploy.running.service import Service
from deploy.running.wiring import ROLES
from deploy.settings.loading import load_settings
from stream.ops.metrics import Metrics
from stream.units import HOUR
from tests.e2e.installation import installation
from tests.e2e.kills import GROWTH, WINDOW, done
from tests.ledger import Ledger

YEAR = 365 * 24 * HOUR
LIVES = ((0, YEAR, 0, HOUR, 0, -HOUR, YEAR), (0,))  # by how much the clock is off, in one life and in the next


@pytest.mark.parametrize("stream_url", ["sqlite"], indirect=True)
def test_roles_go_on_whatever_the_clock_does(tmp_path, stream_url, cache, monkeypatch):
    off = [0]
    monkeypatch.setattr(deploy.running.wiring.roles, "clock", lambda: time.time_ns() // 1_000_000 + off[0])
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=30 * GROWTH)
    with installation(tmp_path, stream_url, cache, ledger) as place:
        place.follow_ledger(interval=1)
        for name, value in place.command.environ.items():
            monkeypatch.setenv(name, value)
        settings = load_settings(None, os.environ, {})
        for life in LIVES:
            service = Service(ROLES, settings, place.log, Metrics(CollectorRegistry()))
            try:
                for value in life:
                    polls, off[0] = len(place.seen.records["polls"]), value
                    place.seen.wait(lambda seen, least=polls + 3: len(seen.records["polls"]) >= least)
                if life is LIVES[-1]:
                    place.seen.wait(lambda seen: done(place, seen))
            finally:
                service.close()
        assert place.seen.values("dead") == []
        assert {delivery["outcome"] for delivery in place.seen.values("deliveries")} == {"delivered"}
