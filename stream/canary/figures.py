"""The canary's metrics: what was sent, what came back, when, and how soon."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.registry import Collector

__all__ = ["CanaryFigures"]


class CanaryFigures:
    """The four metrics for these themes; times in ms. Until one has come back, the last one counts as of `now`."""

    def __init__(self, themes: Sequence[str], registry: CollectorRegistry | None, now: int) -> None:
        self._published = Counter(
            "themewire_canary_published", "Synthetic items that were published.", ["theme"], registry=registry
        )
        self._delivered = Counter(
            "themewire_canary_delivered", "Synthetic items whose alert was delivered.", ["theme"], registry=registry
        )
        self._last = Gauge(
            "themewire_canary_last_delivered_timestamp_seconds",
            "When the last alert of a synthetic item was delivered, in Unix time; of none yet, when the process began.",
            ["theme"],
            registry=registry,
        )
        self._latency = Gauge(
            "themewire_canary_latency_seconds",
            "Seconds from published to delivered of the last synthetic item.",
            ["theme"],
            registry=registry,
        )
        for theme in themes:
            self._published.labels(theme)
            self._delivered.labels(theme)
            self._last.labels(theme).set(now / 1000)

    @property
    def collectors(self) -> Sequence[Collector]:
        """For a registry that is made at each scrape."""
        return self._published, self._delivered, self._last, self._latency

    def published_one(self, theme: str) -> None:
        """A canary stands in the feed."""
        self._published.labels(theme).inc()

    def delivered_one(self, theme: str, now: int, published: int) -> None:
        """One has come back."""
        self._delivered.labels(theme).inc()
        self._last.labels(theme).set(now / 1000)
        self._latency.labels(theme).set(max(0, now - published) / 1000)
