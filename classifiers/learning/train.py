"""Training: from labelled examples to a model, by one logistic regression a theme over the encoders' vectors.

What a model promises is measured on folds it was not fitted on: its probabilities are calibrated there, and there its
thresholds are chosen for an operating point.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np
from msgspec.structs import replace
from threadpoolctl import threadpool_limits

from classifiers.judging.encoders import Encoders, Vectors, encoder_version, levels
from classifiers.judging.features import stack
from classifiers.judging.model import Head, Model, short
from classifiers.judging.text import Text, line
from classifiers.learning.background import background
from classifiers.learning.dataset import Material, Truth, arrays, unknown
from classifiers.learning.examples import Example
from classifiers.learning.fitting import HeldOut, Reading, fit_head, held_out
from classifiers.learning.occurrence import added_log_odds
from classifiers.learning.recipe import Recipe, recipe
from classifiers.learning.thresholds import OperatingPoint
from stream.records import Occurrence

__all__ = ["Prepared", "on_all_cores", "prepare", "train"]

_MOST_THREADS = 4

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """A recipe as a model learns it: its examples as arrays and as vectors of each encoder of the cascade."""

    recipe: Recipe
    material: Material
    vectors: dict[str, Vectors]
    cached: dict[tuple[tuple[str, ...], bytes], HeldOut] = field(default_factory=dict, repr=False, compare=False)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The recipe's."""
        return self.recipe.examples

    @property
    def themes(self) -> tuple[str, ...]:
        """The recipe's."""
        return self.recipe.themes

    def fit(self) -> Model:
        """Return the model."""
        cascade = self.recipe.cascade
        with threadpool_limits(limits=1):  # sums in one order, whatever the machine
            heads = tuple(self._head(level) for level in cascade)
        heads = tuple(_heeding(head, self.recipe.occurrences) for head in heads)
        return Model(
            themes=self.themes,
            languages=tuple(sorted({e.lang for e in self.examples if e.lang} - unknown(cascade[-1]))),
            heads=heads,
            training_hash=self.recipe.hash,
            versions={
                "scikit-learn": version("scikit-learn"),
                **{name: encoder_version(name) for name in self.recipe.encoders},
            },
        )

    def held_out(self, learnt: Truth) -> HeldOut:
        """Return how the examples look to the costliest level, had it learnt those of `learnt` without their folds."""
        return self._held_out(self.recipe.cascade[-1], learnt)

    def _head(self, level: tuple[str, ...]) -> Head:
        promise = self._held_out(level, np.ones(len(self.examples), dtype=bool))
        point, seed = self.recipe.operating_point, self.recipe.seed
        return fit_head(self._reading(level), self.material, promise, self._known(level), point, seed)

    def _reading(self, level: tuple[str, ...]) -> Reading:
        return Reading(level, self.vectors, background(level))

    def _held_out(self, level: tuple[str, ...], learnt: Truth) -> HeldOut:
        """Worked out once, since the promise of a head is also compared; a part begins where the whole ended."""
        key = (level, learnt.tobytes())
        if key not in self.cached:
            point = self.recipe.operating_point
            near = None if learnt.all() else self._held_out(level, np.ones_like(learnt))
            with threadpool_limits(limits=1):  # sums in one order, whatever the machine
                self.cached[key] = held_out(self._reading(level), self.material, point, learnt, near)
        return self.cached[key]

    def _known(self, names: Sequence[str]) -> Truth:
        """Which examples are in a language that one of these encoders knows."""
        return np.array([example.lang not in unknown(names) for example in self.examples], dtype=bool)


def _heeding(head: Head, occurrences: Sequence[Occurrence]) -> Head:
    """The head with the log-odds of each theme moved by how often it occurs; thresholds stay where they are."""
    more = np.array([added_log_odds(each) for each in occurrences], dtype=np.float32)
    return replace(head, bias=head.bias + more) if more.any() else head


def on_all_cores() -> Encoders:
    """Return encoders that are as quick as the machine lets them."""
    return Encoders(threads=min(_MOST_THREADS, os.cpu_count() or 1))


def prepare(made_of: Recipe, encoders: Encoders | None = None, progress: Progress = lambda _: None) -> Prepared:
    """Return the examples ready to be learnt.

    Raises `TrainingError` if a theme has fewer than two examples or nearly all have it, and `EncoderError`.
    """
    examples, themes, seed = made_of.examples, made_of.themes, made_of.seed
    material = arrays(examples, themes, seed)  # refused before the work begins
    encoders = encoders or on_all_cores()
    lines = [line(Text(example.title, example.summary)) for example in examples]
    vectors: dict[str, Vectors] = {}
    for name in made_of.encoders:
        progress(f"reading {len(lines)} examples with {name}")
        read = stack([name], lines, encoders)
        vectors |= {name: short(read[name])}  # what is kept of a vector is what is learnt from
    progress("learning the themes")
    return Prepared(made_of, material, vectors)


def train(
    examples: Iterable[Example],
    themes: Sequence[str],
    setting: str = "auto",
    seed: int = 0,
    *,
    encoders: Encoders | None = None,
    operating_point: OperatingPoint | None = None,
    progress: Progress = lambda _: None,
) -> Model:
    """Return the model of these examples: the same for the same examples in any order, seed and library versions.

    Raises what `prepare` raises.
    """
    made_of = recipe(examples, themes, levels(setting), seed, operating_point or OperatingPoint())
    return prepare(made_of, encoders, progress).fit()
