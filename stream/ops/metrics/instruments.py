"""The instruments of one process, in a registry of their own."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from prometheus_client import CollectorRegistry, Gauge, disable_created_metrics

from stream.ops.balance import BALANCE_OF
from stream.ops.metrics.catalogue import CATALOGUE
from stream.ops.metrics.declared import Declared, I

__all__ = ["Instruments"]


class Instruments:
    """What every metric but those read on scrape is counted with: `instruments[POLLS].labels("ok").inc()`.

    `themes` are the values of that label. With `roles`, only what these feed is exposed.
    """

    def __init__(
        self, registry: CollectorRegistry, themes: Sequence[str] = (), roles: Collection[str] | None = None
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.registry = registry
        self.themes = themes
        self._made = {
            made.name: made.instrument(registry if roles is None or set(roles) & {*made.by} else None)
            for made in CATALOGUE
            if not made.on_scrape
        }

    def __getitem__(self, declared: Declared[I]) -> I:
        return cast(I, self._made[declared.name])

    def begin(self, role: str) -> None:
        """Exposes all that this role counts, at zero: a rate of a series that is missing would say nothing."""
        for declared in CATALOGUE:
            if not declared.on_scrape and role in declared.by and declared.labels and declared.kind is not Gauge:
                self._begin(declared, role)

    def _begin(self, declared: Declared[Any], role: str) -> None:
        own = {"stage": (role,), "of": BALANCE_OF.get(role, ())}
        for values in declared.combinations(self.themes):
            if all(value in own.get(label, (value,)) for label, value in zip(declared.labels, values, strict=True)):
                self[declared].labels(*values)
