"""Three collectors on one Kafka: feeds are spread over them, and what one leaves behind the others take up."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings
from tests.deploy.command import Command
from tests.e2e.installation import PATIENCE, Run, Seen, once_each
from tests.e2e.sources import Sources

FEEDS, ENTRIES = 24, 12


@pytest.fixture
def sources():
    with Sources(FEEDS, ENTRIES).serving() as made:
        yield made


def more_polls(sources: Sources, count: int) -> Callable[[], bool]:
    """Whether each feed has been polled so many times more than now."""
    before = Counter(sources.polls)
    return lambda: all(sources.polls[feed] >= before[feed] + count for feed in range(FEEDS))


@pytest.mark.parametrize("stream_url", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)
def test_the_feeds_of_a_collector_that_is_killed_are_polled_by_the_others(tmp_path, stream_url, sources):
    stated = {
        "stream.url": stream_url,
        "stream.partitions": "6",
        "fetch.allow_networks": '["127.0.0.0/8"]',
        "fetch.host_gap": "0",
        "fetch.interval": "2",
    }
    command = Command(tmp_path / "data", stated)
    command.does("feeds", "import", "-", stdin=sources.opml)
    settings = Settings.model_validate({"stream": {"url": stream_url, "partitions": 6}})
    with ExitStack() as stack:
        log = open_log(settings)
        stack.callback(log.close)
        ensure_topics(settings, log)
        seen = Seen(log)
        stack.callback(seen.close)
        runs = []
        for n in range(3):
            run = Run(command, ["collect"], stack.enter_context((tmp_path / f"run{n}.log").open("ab")))
            stack.callback(run.kill)
            runs.append(run)
        assert sources.wait(PATIENCE, more_polls(sources, 3))
        runs[0].kill()
        assert sources.wait(PATIENCE, more_polls(sources, 3))
        seen.wait(lambda s: len(s.records["items"]) >= FEEDS * ENTRIES, runs[1].alive)
        assert [run.terminate(10) for run in runs[1:]] == [0, 0]
        while seen.look():
            pass
        assert Counter(item["title"] for item in seen.values("items")) == once_each(sources.titles)
        assert max(sources.overlaps.values(), default=0) <= 1  # at most the poll during which it was killed
        assert not seen.records["dead"]
