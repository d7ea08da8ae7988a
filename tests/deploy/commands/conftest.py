"""A web site on loopback, and the command where it may look at that."""

from dataclasses import replace

import pytest

from tests.webserver import serve


@pytest.fixture
def web():
    with serve() as web:
        yield web


@pytest.fixture
def looking(themewire):
    opened = {"fetch.allow_networks": '["127.0.0.0/8"]', "fetch.host_gap": "0"}
    return replace(themewire, settings={**themewire.settings, **opened})
