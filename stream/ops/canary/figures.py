"""The canary's metrics: what was sent, what came back, when, and how soon."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from stream.ops.metrics import catalogue as of
from stream.ops.metrics.instruments import Instruments

__all__ = ["CanaryFigures"]


class CanaryFigures:
    """Counts for these themes, in a registry of their own; times in ms.

    Until one has come back, the last one counts as of `now`: silence is measured from when the process began.
    """

    def __init__(self, themes: Sequence[str], now: int) -> None:
        self.registry = CollectorRegistry()
        self._of = Instruments(self.registry, themes, ("canary",))
        self._of.begin("canary")
        for theme in themes:
            self._of[of.CANARY_LAST].labels(theme).set(now / 1000)

    def published_one(self, theme: str) -> None:
        """A canary stands in the feed."""
        self._of[of.CANARY_PUBLISHED].labels(theme).inc()

    def delivered_one(self, theme: str, now: int, published: int) -> None:
        """One has come back."""
        self._of[of.CANARY_DELIVERED].labels(theme).inc()
        self._of[of.CANARY_LAST].labels(theme).set(now / 1000)
        self._of[of.CANARY_LATENCY].labels(theme).set(max(0, now - published) / 1000)
