"""Which items to label now: those that teach most, unlike one another, and of every language.

Uncertainty is how close the probability that decides comes to its threshold; diversity is greedy: the next item is the
one whose uncertainty, less its likeness to what was chosen already, is greatest. Languages take turns, so that the
largest does not crowd out the others.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import Vectors
from stream.index.stage import ItemDoc

__all__ = ["by_words", "chosen", "drawn", "uncertainty"]

_POOL = 40  # of each language, the most uncertain: only these are encoded
_WORDS = 512  # into which words fall for `by_words`
_ALIKE = 0.5  # how much likeness to a chosen item costs


def uncertainty(doc: ItemDoc) -> float:
    """Return 1 for an item whose highest probability is one half, 0 for one that is beyond doubt; what the model itself
    called unsure comes before all else, but for what it could not read to its end: a label teaches nothing of that."""
    highest = max(doc.themes.values(), default=0.0)
    return round(1 - abs(2 * highest - 1) + (doc.decision == "unsure" and not doc.item.partial), 4)


def chosen(docs: Sequence[ItemDoc], count: int, encode: Callable[[Sequence[ItemDoc]], Vectors]) -> list[ItemDoc]:
    """Return up to so many items, the most useful first; the same ones for the same items in any order."""
    by_language: dict[str, list[ItemDoc]] = defaultdict(list)
    for doc in sorted(docs, key=lambda doc: (-uncertainty(doc), doc.item.id)):
        pool = by_language[doc.item.lang]
        if len(pool) < _POOL:
            pool.append(doc)
    pool = [doc for _, own in sorted(by_language.items()) for doc in own]
    if not pool:
        return []
    vectors = encode(pool).astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    likeness: NDArray[np.float64] = np.zeros(len(pool))
    doubts = np.array([uncertainty(doc) for doc in pool])
    left = {lang: [n for n, doc in enumerate(pool) if doc.item.lang == lang] for lang in by_language}
    found: list[ItemDoc] = []
    while len(found) < min(count, len(pool)):
        turn = sorted((lang for lang in left if left[lang]), key=lambda lang: -_best(left[lang], doubts, likeness)[0])
        for lang in turn[: count - len(found)]:
            _, at = _best(left[lang], doubts, likeness)
            left[lang].remove(at)
            found.append(pool[at])
            likeness = np.maximum(likeness, vectors @ vectors[at])
    return found


def by_words(docs: Sequence[ItemDoc]) -> Vectors:
    """Return a row for each title, by its words and pairs of letters: what is alike by its words is not asked twice in
    a row. No model is loaded for it, which the process that shows the page has no need of otherwise."""
    found = np.zeros((len(docs), _WORDS), np.float32)
    for row, doc in zip(found, docs, strict=True):
        title = doc.item.title.casefold()
        for part in (*title.split(), *(title[at : at + 3] for at in range(len(title) - 2))):
            row[crc32(part.encode()) % _WORDS] += 1
    return found


def drawn(docs: Sequence[ItemDoc], count: int, chance: Random) -> list[ItemDoc]:
    """Return up to so many items drawn at random, whose labels say how often a theme occurs, as others do not."""
    return chance.sample(sorted(docs, key=lambda doc: doc.item.id), min(count, len(docs)))


def _best(candidates: Sequence[int], doubts: NDArray[np.float64], likeness: NDArray[np.float64]) -> tuple[float, int]:
    """The gain of the item that gains most, and its index."""
    gains = [(round(float(doubts[at] - _ALIKE * likeness[at]), 6), -at) for at in candidates]
    gain, index = max(gains)
    return gain, -index
