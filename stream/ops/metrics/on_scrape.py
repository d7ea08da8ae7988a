"""Metrics whose values are read when Prometheus scrapes them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import Metric
from prometheus_client.registry import Collector

from stream.log.port import LogError
from stream.ops.metrics.declared import Declared

__all__ = ["ReadOnScrape", "Readings", "Samples"]

Samples = Mapping[tuple[str, ...], float]
Readings = Mapping[str, Samples]


class ReadOnScrape(Collector):
    """Metrics whose values `read` returns by name and labels' values; what it leaves out is not exposed.

    Nor is anything while the stream cannot be read: a scrape must survive that.
    """

    def __init__(self, declared: Sequence[Declared[Any]], read: Callable[[], Readings]) -> None:
        self._declared = declared
        self._read = read

    def describe(self) -> Iterator[Metric]:
        """The metrics without values: to be registered, nothing need be read."""
        return (declared.family() for declared in self._declared)

    def collect(self) -> Iterator[Metric]:
        """Reads all of them at once."""
        try:
            readings = self._read()
        except LogError:
            readings = {}
        for declared in self._declared:
            family = declared.family()
            for labels, value in readings.get(declared.name, {}).items():
                family.add_metric(labels, value)
            yield family
