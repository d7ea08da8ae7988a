"""A point on the serving model's curve: false alerts in 1,000 ordinary items against what of a theme is found."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from deploy.options import CommandError
from stream.log.port import Log

__all__ = ["Point", "chosen", "curve", "shown"]


class Point(NamedTuple):
    """With `rate` false alerts in 1,000 a `recall` of the themes' statements, held back, from `threshold` on."""

    rate: int
    recall: float
    threshold: float


def curve(log: Log, themes: Sequence[str]) -> list[Point]:
    """Return the points that the serving model knows, or the one that ships where none serves yet.

    For several themes it takes the highest of their thresholds, with which none has more than its share.
    """
    from classifiers.learning.model_cache import shipped_model
    from classifiers.registry import Shelf

    model = Shelf(log).serving or shipped_model()
    known = model.evaluation if model else {}
    rates = sorted(
        int(name.split(".")[1]) for name in known if name.startswith("ordinary.") and name.endswith(".recall")
    )
    return [
        Point(rate, known[f"ordinary.{rate}.recall"], max(known[f"ordinary.{rate}.{theme}"] for theme in themes))
        for rate in rates
        if themes and all(f"ordinary.{rate}.{theme}" in known for theme in themes)
    ]


def chosen(log: Log, of: dict[str, Any]) -> dict[str, Any]:
    """Return the options with the threshold that `--false-alerts` stands for in place of it; raises `CommandError`."""
    rest = {name: value for name, value in of.items() if name != "false_alerts"}
    if of["false_alerts"] is None:
        return rest
    points = {point.rate: point.threshold for point in curve(log, of["themes"])}
    if of["threshold"] or of["false_alerts"] not in points:
        known = ", ".join(map(str, points)) or "none for these themes"
        raise CommandError(f"--false-alerts takes the place of --threshold, and the serving model knows {known}")
    return {**rest, "threshold": points[of["false_alerts"]]}


def shown(points: Sequence[Point]) -> Iterator[str]:
    """The curve in words."""
    for point in points:
        yield (
            f"--false-alerts {point.rate}: {point.rate} false alerts in 1,000 ordinary items, "
            f"{point.recall:.0%} of the themes found, from {point.threshold:.2f}"
        )
