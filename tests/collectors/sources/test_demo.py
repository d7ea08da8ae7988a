"""The demo has a source of each kind that is polled here, and each brings what its outlet publishes."""

from datetime import UTC, datetime

import pytest

from seeds.demo import source_of
from seeds.demo_server import DemoServer
from stream.records import Feed
from tests.collectors.partition import NOW
from tests.collectors.sources.some_polls import Source
from tests.seeds.test_demo_server import Times

CREDENTIALS = {"imap": "basic env:MAIL"}


@pytest.mark.parametrize("kind", ["sitemap", "json", "page", "changes", "imap"])
def test_a_source_of_the_demo_brings_what_its_outlet_publishes(polling, kind, monkeypatch):
    monkeypatch.setenv("MAIL", "any:body")
    times = Times()
    with DemoServer(datetime.fromtimestamp(NOW / 1000, UTC), clock=times) as server:
        url, outlet = next(each for each in server.outlets.items() if source_of(each[1])[0] == kind)
        source = Source(
            polling,
            Feed(id="f", url=url, kind=kind, options=dict(source_of(outlet)[1]), credentials=CREDENTIALS.get(kind, "")),
        )
        found = []
        for times.now in (0, 3600, 3600, 7200):
            polled = source.poll().poll
            assert (polled.error, polled.warnings) == (None, ())
            found.append(polled.new)
        assert [new > 0 for new in found[1:]] == [True, False, True]
