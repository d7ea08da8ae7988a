"""With the shipped encoder: the tagger alone, and all stages at once, from a document to the last webhook."""

import time
from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry

from deploy.running.service import Service
from deploy.running.training import opened_registry
from deploy.running.wiring import ROLES, stage_role
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.log.records import Out
from stream.log.topics import ALERTS, alerts_topic
from stream.ops.metrics import Metrics
from stream.records import Item, Tagged, decode, encode
from stream.themes.saved import shipped_themes
from tests.bench.figures import Figure, measured
from tests.bench.stages import Counted, feeds, joined, subscribed
from tests.ledger import TEXTS

__all__ = ["tagger", "whole_way"]

PATIENCE = 120.0


def tagger(backend: str, settings: Settings, log: Log, count: int) -> Iterator[Figure]:
    """The tag stage on so many items; the encoder has been loaded by one item before."""
    opened_registry(settings, log)
    made, counted = stage_role("tag", settings), Counted()
    worker, _ = joined(made, settings, log, counted)
    _put_items(log, 0, 1)
    while not counted.made["tagged"]:
        worker.step()
    _put_items(log, 1, count)
    with measured(Figure(backend, "tag", count)) as figure:
        while counted.made["tagged"] <= count:
            worker.step()
    worker.close()
    made.close()
    yield figure


def _put_items(log: Log, begin: int, count: int) -> None:
    log.append([Out("items", f"i{n}", encode(_item(n))) for n in range(begin, begin + count)])


def _item(number: int) -> Item:
    title, summary = list(TEXTS.values())[number % len(TEXTS)]
    return Item(
        id=f"i{number}",
        feed="bench",
        source="Bench",
        entry=str(number),
        revision=0,
        url=f"http://site.example/{number}",
        title=title.format(f"N{number}"),
        summary=summary,
        lang="en",
        published=1,
        date_quality="exact",
        first_seen=1,
        baseline=False,
    )


class _Watch:
    """What has come out so far."""

    def __init__(self, log: Log, themes: tuple[str, ...]) -> None:
        self.counts: Counter[str] = Counter()
        self.asked = 0  # alerts that the tagger's decisions ask for
        self._reader = log.reader(["items", "tagged", *map(alerts_topic, themes), "deliveries"])

    def until(self, met: Callable[["_Watch"], bool]) -> None:
        """Reads on until `met`."""
        deadline = time.monotonic() + PATIENCE
        while not met(self):
            for record in self._reader.poll(0.5):
                self.counts["alerts" if record.topic.startswith(ALERTS) else record.topic] += 1
                if record.topic == "tagged" and not (tagged := decode(record.value, Tagged)).item.baseline:
                    self.asked += len(tagged.tags)
            if time.monotonic() > deadline:
                raise TimeoutError(f"the whole way stands still: {self.counts}")

    def close(self) -> None:
        """Gives the reader back."""
        self._reader.close()


def whole_way(backend: str, settings: Settings, log: Log, address: str, entries: int) -> Iterator[Figure]:
    """A feed's new entries, from the commit of its items to the last delivery, with every stage in this process."""
    opened_registry(settings, log)
    subscribed(settings, log, address)
    watch = _Watch(log, shipped_themes())
    service = Service(ROLES, settings, log, Metrics(CollectorRegistry()))
    try:
        feeds(log, address, 1)
        watch.until(lambda w: w.counts["tagged"] == 1)  # the baseline, with which the encoder is loaded
        watch.until(lambda w: w.counts["items"] > 1)
        with measured(Figure(backend, "whole way", entries)) as figure:
            watch.until(lambda w: w.counts["tagged"] > entries and w.counts["deliveries"] >= w.asked)
    finally:
        service.close()
        watch.close()
    yield figure
