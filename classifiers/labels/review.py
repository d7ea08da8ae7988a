"""Labels that somebody should look at again: those a training doubts, and those that were contrary when given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.labels.collected import Labelled
from stream.records import Doubt

__all__ = ["Contrary", "to_review"]


@dataclass(frozen=True)
class Contrary:
    """A labelled item that nobody has confirmed yet, and what is thought of it without labels, where that is known."""

    labelled: Labelled
    themes: Mapping[str, float]


def to_review(labelled: Sequence[Labelled], doubts: Sequence[Doubt]) -> list[Contrary]:
    """Return what waits for an answer, the most contrary first: `doubts` of the last training that still stand, and
    then labels that were contrary when they were given."""
    open_ = {each.item.id: each for each in labelled if each.current and not each.confirmed}
    standing = [doubt for doubt in doubts if doubt.item in open_ and _says(open_[doubt.item], doubt)]
    found = [Contrary(open_[doubt.item], doubt.themes) for doubt in standing]
    known = {doubt.item for doubt in standing}
    return found + [Contrary(each, {}) for name, each in open_.items() if name not in known and each.contrary]


def _says(each: Labelled, doubt: Doubt) -> bool:
    """Whether its label is still the one that was doubted."""
    return each.current.yes == set(doubt.yes) and each.current.no >= set(doubt.no)
