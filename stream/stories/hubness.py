"""Correction for hubness: a short or common text is like many others, so being like one of them says less.

Such hubs are what Radovanović, Nanopoulos & Ivanović, "Hubs in Space" (JMLR 2010), found in spaces of many dimensions.
As in cross-domain similarity local scaling (Conneau et al., ICLR 2018), the means of what two texts are to all others
are taken from their similarity; the mean here is over all that is open, not only over the nearest.
"""

from collections.abc import Iterable

__all__ = ["MEAN_COSINE", "MEAN_MAXSIM", "corrected", "mean_similarity"]

MEAN_COSINE = 0.05  # of two texts, over the items of seeds/events
MEAN_MAXSIM = 0.2
PRIOR = 10  # texts that such a mean counts for


def mean_similarity(similarities: Iterable[float | None], prior: float) -> float:
    """Return the mean of a text's similarities to others, shrunk towards the prior mean where there are few."""
    known = [each for each in similarities if each is not None]
    return (sum(known) + PRIOR * prior) / (len(known) + PRIOR)


def corrected(similarity: float | None, one: float, other: float) -> float | None:
    """Return the similarity of two texts less the mean of their own means (`mean_similarity`); None for None."""
    return None if similarity is None else similarity - (one + other) / 2
