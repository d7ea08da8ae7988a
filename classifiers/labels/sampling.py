"""Which items to label now: those that teach most, unlike one another, and of every language.

Uncertainty is `stream.index.doubt`; diversity is greedy: the next item is the
one whose uncertainty, less its likeness to what was chosen already, is greatest. Languages take turns, so that the
largest does not crowd out the others.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from stream.index.doubt import doubt
from stream.index.stage import ItemDoc

__all__ = ["POOL", "chosen", "drawn"]

POOL = 40  # of each language, the most uncertain: only these are held against one another
_WORDS = 512  # into which words fall
_ALIKE = 0.5  # how much likeness to a chosen item costs


def chosen(docs: Iterable[ItemDoc], count: int) -> list[ItemDoc]:
    """Return up to so many items, the most useful first; the same ones for the same items in any order."""
    by_language: dict[str, list[ItemDoc]] = defaultdict(list)
    for doc in sorted(docs, key=lambda doc: (-doubt(doc), doc.item.id)):
        pool = by_language[doc.item.lang]
        if len(pool) < POOL:
            pool.append(doc)
    pool = [doc for _, own in sorted(by_language.items()) for doc in own]
    if not pool:
        return []
    vectors = _by_words(pool)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    likeness: NDArray[np.float64] = np.zeros(len(pool))
    doubts = np.array([doubt(doc) for doc in pool])
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


def _by_words(docs: Sequence[ItemDoc]) -> NDArray[np.float64]:
    """A row for each title, by its words and threes of letters: what is alike by its words is not asked twice in a row.

    An encoder tells more, but whoever asks for labels would wait for it for seconds, and needs none otherwise.
    """
    found = np.zeros((len(docs), _WORDS))
    for row, doc in zip(found, docs, strict=True):
        title = doc.item.title.casefold()
        for part in (*title.split(), *(title[at : at + 3] for at in range(len(title) - 2))):
            row[crc32(part.encode()) % _WORDS] += 1
    return found


def drawn(items: Iterable[str], count: int, chance: Random) -> list[str]:
    """Return up to so many items drawn at random, whose labels say how often a theme occurs, as others do not."""
    found = sorted(items)
    return chance.sample(found, min(count, len(found)))


def _best(candidates: Sequence[int], doubts: NDArray[np.float64], likeness: NDArray[np.float64]) -> tuple[float, int]:
    """The gain of the item that gains most, and its index."""
    gains = [(round(float(doubts[at] - _ALIKE * likeness[at]), 6), -at) for at in candidates]
    gain, index = max(gains)
    return gain, -index
