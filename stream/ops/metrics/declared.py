"""What a metric's declaration says; `stream.ops.metrics.catalogue` has them all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Generic, Literal, TypeVar, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

__all__ = ["PREFIX", "THEMES", "Declared", "Values", "counter", "gauge", "histogram"]

PREFIX = "themewire_"
Instrument = Counter | Gauge | Histogram
I = TypeVar("I", Counter, Gauge, Histogram)  # noqa: E741  # an instrument
Gathering = Literal["livesum", "livemax", "mostrecent"]


@dataclass(frozen=True)
class Values:
    """The closed list of a label's values: `names`, with `themes` those of the service as well, which come and go.

    `one` describes what has a single value at a time.
    """

    names: tuple[str, ...] = ()
    themes: bool = False
    one: str = ""

    def of(self, themes: Sequence[str]) -> tuple[str, ...]:
        """All of them, in a service with these themes."""
        return (*self.names, *(themes if self.themes else ()))


THEMES = Values(themes=True)
Labels = Mapping[str, Values]


@dataclass(frozen=True)
class Declared(Generic[I]):
    """A metric: `name` without our prefix, `by` the roles that feed it.

    `pairs` are the combinations of labels that there can be, where these are not all. `gathering` is how the values of
    a gauge come together where each role is a process of its own. What is read `on_scrape` is counted nowhere.
    """

    kind: type[I]
    name: str
    by: tuple[str, ...]
    about: str
    labels: Labels = field(default_factory=dict)
    buckets: tuple[float, ...] = ()
    pairs: tuple[tuple[str, ...], ...] = ()
    gathering: Gathering = "livesum"
    on_scrape: bool = False

    @property
    def full(self) -> str:
        """The name under which it is exposed."""
        return f"{PREFIX}{self.name}{'_total' if self.kind is Counter else ''}"

    def combinations(self, themes: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Every combination of its labels' values."""
        return iter(self.pairs) if self.pairs else product(*(values.of(themes) for values in self.labels.values()))

    def instrument(self, registry: CollectorRegistry | None) -> I:
        """What is counted with, exposed by this registry."""
        name, names = PREFIX + self.name, tuple(self.labels)
        made: Instrument
        if self.kind is Gauge:
            made = Gauge(name, self.about, names, registry=registry, multiprocess_mode=self.gathering)
        elif self.kind is Histogram:
            made = Histogram(name, self.about, names, registry=registry, buckets=self.buckets)
        else:
            made = Counter(name, self.about, names, registry=registry)
        return cast(I, made)

    def family(self) -> GaugeMetricFamily | CounterMetricFamily:
        """What a collector fills when it is asked."""
        make = CounterMetricFamily if self.kind is Counter else GaugeMetricFamily
        return make(PREFIX + self.name, self.about, labels=tuple(self.labels))


def counter(
    name: str,
    by: tuple[str, ...],
    about: str,
    *,
    pairs: tuple[tuple[str, ...], ...] = (),
    on_scrape: bool = False,
    **labels: Values,
) -> Declared[Counter]:
    """A metric that only grows; `_total` is added to its name."""
    return Declared(Counter, name, by, about, labels, pairs=pairs, on_scrape=on_scrape)


def gauge(
    name: str,
    by: tuple[str, ...],
    about: str,
    *,
    gathering: Gathering = "livesum",
    on_scrape: bool = False,
    **labels: Values,
) -> Declared[Gauge]:
    """A metric that says how things are."""
    return Declared(Gauge, name, by, about, labels, gathering=gathering, on_scrape=on_scrape)


def histogram(
    name: str, by: tuple[str, ...], about: str, buckets: tuple[float, ...], **labels: Values
) -> Declared[Histogram]:
    """A metric that counts observations by their size."""
    return Declared(Histogram, name, by, about, labels, buckets)
