"""Drift: how far what a model reads and says now has moved from what it read and said when it began to serve.

The first items that a model judges are the reference: its examples are no measure for a stream, since they hold far
more of the themes than any feed does. The latest as many are held against them, by the population stability index
(PSI): the sum over bins of (now - then) ln(now / then). Under 0.1 is the usual noise, over 0.25 a change.
"""

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stream.records import Tagged

__all__ = ["LINE", "WINDOW", "Drift", "Watch", "stability_index"]

WINDOW = 500  # items in the reference, and in what is held against it
LINE = 0.25
CALM = 0.2  # under this, another crossing of the line is reported again
_BINS = 10
_SOURCES = 3
_SOFT = 0.5  # added to each bin: an empty one is no proof of anything


@dataclass(frozen=True, slots=True)
class Drift:
    """PSI of each theme's probabilities, of decisions, languages and features (nearness to what was seen), and the
    sources whose share has grown most."""

    values: Mapping[str, float]
    sources: tuple[str, ...]

    @property
    def most(self) -> float:
        """The largest of the values."""
        return max(self.values.values(), default=0.0)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a judged item: the bin that it falls into, for each thing that is watched."""

    bins: Mapping[str, str]
    source: str


class Watch:
    """Watches one model's records in the order of the stream."""

    def __init__(self) -> None:
        self._reference: list[_Seen] = []
        self._recent: deque[_Seen] = deque(maxlen=WINDOW)
        self._over: set[str] = set()

    def add(self, tagged: Tagged) -> None:
        """Takes a record of an item that this model has judged."""
        seen = _seen(tagged)
        (self._reference if len(self._reference) < WINDOW else self._recent).append(seen)

    @property
    def drift(self) -> Drift | None:
        """The drift, None while there are too few items to tell."""
        if len(self._recent) < WINDOW:
            return None
        names = sorted({name for seen in self._reference for name in seen.bins})
        values = {name: stability_index(*(self._counts(rows, name) for rows in self._both)) for name in names}
        then, now = (Counter(seen.source for seen in rows) for rows in self._both)
        grown = sorted(now, key=lambda source: (then[source] - now[source], source))
        return Drift(values, tuple(source for source in grown[:_SOURCES] if now[source] > then[source]))

    def crossed(self) -> tuple[str, ...]:
        """What has crossed the line since it was last calm."""
        drift = self.drift
        if drift is None:
            return ()
        over = {name for name, value in drift.values.items() if value > LINE}
        calm = {name for name, value in drift.values.items() if value < CALM}
        new = tuple(sorted(over - self._over))
        self._over = (self._over | over) - calm
        return new

    @property
    def _both(self) -> tuple[Sequence[_Seen], Sequence[_Seen]]:
        return self._reference, tuple(self._recent)

    @staticmethod
    def _counts(rows: Sequence[_Seen], name: str) -> Counter[str]:
        return Counter(seen.bins.get(name, "") for seen in rows)


def stability_index(then: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Return the population stability index of two distributions of counts."""
    names = {*then, *now}
    before, after = sum(then.values()) + _SOFT * len(names), sum(now.values()) + _SOFT * len(names)
    total = 0.0
    for name in sorted(names):
        p, q = (then.get(name, 0) + _SOFT) / before, (now.get(name, 0) + _SOFT) / after
        total += (q - p) * math.log(q / p)
    return round(total, 4)


def _seen(tagged: Tagged) -> _Seen:
    themes = {theme: _bin(p) for theme, p in tagged.themes.items() if theme not in tagged.own}
    rest = {"decisions": tagged.decision, "languages": tagged.item.lang, "features": _bin((tagged.nearness + 1) / 2)}
    return _Seen({**themes, **rest}, tagged.item.via or tagged.item.source or tagged.item.feed)


def _bin(share: float) -> str:
    return str(min(_BINS - 1, int(share * _BINS)))
