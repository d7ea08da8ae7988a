"""Values in their units, as a person would write them; the ids of units are Grafana's."""

import math
from collections.abc import Sequence

__all__ = ["said"]


def said(value: float, unit: str) -> str:
    """The value in its unit, as a person would write it."""
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "s":
        return _duration(value)
    if unit in ("bytes", "Bps"):
        return _scaled(value, 1024, ("B", "KiB", "MiB", "GiB", "TiB")) + ("/s" if unit == "Bps" else "")
    suffix = {"eps": " /s", "ops": " /s"}.get(unit, "")
    return (f"{value:.3g}" if value < 1000 else _scaled(value, 1000, ("", "K", "M"))) + suffix


def _duration(value: float) -> str:
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if abs(value) >= size:
            return f"{value / size:.3g} {name}"
    return f"{value * 1000:.3g} ms" if value else "0"


def _scaled(value: float, base: int, names: Sequence[str]) -> str:
    power = min(len(names) - 1, int(math.log(abs(value), base))) if abs(value) >= 1 else 0
    return f"{value / base**power:.3g} {names[power]}".strip()
