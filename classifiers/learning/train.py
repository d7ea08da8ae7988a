"""Training: from labelled examples to a model, by one logistic regression a theme over the encoders' vectors.

What a model promises is measured on folds it was not fitted on: its probabilities are calibrated there, and there its
thresholds are chosen for an aim.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from classifiers.judging.encoders import Encoders, Vectors, encoder_version, levels
from classifiers.judging.features import stack
from classifiers.judging.model import Head, Model
from classifiers.judging.text import Text, line
from classifiers.learning.examples import Example
from classifiers.learning.fitting import HeldOut, fit_head, held_out
from classifiers.learning.material import Material, Truth, arrays, groups_of, unknown
from classifiers.learning.thresholds import Aim

__all__ = ["Prepared", "prepare", "train", "training_hash"]

_MOST_THREADS = 4

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """Examples as a model learns them: in one order, as arrays and as vectors of each encoder of the plan."""

    examples: tuple[Example, ...]
    themes: tuple[str, ...]
    plan: tuple[tuple[str, ...], ...]
    material: Material
    vectors: dict[str, Vectors]
    aim: Aim
    seed: int
    known: dict[tuple[tuple[str, ...], bytes], HeldOut] = field(default_factory=dict, repr=False, compare=False)

    def fit(self) -> Model:
        """Return the model."""
        with threadpool_limits(limits=1):  # sums in one order, whatever the machine
            heads = tuple(self._head(level) for level in self.plan)
        return Model(
            themes=self.themes,
            languages=tuple(sorted({e.lang for e in self.examples if e.lang} - unknown(self.plan[-1]))),
            heads=heads,
            training_hash=training_hash(self.examples, self.themes, self.plan, self.seed, self.aim),
            versions=_versions(self.plan),
        )

    def held_out(self, learnt: Truth) -> HeldOut:
        """Return how the examples look to the costliest level, had it learnt those of `learnt` without their folds."""
        return self._held_out(self.plan[-1], learnt)

    def _head(self, level: tuple[str, ...]) -> Head:
        promise = self._held_out(level, np.ones(len(self.examples), dtype=bool))
        known = self._known(level)
        return fit_head(level, self.vectors, self.material, promise, known, self.aim.lost, self.seed)

    def _held_out(self, level: tuple[str, ...], learnt: Truth) -> HeldOut:
        """Worked out once: the promise of a head is also what the gate compares."""
        key = (level, learnt.tobytes())
        if key not in self.known:
            with threadpool_limits(limits=1):  # sums in one order, whatever the machine
                self.known[key] = held_out(level, self.vectors, self.material, self.aim, learnt)
        return self.known[key]

    def _known(self, names: Sequence[str]) -> Truth:
        """Which examples are in a language that one of these encoders knows."""
        return np.array([example.lang not in unknown(names) for example in self.examples], dtype=bool)


def prepare(
    examples: Sequence[Example],
    themes: Sequence[str],
    setting: str = "auto",
    seed: int = 0,
    *,
    encoders: Encoders | None = None,
    aim: Aim | None = None,
    progress: Progress = lambda _: None,
) -> Prepared:
    """Return the examples ready to be learnt: the same in any order.

    Raises `TrainingError` if a theme has fewer than two examples or nearly all have it, and `EncoderError`.
    """
    ordered = _ordered(examples)
    plan = levels(setting)
    arrays(ordered, themes, [""] * len(ordered), seed)  # what is missing is said before the work begins
    encoders = encoders or Encoders(threads=min(_MOST_THREADS, os.cpu_count() or 1))
    lines = [line(Text(example.title, example.summary)) for example in ordered]
    vectors: dict[str, Vectors] = {}
    for name in _names(plan):
        progress(f"reading {len(lines)} examples with {name}")
        vectors |= stack([name], lines, encoders)
    progress("learning the themes")
    material = arrays(ordered, themes, groups_of(ordered, vectors), seed)
    return Prepared(ordered, tuple(themes), plan, material, vectors, aim or Aim(), seed)


def train(
    examples: Sequence[Example],
    themes: Sequence[str],
    setting: str = "auto",
    seed: int = 0,
    *,
    encoders: Encoders | None = None,
    aim: Aim | None = None,
    progress: Progress = lambda _: None,
) -> Model:
    """Return the model of these examples: the same for the same examples in any order, seed and library versions.

    Raises what `prepare` raises.
    """
    return prepare(examples, themes, setting, seed, encoders=encoders, aim=aim, progress=progress).fit()


def training_hash(
    examples: Sequence[Example], themes: Sequence[str], plan: Sequence[Sequence[str]], seed: int, aim: Aim
) -> str:
    """Return a hash of everything that the weights follow from."""
    parts = [_ordered(examples), list(themes), plan, seed, aim, _versions(plan)]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _ordered(examples: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(sorted(examples, key=lambda one: (one.group, one.title, one.summary, one.themes, one.unsaid)))


def _names(plan: Sequence[Sequence[str]]) -> list[str]:
    return sorted({name for level in plan for name in level})


def _versions(plan: Sequence[Sequence[str]]) -> dict[str, str]:
    return {"scikit-learn": version("scikit-learn"), **{name: encoder_version(name) for name in _names(plan)}}
