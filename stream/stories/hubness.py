"""How alike a text is to others anyway: of a short or common text's being like one of them less follows."""

from collections.abc import Iterable

__all__ = ["USUAL_MEANING", "USUAL_PHRASES", "more_than_usual", "usual"]

USUAL_MEANING = 0.05  # what is usual on average, over the items of seeds/events
USUAL_PHRASES = 0.2
TRUSTED = 10  # texts after which what is found with them counts as much as that


def usual(likenesses: Iterable[float | None], average: float) -> float:
    """Return how alike a text is to others on average; with few of them it is near to the average of all texts."""
    known = [each for each in likenesses if each is not None]
    return (sum(known) + TRUSTED * average) / (len(known) + TRUSTED)


def more_than_usual(likeness: float | None, one: float, other: float) -> float | None:
    """Return how much more alike two texts are than the mean of what is usual for them; None for None."""
    return None if likeness is None else likeness - (one + other) / 2
