"""Labels that cannot all be right: people who disagree on an item, and near-identical texts labelled differently."""

from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.feature_extraction.text import HashingVectorizer

from classifiers.judging.text import Text, line
from classifiers.labels.collected import Labelled

__all__ = ["Conflict", "conflicts", "opposed"]

_ALIKE = 0.9  # cosine of character n-grams: the same text but for a word or a name
_AT_ONCE = 512

Row = tuple[Text, frozenset[str], frozenset[str]]  # a text, the themes it is of, and those of which nothing is said


@dataclass(frozen=True)
class Conflict:
    """Two labelled items (the same one twice, where people disagree on it), and the themes that they dispute."""

    one: Labelled
    other: Labelled
    themes: tuple[str, ...]


def conflicts(labelled: Sequence[Labelled], themes: Sequence[str]) -> list[Conflict]:
    """Return every conflict; those within an item come first."""
    found = [Conflict(each, each, each.contradicted) for each in labelled if each.contradicted]
    usable = [each for each in labelled if each.current]
    rows: list[Row] = [_row(each, themes) for each in usable]
    for one, other in opposed(rows):
        disputed = tuple(sorted(_disputed(rows[one], rows[other])))
        found.append(Conflict(usable[one], usable[other], disputed))
    return found


def opposed(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Return the pairs of near-identical texts that are labelled differently, by index in `rows`."""
    if len(rows) < 2:
        return []
    vectors = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), n_features=1 << 18).transform(
        [line(text).lower() for text, _, _ in rows]
    )
    pairs = []
    for start in range(0, len(rows), _AT_ONCE):
        alike = (vectors[start : start + _AT_ONCE] @ vectors.T).tocoo()
        near = alike.data >= _ALIKE
        pairs += [(int(a) + start, int(b)) for a, b in zip(alike.row[near], alike.col[near], strict=True)]
    return sorted((a, b) for a, b in pairs if a < b and _disputed(rows[a], rows[b]))


def _row(labelled: Labelled, themes: Sequence[str]) -> Row:
    item, current = labelled.item, labelled.current
    return Text(item.title, item.summary), current.yes, frozenset(themes) - current.yes - current.no


def _disputed(one: Row, other: Row) -> frozenset[str]:
    return (one[1] ^ other[1]) - one[2] - other[2]
