"""The balance as it was counted so far: of all that a registry's metrics are of."""

from collections import Counter

from prometheus_client import CollectorRegistry

from stream.ops.balance import FATES, Balance
from stream.ops.metrics.catalogue import BALANCE_IN, BALANCE_OUT

__all__ = ["balanced"]


def balanced(registry: CollectorRegistry) -> list[Balance]:
    """Return each balance since the processes began, of which `lost` says what came and went nowhere."""
    came, went = Counter[str](), Counter[tuple[str, str]]()
    for sample in (each for family in registry.collect() for each in family.samples):
        if sample.name == BALANCE_IN.full:
            came[sample.labels["of"]] += int(sample.value)
        elif sample.name == BALANCE_OUT.full:
            went[sample.labels["of"], sample.labels["fate"]] += int(sample.value)
    return [Balance(of, came[of], {fate: went[of, fate] for fate in fates}) for of, fates in FATES.items()]
