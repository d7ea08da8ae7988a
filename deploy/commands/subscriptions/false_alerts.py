"""A point on the serving model's curve: false alerts in 1,000 ordinary items against what of a theme is found."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from deploy.options import CommandError
from stream.log.port import Log

__all__ = ["Point", "chosen", "curve", "option", "shown"]

option = click.option(
    "--false-alerts",
    type=click.IntRange(1),
    metavar="N",
    help="In place of a threshold: what brings N false alerts in 1,000 ordinary items; `preview` shows the curve.",
)


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
    from classifiers.registry import ModelRegistry

    model = ModelRegistry(log).serving or shipped_model()
    known = model.evaluation if model else {}
    rates = sorted(
        int(name.split(".")[1]) for name in known if name.startswith("ordinary.") and name.endswith(".recall")
    )
    return [
        Point(rate, known[f"ordinary.{rate}.recall"], max(known[f"ordinary.{rate}.{theme}"] for theme in themes))
        for rate in rates
        if themes and all(f"ordinary.{rate}.{theme}" in known for theme in themes)
    ]


def chosen(log: Log, fields: dict[str, Any], rate: int | None) -> dict[str, Any]:
    """Return the fields with the threshold that this rate of false alerts stands for; raises `CommandError`."""
    if rate is None:
        return fields
    points = {point.rate: point.threshold for point in curve(log, fields["themes"])}
    if fields["threshold"] or rate not in points:
        known = ", ".join(map(str, points)) or "none for these themes"
        raise CommandError(f"--false-alerts takes the place of --threshold, and the serving model knows {known}")
    return {**fields, "threshold": points[rate]}


def shown(points: Sequence[Point]) -> Iterator[str]:
    """The curve in words."""
    for point in points:
        yield (
            f"--false-alerts {point.rate}: {point.rate} false alerts in 1,000 ordinary items, "
            f"{point.recall:.0%} of the themes found, from {point.threshold:.2f}"
        )
