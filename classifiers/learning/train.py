"""Training: from labelled examples to a model, by one logistic regression a theme over the encoders' vectors.

What a model promises is measured on folds it was not fitted on: its probabilities are calibrated there, and there its
thresholds are chosen for an operating point.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from classifiers.judging.encoders import Encoders, Vectors, encoder_version, levels
from classifiers.judging.features import stack
from classifiers.judging.model import Head, Model, short
from classifiers.judging.text import Text, line
from classifiers.learning.background import background
from classifiers.learning.dataset import Material, Truth, arrays, unknown
from classifiers.learning.examples import Example
from classifiers.learning.fitting import HeldOut, Reading, as_held_out, fit_head, held_out
from classifiers.learning.likeness import likeness_fits
from classifiers.learning.logistic import NEAR
from classifiers.learning.occurrence import added_log_odds
from classifiers.learning.recipe import Recipe, recipe
from classifiers.learning.statement_fits import StatementFits, fits_key
from classifiers.learning.thresholds import OperatingPoint
from stream.records import Occurrence

__all__ = ["Prepared", "on_all_cores", "prepare", "train"]

_MOST_THREADS = 4
_ROUGHLY = 1e-4  # the slope at which a fit that is only tried may end

Progress = Callable[[str], None]
Level = tuple[str, ...]
Share = NDArray[np.float64]
Fits = NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    """A recipe as a model learns it: its examples as arrays and as vectors of each encoder of the cascade.

    A `share` has for each example by how much it is learnt: 0 not at all, 1 by its own weight.
    """

    recipe: Recipe
    material: Material
    vectors: dict[str, Vectors]
    kept: StatementFits
    cached: dict[tuple[Level, bytes], HeldOut] = field(default_factory=dict, repr=False, compare=False)
    _last: dict[Level, Reading] = field(default_factory=dict, repr=False, compare=False)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The recipe's."""
        return self.recipe.examples

    @property
    def themes(self) -> tuple[str, ...]:
        """The recipe's."""
        return self.recipe.themes

    @property
    def statements(self) -> Share:
        """The share that learns our statements alone."""
        return self.material.ours.astype(np.float64)

    def fit(self, share: Share, progress: Progress = lambda _: None) -> Model:
        """Return the model."""
        cascade = self.recipe.cascade
        with threadpool_limits(limits=1):  # sums in one order, whatever the machine
            heads = [self._head(level, share, progress) for level in reversed(cascade)]
        heads = [_heeding(head, self.recipe.occurrences) for head in heads]
        return Model(
            themes=self.themes,
            languages=tuple(sorted({e.lang for e in self.examples if e.lang} - unknown(cascade[-1]))),
            heads=tuple(reversed(heads)),
            training_hash=self.recipe.hash,
            versions={
                "scikit-learn": version("scikit-learn"),
                **{name: encoder_version(name) for name in self.recipe.encoders},
            },
        )

    def held_out(self, share: Share, near: HeldOut | None = None) -> HeldOut:
        """Return how the examples look to the costliest level, had it learnt this share of them without their folds."""
        return self._held_out(self.recipe.cascade[-1], share, near)

    def tried(self, share: Share, near: HeldOut) -> HeldOut:
        """Return about the same in a quarter of the time, for what is compared and then thrown away."""
        return self._held_out(self.recipe.cascade[-1], share, near, near_enough=_ROUGHLY)

    def _head(self, level: Level, share: Share, progress: Progress) -> Head:
        progress(f"learning the themes with {'+'.join(level)}")
        promise = self._held_out(level, share)
        point, seed, alike = self.recipe.operating_point, self.recipe.seed, self._likeness_fits(level)
        return fit_head(self._reading(level), self.material, promise, share, self._known(level), point, seed, alike)

    def _reading(self, level: Level) -> Reading:
        """Only the last one is kept: what a level learns from is large."""
        if level not in self._last:
            self._last.clear()
            self._last[level] = Reading(level, self.vectors, background(level), self.material.ours)
        return self._last[level]

    def _held_out(self, level: Level, share: Share, near: HeldOut | None = None, near_enough: float = NEAR) -> HeldOut:
        """Worked out once, since the promise of a head is also compared; labels begin where the statements ended."""
        key = (level, share.tobytes())
        if key in self.cached:
            return self.cached[key]
        point, reading = self.recipe.operating_point, self._reading(level)
        with threadpool_limits(limits=1):  # sums in one order, whatever the machine
            if self.material.ours.all():
                found = held_out(reading, self.material, point, share)
                self.kept.keep(fits_key(self.recipe.of_statements.hash, level), found.fits)
            elif (share == self.statements).all():
                found = as_held_out(reading, self.material, point, self.material.ours, self._statement_fits(level))
            else:
                start = near.fits if near else self._statement_fits(level)
                found = held_out(reading, self.material, point, share, start, near_enough)
        if near_enough <= NEAR:
            self.cached[key] = found
        return found

    def _statement_fits(self, level: Level) -> Fits:
        key = fits_key(self.recipe.of_statements.hash, level)
        if (found := self.kept.get(key)) is None:
            made = held_out(self._reading(level), self.material, self.recipe.operating_point, self.statements)
            found = self.kept.keep(key, made.fits)
        return found

    def _likeness_fits(self, level: Level) -> Fits:
        key = fits_key(self.recipe.of_statements.hash, (*level, "likeness"))
        if not self.material.ours.all() and (found := self.kept.get(key)) is not None:
            return found
        made = likeness_fits(self._reading(level).beside, self.material)
        kept = self.kept.keep(key, made)
        return made if self.material.ours.all() else kept

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


def prepare(
    made_of: Recipe,
    encoders: Encoders | None = None,
    progress: Progress = lambda _: None,
    cache: Path | None = None,
) -> Prepared:
    """Return the examples ready to be learnt; what statements alone come to is kept in the folder `cache`.

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
    return Prepared(made_of, material, vectors, StatementFits(cache))


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
    prepared = prepare(made_of, encoders, progress)
    return prepared.fit(np.ones(len(prepared.examples)), progress)
