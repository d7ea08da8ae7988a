"""Precision and recall of stories by pairs of items, within a language and across, with intervals."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.bench.alerted import EventItem

__all__ = ["HEADER", "Pair", "intervals", "pairs", "row"]

RESAMPLED = 1000
SEED = 5

Numbers = NDArray[np.float64]


class Pair(NamedTuple):
    """Two items, by their events: whether they are in one story, in one language, and of events that are twins."""

    events: tuple[str, str]
    together: bool
    one_language: bool
    twins: bool


HEADER = (
    f"{'items':15}{'precision':>10}{'no twins':>10}{'| one language':>15}{'no twins':>10}{'recall':>8}{'pairs':>7}"
    f"{'| across':>10}{'no twins':>10}{'recall':>8}{'pairs':>7}"
)


def pairs(items: Sequence[EventItem], found: Sequence[str]) -> list[Pair]:
    """The pairs of items of one theme that are of one event or in one story."""
    return [
        Pair((one.event, other.event), here == there, one.lang == other.lang, abs(one.twin - other.twin) == 1)
        for (one, here), (other, there) in itertools.combinations(list(zip(items, found, strict=True)), 2)
        if one.theme == other.theme and one.file == other.file and (one.event == other.event or here == there)
    ]


def row(name: str, found: Sequence[Pair]) -> str:
    """The figures as a line."""
    [figures] = _figures(found, np.ones((1, len(found))))
    right = [pair for pair in found if pair.events[0] == pair.events[1]]
    within = sum(pair.one_language for pair in right)
    numbers = [*figures[:5], within, *figures[5:], len(right) - within]
    widths = (10, 10, 15, 10, 8, 7, 10, 10, 8, 7)
    return f"{name:15}" + "".join(
        f"{number:>{width}}" if isinstance(number, int) else f"{number:>{width}.3f}"
        for number, width in zip(numbers, widths, strict=True)
    )


def intervals(found: Sequence[Pair]) -> str:
    """The figures' intervals, of 95 of 100 resamplings of the events."""
    names = sorted({event for pair in found for event in pair.events})
    place = {name: at for at, name in enumerate(names)}
    times = np.random.default_rng(SEED).poisson(1, (RESAMPLED, len(names))).astype(float)
    one, other = (np.array([place[pair.events[side]] for pair in found]) for side in (0, 1))
    weights = np.where(one == other, times[:, one], times[:, one] * times[:, other])
    low, high = np.nanquantile(_figures(found, weights), (0.025, 0.975), axis=0)
    what = ("precision", "no twins", "one language", "no twins", "recall", "across", "no twins", "recall")
    return "\n".join(f"  {name}: {a:.3f} to {b:.3f}" for name, a, b in zip(what, low, high, strict=True))


def _figures(found: Sequence[Pair], weights: Numbers) -> Numbers:
    """Precision with and without twins; then these and the recall within a language, and across."""
    right = np.array([pair.events[0] == pair.events[1] for pair in found])
    together = np.array([pair.together for pair in found])
    twins = np.array([pair.twins for pair in found])
    one_language = np.array([pair.one_language for pair in found])

    def share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> Numbers:
        with np.errstate(invalid="ignore"):
            part: Numbers = weights[:, of & among].sum(axis=1) / weights[:, among].sum(axis=1)
        return part

    columns = [share(right, together), share(right, together & (right | ~twins))]
    for own in (one_language, ~one_language):
        columns += [
            share(right, together & own),
            share(right, together & (right | ~twins) & own),
            share(together, right & own),
        ]
    return np.array(columns).T
