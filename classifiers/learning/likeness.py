"""How much a text is like a theme rather than like ordinary news, by which a cheap level keeps items from a costly one.

It is learnt from our statements alone. What people label came near a theme, whatever they say of it, and is not what
ordinary news is like; so a training with labels takes it as it was.
"""

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.dataset import Material, Truth
from classifiers.learning.fold_fits import fits_of, fold_scores, others

__all__ = ["likeness", "likeness_fits"]

_C, _PULL = 1.0, 5.0
_DOUBT = 0.01  # share of the themes' examples that may look ordinary beyond doubt

Array = NDArray[np.float64]


def likeness_fits(matrix: Array, material: Material) -> Array:
    """Return a head (themes, dim + 1) for each fold, without it, and behind them that of all statements.

    Near misses are left out: what is like them deserves a look. What feeds carry is far more varied than any examples
    of `none`, so each theme is pulled towards its own mean: a text that is like nothing known is not like a theme.
    Both together halved what the cheap level lets through of real feeds, at the same loss.
    """
    taught = material.ours & ~material.near
    learnt = np.column_stack([others(material), np.ones(len(matrix), dtype=bool)]) & taught[:, None]
    # The last one by itself: which fits stand side by side moves the last digits of each.
    found = np.vstack([fits_of(matrix, material, part, _C) for part in (learnt[:, :-1], learnt[:, -1:])])
    for fit, rows in zip(found, learnt.T, strict=True):
        columns = [matrix[rows & column] for column in material.gold.T]
        means = np.array([own.mean(axis=0) if len(own) else np.zeros(matrix.shape[1]) for own in columns])
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        fit[:, :-1] += _PULL * means / np.maximum(lengths, 1e-9)
    return found


def likeness(matrix: Array, material: Material, fits: Array, known: Truth, lost: float) -> tuple[Array, Array, float]:
    """Return weights and bias that are positive for some theme in all but the `lost` share of the themes' examples.

    The third is the likeness that hardly any (`_DOUBT`) of them fails to reach. `known` are those in a language that
    the encoders know.
    """
    *folds, fit = fits
    highest = fold_scores(matrix, material, np.array(folds)).max(axis=1)
    highest = highest[material.gold.any(axis=1) & known]
    few, fewer = np.quantile(highest, (lost, min(lost, _DOUBT))) if len(highest) else (-9.0, -9.0)
    return fit[:, :-1], fit[:, -1] - few, round(float(fewer - few), 4)
