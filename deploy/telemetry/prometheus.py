"""The metrics of docs/metrics.md as OpenTelemetry has them: declared once, and exported under the same names."""

import math
import time
from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import CollectorRegistry
from prometheus_client import Metric as Family

__all__ = ["metrics_data"]

CUMULATIVE = AggregationTemporality.CUMULATIVE


def metrics_data(
    registry: CollectorRegistry, resource: Resource, scope: InstrumentationScope, since: int
) -> MetricsData:
    """All families of the registry as of now; `since` (ns) is when its counters began."""
    found = [metric for family in registry.collect() if (metric := _metric(family, since, time.time_ns())) is not None]
    scoped = ScopeMetrics(scope=scope, metrics=found, schema_url="")
    return MetricsData([ResourceMetrics(resource=resource, scope_metrics=[scoped], schema_url="")])


def _metric(family: Family, since: int, now: int) -> Metric | None:
    data: Any
    if family.type == "counter":
        points = _numbers(family, "_total", since, now)
        data = Sum(data_points=points, aggregation_temporality=CUMULATIVE, is_monotonic=True)
    elif family.type == "histogram":
        data = Histogram(data_points=list(_histograms(family, since, now)), aggregation_temporality=CUMULATIVE)
    elif family.type in ("gauge", "info", "unknown"):
        data = Gauge(data_points=_numbers(family, "_info" if family.type == "info" else "", since, now))
    else:
        return None
    return Metric(name=family.name, description=family.documentation, unit=family.unit, data=data)


def _numbers(family: Family, suffix: str, since: int, now: int) -> list[NumberDataPoint]:
    return [
        NumberDataPoint(dict(sample.labels), since, now, sample.value)
        for sample in family.samples
        if sample.name == family.name + suffix
    ]


def _histograms(family: Family, since: int, now: int) -> Iterator[HistogramDataPoint]:
    """A point for each set of labels; Prometheus counts what is up to a bound, OpenTelemetry what is between two."""
    by_labels: dict[tuple[tuple[str, str], ...], dict[float, float]] = {}
    sums: dict[tuple[tuple[str, str], ...], float] = {}
    for sample in family.samples:
        labels = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
        if sample.name == f"{family.name}_bucket":
            by_labels.setdefault(labels, {})[float(sample.labels["le"])] = sample.value
        elif sample.name == f"{family.name}_sum":
            sums[labels] = sample.value
    for labels, buckets in by_labels.items():
        bounds = sorted(buckets)
        counts = [int(buckets[bound] - before) for bound, before in zip(bounds, _before(bounds, buckets), strict=True)]
        yield HistogramDataPoint(
            attributes=dict(labels),
            start_time_unix_nano=since,
            time_unix_nano=now,
            count=sum(counts),
            sum=sums.get(labels, 0.0),
            bucket_counts=counts,
            explicit_bounds=[bound for bound in bounds if not math.isinf(bound)],
            min=0.0,
            max=0.0,
        )


def _before(bounds: list[float], buckets: dict[float, float]) -> list[float]:
    return [0.0, *(buckets[bound] for bound in bounds[:-1])]
