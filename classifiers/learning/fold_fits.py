"""Heads for each fold: fitted to what is not in it, and asked about what is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.dataset import Material, Truth
from classifiers.learning.logistic import NEAR, fitted

__all__ = ["fits_of", "fold_scores", "others"]

Array = NDArray[np.float64]


def others(material: Material) -> Truth:
    """Return for each fold (examples, folds) the examples that are not in it."""
    return np.asarray(material.folds[:, None] != np.unique(material.folds))


def fits_of(
    matrix: NDArray[np.floating[Any]],
    material: Material,
    share: Array | Truth,
    c: float,
    near: Array | None = None,
    near_enough: float = NEAR,
) -> Array:
    """Return for each column of `share` (examples, fits), by how much each example is learnt, a head (themes, dim + 1),
    each theme's bias behind its weights; see `fitted`."""
    themes, fits = material.gold.shape[1], share.shape[1]
    weights = np.hstack([material.known * (material.weight * column)[:, None] for column in share.T])
    start = None if near is None else near.reshape(themes * fits, -1).T
    found = fitted(matrix, np.tile(material.gold, fits), weights, c, start, near_enough)
    return found.T.reshape(fits, themes, -1)


def fold_scores(matrix: Array, material: Material, fits: Array) -> Array:
    """Return what the fit of each example's fold says of it (examples, themes)."""
    scores = np.zeros(material.gold.shape)
    for fold, fit in zip(np.unique(material.folds), fits, strict=True):
        test = material.folds == fold
        scores[test] = matrix[test] @ fit[:, :-1].T + fit[:, -1]
    return scores
