"""Centres of what was learnt: a text that is far from all of them is on a subject that nobody taught."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

__all__ = ["found_centres"]

_CENTRES, _CENTRE_NUMBERS = 48, 30_000  # fewer where the features are many, for the model's size
_FAR_SHARE, _FAR_PART = 0.002, 0.8  # nearly all training texts are nearer to the centres, and new ones may be less so


def found_centres(matrix: NDArray[np.float64], squared: int, seed: int) -> tuple[NDArray[np.float64], float]:
    """Centres of what was seen, as long as the features (`squared`), and the cosine that is near enough to one."""
    count = min(_CENTRES, 1 + len(matrix) // 10, 1 + _CENTRE_NUMBERS // matrix.shape[1])
    centres = KMeans(count, n_init=1, random_state=seed).fit(matrix).cluster_centers_
    centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9) * np.sqrt(squared)
    nearest = (matrix @ centres.T).max(axis=1) / squared
    return centres, round(float(np.quantile(nearest, _FAR_SHARE)) * _FAR_PART, 4)
