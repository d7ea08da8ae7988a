"""Values as lines of a chart, which the server draws."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["HEIGHT", "WIDTH", "Chart", "chart"]

WIDTH, HEIGHT = 526, 110

Values = Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """A line through values, as an SVG draws it, and `bad`, one beside it of those that are wrong; each is empty where
    there is none. `most` is the top of both, `last` the latest value."""

    line: str
    most: float
    last: float
    bad: str = ""


def chart(values: Values, bad: Values = ()) -> Chart:
    """Return the lines through these values, in equal steps from left to right; None is a gap."""
    known = [value for value in values if value is not None]
    most = max(known, default=0) or 1
    wrong = _line(bad, most) if any(bad) else ""
    return Chart(_line(values, most), max(known, default=0), known[-1] if known else 0, wrong)


def _line(values: Values, most: float) -> str:
    step = WIDTH / max(len(values) - 1, 1)
    parts, pen = [], "M"
    for n, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        point = f"{n * step:.1f} {HEIGHT - HEIGHT * min(value, most) / most:.1f}"
        parts += [f"L{point}"] if pen == "L" else [f"M{point}", f"L{point}"]  # a value between gaps is a dot
        pen = "L"
    return " ".join(parts)
