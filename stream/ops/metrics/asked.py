"""What is found out when the metrics are read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import Metric
from prometheus_client.registry import Collector

from stream.log.port import LogError
from stream.ops.metrics.declared import Declared

__all__ = ["Answers", "Asked", "Samples"]

Samples = Mapping[tuple[str, ...], float]
Answers = Mapping[str, Samples]


class Asked(Collector):
    """Metrics whose values `ask` says, by the metric's name and its labels' values; what it leaves out is not shown.

    Nor is anything while the stream cannot be asked: a scrape must survive that.
    """

    def __init__(self, declared: Sequence[Declared[Any]], ask: Callable[[], Answers]) -> None:
        self._declared = declared
        self._ask = ask

    def describe(self) -> Iterator[Metric]:
        """The metrics without values: to be registered, nothing need be asked."""
        return (declared.family() for declared in self._declared)

    def collect(self) -> Iterator[Metric]:
        """Asks once for all."""
        try:
            answers = self._ask()
        except LogError:
            answers = {}
        for declared in self._declared:
            family = declared.family()
            for labels, value in answers.get(declared.name, {}).items():
                family.add_metric(labels, value)
            yield family
