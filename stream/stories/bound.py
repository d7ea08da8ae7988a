"""How probable it can be at most that two items tell of one event, by what is at hand of many of them at once: pure.

Most open items are nothing to another one; this says so without a look at what each of them says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from stream.stories import same_event
from stream.stories.features import FeatureExtractor, Features
from stream.stories.same_event import ACROSS, COMMON, MOST_NAMES, MOST_NUMBERS, MOST_OVERLAP, OWN, RARE, Similarity
from stream.stories.word_index import Numbers, Places, WordIndex, telling

__all__ = ["Others", "Shared", "most_probable", "shared"]

LOOK_ALIKE = 0.5  # of the words of the text that has less, weighed
STEPS = np.linspace(0.0, 1.0, 9)  # of the share of ordinary words, between any two of which the most is taken
ONE_OF_THEM = ("other names", "other names, another script", "no names")  # or none
SLACK = 1e-6  # of a logit: more than adding up in another order can change


@dataclass(frozen=True, slots=True)
class Others:
    """Items that are each all of a story, in columns; NaN stands for a similarity that is not there.

    `place` is as in `WordIndex`, and `weight` that of all words (`Features.weight`).
    """

    place: Places
    meaning: Numbers
    maxsim: Numbers
    hours: Numbers
    weight: Numbers
    one_language: NDArray[np.bool_]

    def similarities(self) -> list[Similarity]:
        """How similar each is to the item."""
        pairs = zip(self.meaning.tolist(), self.maxsim.tolist(), strict=True)
        return [Similarity(None if isnan(one) else one, None if isnan(other) else other) for one, other in pairs]


@dataclass(frozen=True, slots=True)
class Shared:
    """What an item shares with each of the others by its telling words, and the most that other words can weigh.

    `words` is the weight of these words together; `own`, `rare` and `numbers` are as in `same_event.evidence`, before
    the logarithm. Of what is so `alike` that it may be a copy, or of one mould, nothing else counts.
    """

    words: Numbers
    alike: NDArray[np.bool_]
    own: Numbers
    rare: Numbers
    numbers: Numbers
    rest: float


def shared(
    item: Features, others: Others, index: WordIndex, having: Callable[[str], int], extractor: FeatureExtractor
) -> Shared:
    """Return this for each of the others; `having` is how many of the open items have a word."""
    weights = telling(item, extractor)
    words = [*weights]
    other, word = index.shared(words, others.place)
    weight = np.array([*weights.values()])
    number = np.array([each.startswith("#") for each in words], bool)

    def added(values: Numbers) -> Numbers:
        return np.asarray(np.bincount(other, weights=values[word], minlength=len(others.place)), np.float64)

    together = added(np.where(number, 0.0, weight))
    alike = together >= LOOK_ALIKE * np.minimum(item.weight, others.weight)
    count = np.ones(len(words))
    for each in np.unique(word[~alike[other]]).tolist():
        count[each] = max(1, having(words[each]))
    return Shared(
        words=together,
        alike=alike,
        own=added(np.where(number, 0.0, (weight - OWN) / count)),
        rare=added(np.where(number, 0.0, np.maximum(weight - RARE, 0.0))),
        numbers=added(np.where(number, weight - COMMON, 0.0)),
        rest=item.weight - float(weight[~number].sum()) + SLACK,
    )


def most_probable(item: Features, others: Others, found: Shared) -> Numbers:
    """Return for each of the others what `same_event_probability` does not exceed, and 1 for what is `alike`."""
    if found.alike.all():
        return np.ones(len(found.alike))
    known = np.where(np.isnan(others.meaning), 2, np.isnan(others.maxsim))
    columns = known + np.where(others.one_language, 0, ACROSS)
    weights = dict(zip(same_event.WEIGHTS, np.array([*same_event.WEIGHTS.values()])[:, columns], strict=True))
    logit = (
        weights["late interaction"] * np.nan_to_num(others.maxsim)
        + weights["meaning"] * np.nan_to_num(others.meaning)
        + weights["shared numbers"] * np.log1p(found.numbers)
        + _most(weights["other numbers"], MOST_NUMBERS)
        + _most(weights["shared names"], MOST_NAMES)
        + np.maximum.reduce([_most(weights[each], 1) for each in ONE_OF_THEM])
        + _most(weights["shared countries"], bool(item.countries))
        + _most(weights["other countries"], bool(item.countries))
        + _of_all_words(item, others, found, weights["overlap"], weights["contained"])
        + weights["rare words"] * np.log1p(found.rare)
        + weights["words of their own"] * np.log1p(found.own)
        + weights["hours"] * np.log1p(others.hours)
        + weights["constant"]
    )
    return np.where(found.alike, 1.0, 1 / (1 + np.exp(-(logit + SLACK))))


def _most(weights: Numbers, most: float) -> Numbers:
    """Of a piece of evidence between nothing and so much."""
    return np.asarray(np.maximum(weights * most, 0.0))


def _of_all_words(item: Features, others: Others, found: Shared, overlap: Numbers, contained: Numbers) -> Numbers:
    """The most that `overlap` and `contained` weigh together, however many of the ordinary words are shared."""
    less = np.minimum(item.weight, others.weight)
    all_at_most = np.minimum(found.words + found.rest, less)
    both = found.words[:, None] + (all_at_most - found.words)[:, None] * STEPS
    either = (item.weight + others.weight)[:, None] - both
    by_overlap = overlap[:, None] * np.minimum(MOST_OVERLAP, both / np.maximum(either, SLACK))
    by_contained = contained[:, None] * both / np.maximum(less, SLACK)[:, None]
    steps = np.maximum(by_overlap[:, 1:], by_overlap[:, :-1]) + np.maximum(by_contained[:, 1:], by_contained[:, :-1])
    return np.asarray(steps.max(axis=1))
