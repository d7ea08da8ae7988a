"""What two reports are to each other, by the probability that they are of one event: pure.

docs/stories.md says what precision and recall these bars give.
"""

from enum import StrEnum

__all__ = ["RELATED_AT", "SAME_AT", "Relation", "relation"]

SAME_AT = 0.82  # from this probability on an item joins a story
RELATED_AT = (
    0.4  # from this one on its story and the other's are related: likely one event, but not sure enough to join
)


class Relation(StrEnum):
    """`same` joins, `related` is named beside it, `apart` is nothing to it."""

    SAME = "same"
    RELATED = "related"
    APART = "apart"


def relation(probability: float) -> Relation:
    """Return what an item is to a story that it is of with this probability; each bar belongs to what it begins."""
    if probability >= SAME_AT:
        return Relation.SAME
    return Relation.RELATED if probability >= RELATED_AT else Relation.APART
