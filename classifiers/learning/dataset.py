"""Examples as arrays: what is known of each, and in which fold it is."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import UNKNOWN_LANGUAGES, Vectors
from classifiers.learning.examples import Example
from stream.errors import ThemewireError

__all__ = ["FOLDS", "Material", "TrainingError", "Truth", "arrays", "groups_of", "unknown"]

FOLDS = 8

Truth = NDArray[np.bool_]


class TrainingError(ThemewireError):
    """The examples do not make a model; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of the examples, a row each."""

    gold: Truth  # (examples, themes)
    said: Truth  # (examples, themes): where gold is known
    weight: NDArray[np.float64]
    folds: NDArray[np.int64]
    near: Truth  # of no theme, and yet resembling one
    ours: Truth  # written by us: their mix does not change with what people happen to label

    @property
    def whole(self) -> Truth:
        """Of which examples everything is said."""
        return np.asarray(self.said.all(axis=1))


def arrays(examples: Sequence[Example], themes: Sequence[str], groups: Sequence[str], seed: int) -> Material:
    """Return the material of these examples; raises `TrainingError` for a theme with too few of them."""
    gold = np.array([[theme in example.themes for theme in themes] for example in examples], dtype=bool)
    said = np.array([[theme not in example.unsaid for theme in themes] for example in examples], dtype=bool)
    gold, said = gold.reshape(len(examples), len(themes)), said.reshape(len(examples), len(themes))
    for theme, truth, known in zip(themes, gold.T, said.T, strict=True):
        if (truth & known).sum() < 2 or (~truth & known).sum() < 2:
            raise TrainingError(
                f"The theme {theme!r} has {(truth & known).sum()} of {len(examples)} examples; it needs at least two "
                "that are of it and two that are not."
            )
    return Material(
        gold=gold,
        said=said,
        weight=np.array([example.weight for example in examples]),
        folds=np.array([_fold(group, seed) for group in groups], dtype=np.int64),
        near=np.array([example.near for example in examples], dtype=bool),
        ours=np.array([example.origin == "seed" for example in examples], dtype=bool),
    )


def unknown(names: Sequence[str]) -> frozenset[str]:
    """Return the languages that none of these encoders knows."""
    return frozenset.intersection(*(UNKNOWN_LANGUAGES.get(name, frozenset()) for name in names))


def groups_of(examples: Sequence[Example], vectors: Mapping[str, Vectors]) -> list[str]:
    """Return each example's group."""
    return [example.group or example.title for example in examples]


def _fold(group: str, seed: int) -> int:
    """A hash, so that a new example moves no other."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{group}".encode()).digest()[:4]) % FOLDS
