"""Examples as arrays: what is known of each, and in which fold it is."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import UNKNOWN_LANGUAGES
from classifiers.learning.examples import Example
from stream.errors import ThemewireError

__all__ = ["FOLDS", "Material", "TrainingError", "Truth", "arrays", "unknown"]

FOLDS = 8

Truth = NDArray[np.bool_]


class TrainingError(ThemewireError):
    """The examples do not make a model; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of the examples, a row each."""

    gold: Truth  # (examples, themes)
    known: Truth  # (examples, themes): where gold is known
    weight: NDArray[np.float64]
    folds: NDArray[np.int64]
    near: Truth  # of no theme, and yet resembling one
    ours: Truth  # written by us: their mix does not change with what people happen to label

    @property
    def whole(self) -> Truth:
        """Of which examples everything is known."""
        return np.asarray(self.known.all(axis=1))


def arrays(examples: Sequence[Example], themes: Sequence[str], seed: int) -> Material:
    """Return the material of these examples; raises `TrainingError` for a theme with too few of them."""
    gold = np.array([[theme in example.themes for theme in themes] for example in examples], dtype=bool)
    known = np.array([[theme not in example.unsaid for theme in themes] for example in examples], dtype=bool)
    gold, known = gold.reshape(len(examples), len(themes)), known.reshape(len(examples), len(themes))
    for theme, truth, own in zip(themes, gold.T, known.T, strict=True):
        if (truth & own).sum() < 2 or (~truth & own).sum() < 2:
            raise TrainingError(
                f"The theme {theme!r} has {(truth & own).sum()} of {len(examples)} examples; it needs at least two "
                "that are of it and two that are not."
            )
    return Material(
        gold=gold,
        known=known,
        weight=np.array([example.weight for example in examples]),
        folds=_folds(examples, seed),
        near=np.array([example.near for example in examples], dtype=bool),
        ours=np.array([example.origin == "seed" for example in examples], dtype=bool),
    )


def unknown(names: Sequence[str]) -> frozenset[str]:
    """Return the languages that none of these encoders knows."""
    return frozenset.intersection(*(UNKNOWN_LANGUAGES.get(name, frozenset()) for name in names))


def _folds(examples: Sequence[Example], seed: int) -> NDArray[np.int64]:
    """The fold of each example: its manner's, where it has one, else its story's.

    A manner that is most of what there is to learn is held back story by story: without it nothing would be left.
    """
    weights: dict[str, float] = defaultdict(float)
    for example in examples:
        if example.manner and example.origin == "seed":
            weights[example.manner] += example.weight
    whole = sum(example.weight for example in examples if example.origin == "seed")
    loads, own = [0.0] * FOLDS, {}
    for manner, weight in sorted(weights.items(), key=lambda row: (-row[1], row[0])):
        if 2 * weight <= whole:
            own[manner] = loads.index(min(loads))
            loads[own[manner]] += weight
    of_manner = (own.get(e.manner, -1) if e.origin == "seed" else -1 for e in examples)
    return np.array(
        [fold if fold >= 0 else _hashed(e.group or e.title, seed) for fold, e in zip(of_manner, examples, strict=True)],
        dtype=np.int64,
    )


def _hashed(group: str, seed: int) -> int:
    """A hash, so that a new example moves no other."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{group}".encode()).digest()[:4]) % FOLDS
