"""Logistic regressions over the same features, fitted together: themes and folds differ only in what they learn.

L-BFGS (Nocedal, Updating quasi-Newton matrices with limited storage, 1980) for all of them at once, a column each, so
that each look at the features serves all. One by one, most of the time went into reading them from memory.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEAR", "fitted"]

_KEPT = 10  # steps whose curvature is remembered
_LOOKS = 1000
NEAR = 1e-5  # the largest slope of what counts as a minimum
_ENOUGH, _HALVINGS = 1e-4, 20  # of the fall that the slope promises; how often a step is shortened for it
_BLUR = 1e-7  # of a loss, by which rounding may move it

Array = NDArray[np.float64]


def fitted(
    matrix: NDArray[np.floating[Any]],
    truth: NDArray[np.bool_],
    weights: Array,
    c: float,
    start: Array | None = None,
    near_enough: float = NEAR,
) -> Array:
    """Return (dim + 1, problems): for each column of `truth` (examples, problems) its weights, and then its bias.

    `weights`, of the same shape, say how much an example counts, 0 for not at all; then both sides of a problem are
    made to weigh the same. A large `c` is a weak regularisation. A problem without examples on both sides has zeros.
    From a `start` that is near it takes less time, and so it does to be content with a slope of `near_enough`.
    """
    posed = ((weights * truth).sum(axis=0) > 0) & ((weights * ~truth).sum(axis=0) > 0)
    found = np.zeros((matrix.shape[1] + 1, truth.shape[1]))
    if posed.any():
        begin = (found if start is None else start)[:, posed]
        found[:, posed] = _minimum(_Losses(matrix, truth[:, posed], weights[:, posed], c), begin, near_enough)
    return found


class _Losses:
    """The mean loss of each problem, with its slope, at a point; a point has the bias in its last row."""

    def __init__(self, matrix: NDArray[np.floating[Any]], truth: NDArray[np.bool_], weights: Array, c: float) -> None:
        total, yes = weights.sum(axis=0), (weights * truth).sum(axis=0)
        # The features' own precision; sums of their products are rounded less.
        self._matrix = matrix.astype(np.float32, copy=False)
        self._sign = np.where(truth, -1.0, 1.0)
        self._share = weights * np.where(truth, 0.5 / yes, 0.5 / (total - yes))
        self._pull = 1 / (c * total)

    def __call__(self, point: Array, own: NDArray[np.intp]) -> tuple[Array, Array]:
        """The losses (problems,) and slopes (dim + 1, problems) of the problems `own`."""
        sign, share, pull = self._sign[:, own], self._share[:, own], self._pull[own]
        against = sign * ((self._matrix @ point[:-1].astype(np.float32)).astype(np.float64) + point[-1])
        losses = (share * np.logaddexp(0, against)).sum(axis=0) + pull * (point[:-1] ** 2).sum(axis=0) / 2
        errors = sign * share / (1 + np.exp(-np.clip(against, -500, 500)))
        slopes = np.empty_like(point)
        slopes[:-1] = self._matrix.T @ errors.astype(np.float32) + pull * point[:-1]
        slopes[-1] = errors.sum(axis=0)
        return losses, slopes


def _minimum(losses: _Losses, point: Array, near_enough: float) -> Array:
    """The lowest point of each problem; one that is there takes no further part."""
    result = point.copy()
    own = np.arange(point.shape[1])
    value, slope = losses(point, own)
    steps: list[tuple[Array, Array]] = []
    stuck = np.zeros(point.shape[1], bool)
    for _ in range(_LOOKS):
        on = (np.abs(slope).max(axis=0) > near_enough) & ~stuck
        if not on.all():
            result[:, own[~on]] = point[:, ~on]
            own, point, value, slope = own[on], point[:, on], value[on], slope[:, on]
            steps = [(step[:, on], turn[:, on]) for step, turn in steps]
        if not len(own):
            break
        way = _way(slope, steps)
        size = np.ones(len(own)) if steps else 1 / np.linalg.norm(slope, axis=0)
        promised = (way * slope).sum(axis=0)
        for _ in range(_HALVINGS):
            there, below = losses(point + size * way, own)
            short = there > value + _ENOUGH * size * promised + _BLUR * value
            if not short.any():
                break
            size = np.where(short, size / 2, size)
        step, turn = size * way, below - slope
        # So near the lowest point that rounding decides how the slope turns, it may seem to curve the other way: such a
        # step says nothing of the next one, and where none leads down there is no lower point to be found.
        curved = (step * turn).sum(axis=0) > 0
        stuck = short & ~curved
        steps = [*steps, (step * curved, turn * curved)][-_KEPT:]
        point, value, slope = point + step, there, below
    result[:, own] = point
    return result


def _way(slope: Array, steps: list[tuple[Array, Array]]) -> Array:
    """Downhill, by the curvature that the last steps met: the two loops of the paper."""
    way, parts = -slope, []
    for step, turn in reversed(steps):
        inverse = 1 / np.maximum((step * turn).sum(axis=0), 1e-300)
        part = inverse * (step * way).sum(axis=0)
        way = way - part * turn
        parts.append((inverse, part))
    if steps:
        step, turn = steps[-1]
        bend, turned = (step * turn).sum(axis=0), (turn * turn).sum(axis=0)
        way = np.where(bend > 0, way * bend / np.where(turned > 0, turned, 1.0), way)
    for (step, turn), (inverse, part) in zip(steps, reversed(parts), strict=True):
        way = way + step * (part - inverse * (turn * way).sum(axis=0))
    return way
