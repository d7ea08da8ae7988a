"""The cascade: a passage is judged by the cheapest level of a model that settles it, and what that level says.

As in the cascade of Viola and Jones (CVPR 2001) a cheap classifier rejects most of what there is, and only the rest
reaches the costly one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import UNKNOWN_LANGUAGES, Encoders, Vectors
from classifiers.judging.features import (
    DECIMALS,
    certainty,
    features,
    likeness,
    likenesses,
    nearness,
    one_of,
    probabilities,
    stack,
)
from classifiers.judging.model import Head, Model
from classifiers.judging.passages import Passage

__all__ = ["Decided", "Look", "Looker", "Row", "knows"]

Row = NDArray[np.float64]  # (themes,)
_STRICTER = 0.4  # of the logarithm of the number of passages: it keeps two thirds of them away, and no right tag
_BEHIND = 4  # times the odds that the opening needs, of a passage behind it: what is said by the way misleads more
Decided = Literal["tagged", "none", "unsure"]


@dataclass(frozen=True)
class Look:
    """What a level says of a passage: `row` has a probability for each theme.

    `ruled_out`: it is like no theme. `vectors` are what was encoded on the way.
    """

    passage: Passage
    row: Row
    tags: tuple[str, ...]
    decision: Decided
    near: float
    ruled_out: bool
    vectors: Mapping[str, Vectors]


class Looker:
    """Looks with a model's levels, from cheap to costly."""

    def __init__(self, model: Model, encoders: Encoders) -> None:
        self._model = model
        self._encoders = encoders

    def cheap_level(self, lang: str) -> Head | None:
        """The cheap level that reads a text of this language first, where there is one."""
        return next((head for head in self._model.heads[:-1] if knows(head, lang)), None)

    def look(self, passage: Passage, lang: str, legible: bool = True, among: int = 1) -> Look:
        """Return what the first level that settles it says of a passage, which is one of so many in its item.

        A level that does not know the language is passed over; what is not legible is not worth a second look.
        """
        vectors: dict[str, Vectors] = {}
        told = self._settled(passage.line, lang, legible, vectors)
        row: Row = one_of(among, told.row)
        near = float(nearness(told.head, told.matrix)[0])
        sure_row = one_of(_BEHIND, row) if passage.span else row
        tags, decision = self._decide(told.head, row, sure_row, near, told.like) if legible else ((), "unsure")
        return Look(passage, row, tags, decision, near, told.like < 0, vectors)

    def likeliest(self, passages: Sequence[Passage], cheap: Head, each: int) -> list[Passage]:
        """Return, in their order, the passages that the cheap level does not rule out, for each theme so many at most.

        The more there are, the more like a theme one must be: what their number leaves of its odds is worth a look.
        """
        least = round(_STRICTER * math.log(len(passages)), DECIMALS) if passages else 0.0
        likes = [likenesses(cheap, stack(cheap.encoders, [passage.line], self._encoders))[0] for passage in passages]
        chosen: set[int] = set()
        for theme in range(len(self._model.themes)):
            like = [at for at in range(len(passages)) if likes[at][theme] >= least]
            chosen.update(sorted(like, key=lambda at: (-likes[at][theme], at))[:each])
        return [passages[at] for at in sorted(chosen)]

    def _settled(self, line: str, lang: str, legible: bool, vectors: dict[str, Vectors]) -> "_Told":
        *cheaper, last = self._model.heads
        for head in cheaper:
            if legible and not knows(head, lang):
                continue
            told = self._told(head, line, vectors)
            if not legible or told.like < 0 or told.row.max() < head.worth_at:
                return told
        return self._told(last, line, vectors)

    def _told(self, head: Head, line: str, vectors: dict[str, Vectors]) -> "_Told":
        """What a level says of a line; adds what `vectors` lacks."""
        vectors |= stack([name for name in head.encoders if name not in vectors], [line], self._encoders)
        matrix = features(head.encoders, vectors, head.mean)
        return _Told(head, matrix, probabilities(head, matrix)[0], float(likeness(head, vectors)[0]))

    def _decide(self, head: Head, row: Row, sure_row: Row, near: float, like: float) -> tuple[tuple[str, ...], Decided]:
        """A tag needs a text that is like some theme, and near to what was seen; far below that, it is surely none."""
        reached = row >= np.array(head.tag_at)
        tags = tuple(theme for theme, tagged in zip(self._model.themes, reached, strict=True) if tagged)
        if tags and (like < 0 or near < head.near_enough):
            return (), "unsure"
        certain = round(float(certainty(row[None, :], head.tag_at)[0]), DECIMALS)
        if tags:
            clear = bool((sure_row[reached] >= np.array(head.alert_at)[reached]).all())
            return tags, "tagged" if clear and certain >= head.sure_at else "unsure"
        return tags, "none" if certain >= head.none_at or like < head.unlike_under else "unsure"


class _Told(NamedTuple):
    """A level's features of a line, and what it makes of them."""

    head: Head
    matrix: NDArray[np.float64]
    row: Row
    like: float


def knows(head: Head, lang: str) -> bool:
    """Whether one of the level's encoders knows the language."""
    return not all(lang in UNKNOWN_LANGUAGES.get(name, frozenset()) for name in head.encoders)
