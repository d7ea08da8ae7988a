"""Correction for hubness: a short or common text is like many others, so being like one of them says less.

Such hubs are what Radovanović, Nanopoulos & Ivanović, "Hubs in Space" (JMLR 2010), found in spaces of many dimensions.
As in cross-domain similarity local scaling (Conneau et al., ICLR 2018), the means of what two texts are to all others
are taken from their similarity; the mean here is over all that is open, not only over the nearest. Where comparing is
costly, as with token vectors, it is estimated from a sample.
"""

from collections.abc import Iterable
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["MEAN_COSINE", "MEAN_MAXSIM", "SAMPLE", "corrected", "mean_similarity"]

MEAN_COSINE = 0.05  # of two texts, over the items of seeds/events
MEAN_MAXSIM = 0.2
PRIOR = 10  # texts that such a mean counts for
SAMPLE = 128  # texts that are compared by token vectors: the mean of so many is right to about 0.005
_FINE = float(1 << 30)  # a similarity is rounded to so many parts, whose sum is the same in any order


def mean_similarity(
    similarities: Iterable[float | None] | NDArray[np.float64], prior: float, count: int | None = None
) -> float:
    """Return the mean of a text's similarities to others, shrunk towards the prior mean where there are few.

    Where these are a sample, `count` is how many others there are. The order of them does not matter.
    """
    found = similarities if isinstance(similarities, np.ndarray) else np.array([*similarities], np.float64)
    known = found[~np.isnan(found)]  # None is none
    count = len(known) if count is None else count
    mean = float(np.rint(known * _FINE).astype(np.int64).sum()) / _FINE / len(known) if len(known) else prior
    return (mean * count + PRIOR * prior) / (count + PRIOR)


@overload
def corrected(similarity: float | None, one: float, other: float) -> float | None: ...
@overload
def corrected(similarity: NDArray[np.float64], one: float, other: NDArray[np.float64]) -> NDArray[np.float64]: ...
def corrected(similarity: Any, one: float, other: Any) -> Any:
    """Return the similarity of two texts less the mean of their own means (`mean_similarity`); None for None."""
    return None if similarity is None else similarity - (one + other) / 2
