"""All that the weights of a model follow from, and the hash by which a model that was made of it is found again."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from classifiers.judging.encoders import encoder_version
from classifiers.learning.background import background_hash
from classifiers.learning.examples import Example
from classifiers.learning.thresholds import OperatingPoint
from stream.records import Occurrence

__all__ = ["Cascade", "Recipe", "recipe"]

Cascade = tuple[tuple[str, ...], ...]  # the encoders of each level, the cheapest level first


@dataclass(frozen=True)
class Recipe:
    """Examples in one order, themes, encoders, seed, operating point, and how often each theme occurs."""

    examples: tuple[Example, ...]
    themes: tuple[str, ...]
    cascade: Cascade
    seed: int
    operating_point: OperatingPoint
    occurrences: tuple[Occurrence, ...] = ()
    settled: frozenset[str] = frozenset()  # groups of labels that somebody insisted on
    doubted: frozenset[str] = frozenset()  # groups of labels that were contrary to what was sure when they were given

    @property
    def of_statements(self) -> "Recipe":
        """The recipe of the statements alone."""
        ours = tuple(example for example in self.examples if example.origin == "seed")
        return replace(self, examples=ours, occurrences=(), settled=frozenset(), doubted=frozenset())

    @property
    def encoders(self) -> list[str]:
        """The encoders of the cascade, each once."""
        return sorted({name for level in self.cascade for name in level})

    @property
    def hash(self) -> str:
        """The training hash; raises `EncoderError`.

        Encoders count with their versions, and so does what is taken for ordinary. The library that fits is left out:
        any of its versions finds what ships, and a test says whether this one still makes the same.
        """
        versions = {name: encoder_version(name) for name in self.encoders}
        parts = [self.examples, self.themes, self.cascade, self.seed, self.operating_point, versions, background_hash()]
        parts += [sorted(self.settled), sorted(self.doubted)] if self.settled or self.doubted else []
        if shares := {each.theme: each.share for each in self.occurrences}:
            parts.append(shares)
        return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def recipe(
    examples: Iterable[Example],
    themes: Sequence[str],
    cascade: Cascade,
    seed: int,
    operating_point: OperatingPoint,
    occurrences: Sequence[Occurrence] = (),
    *,
    settled: Iterable[str] = (),
    doubted: Iterable[str] = (),
) -> Recipe:
    """Return the recipe: the same for the examples in any order. What is said of other groups makes no difference."""
    ordered = sorted(examples, key=lambda one: (one.group, one.title, one.summary, one.themes, one.unsaid))
    groups = frozenset(example.group for example in ordered)
    return Recipe(
        tuple(ordered),
        tuple(themes),
        cascade,
        seed,
        operating_point,
        tuple(occurrences),
        groups.intersection(settled),
        groups.intersection(doubted),
    )
