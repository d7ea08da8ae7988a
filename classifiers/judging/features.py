"""From encoders' vectors to the features, probabilities and nearness of a model's head."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import Encoders, Vectors
from classifiers.judging.model import Head

__all__ = [
    "DECIMALS",
    "certainty",
    "expanded",
    "features",
    "likeness",
    "likenesses",
    "nearness",
    "one_of",
    "probabilities",
    "stack",
]

DECIMALS = 4  # of every probability that is compared or shown


def stack(names: Sequence[str], lines: Sequence[str], encoders: Encoders) -> dict[str, Vectors]:
    """Return each named encoder's vectors of the lines."""
    return {name: encoders.get(name).encode(lines) for name in names}


def features(names: Sequence[str], vectors: Mapping[str, Vectors], mean: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the vectors side by side, each encoder's part minus its mean and made length 1.

    E5's vectors all lie in a narrow cone; without the centring their differences drown in what they share.
    """
    parts, start = [], 0
    for name in names:
        part = vectors[name].astype(np.float64)
        part = part - mean[start : start + part.shape[1]]
        start += part.shape[1]
        length = np.sqrt((part * part).sum(axis=1, keepdims=True))
        parts.append(part / np.maximum(length, 1e-9))
    return np.hstack(parts)


def expanded(matrix: NDArray[np.float64], axes: Vectors) -> NDArray[np.float64]:
    """Return the features with the products of each two of their coordinates on the axes beside them.

    What tells a theme from its near misses is often two things that come together: training and a failure, a processor
    and a model. A line through single features cannot say that; among their main axes the products can.
    """
    exact = axes.astype(np.float64)
    one, other, scale = _pairs(len(axes))
    rows = [np.concatenate([row, scale * (at := exact @ row)[one] * at[other]]) for row in matrix]
    return np.array(rows).reshape(len(matrix), matrix.shape[1] + len(one))


@cache
def _pairs(axes: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Each two of so many axes, and what their product is multiplied with."""
    one, other = np.triu_indices(axes)
    return one, other, np.where(one == other, 1.0, np.sqrt(2))


def probabilities(head: Head, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (texts, themes), rounded, of features."""
    scores = _scores(head.weights, head.bias, expanded(matrix, head.axes))
    rounded: NDArray[np.float64] = np.round(1 / (1 + np.exp(-np.clip(scores, -30, 30))), DECIMALS)
    return rounded


def one_of(number: int, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the probabilities of a text are, rounded, where it is one of so many in which a theme is looked for.

    They share one chance that the theme is there at all, so the odds of each are that part of what they would be.
    """
    shared: NDArray[np.float64] = probabilities / (probabilities + number * (1 - probabilities))
    return np.round(shared, DECIMALS)


def certainty(probabilities: NDArray[np.float64], tag_at: Sequence[float]) -> NDArray[np.float64]:
    """Return for each row the probability that its tags are exactly right, taking the themes as independent."""
    tagged = probabilities >= np.array(tag_at)
    product: NDArray[np.float64] = np.prod(np.where(tagged, probabilities, 1 - probabilities), axis=1)
    return product


def likeness(head: Head, vectors: Mapping[str, Vectors]) -> NDArray[np.float64]:
    """Return how much each text is like some theme, rounded; what is negative is ordinary news."""
    highest: NDArray[np.float64] = likenesses(head, vectors).max(axis=1)
    return highest


def likenesses(head: Head, vectors: Mapping[str, Vectors]) -> NDArray[np.float64]:
    """Return how much each text is like each theme, (texts, themes), rounded."""
    matrix = np.hstack([vectors[name].astype(np.float64) for name in head.encoders])
    return np.round(_scores(head.cascade_weights, head.cascade_bias, matrix), DECIMALS)


def nearness(head: Head, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each text's cosine with the nearest of the head's centres, rounded."""
    centres = head.centres.astype(np.float64)
    scale = len(head.encoders)  # the features' squared length: 1 for each encoder
    near = np.array([(centres @ row).max(initial=-1.0) / scale for row in matrix])
    return np.round(near.reshape(len(matrix)), DECIMALS)


def _scores(weights: Vectors, bias: Vectors, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row by row, so that a row never depends on how many there are."""
    exact, offset = weights.astype(np.float64), bias.astype(np.float64)
    return np.array([exact @ row + offset for row in matrix]).reshape(len(matrix), len(offset))
