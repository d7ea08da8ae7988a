"""The promotion gate: labels that help pass, labels that poison are refused.

The shipped statements stand for people's labels.
"""

import hashlib
from dataclasses import replace

import pytest

from classifiers.judging.encoders import Encoders
from classifiers.learning.examples import Example, examples_of
from classifiers.learning.held_out import Figures
from classifiers.learning.label_evidence import STATEMENTS
from classifiers.learning.label_weight import weighed
from classifiers.learning.promotion_gate import Verdict, calibrated, compared, contracts, promotion_gate
from classifiers.learning.recipe import recipe
from classifiers.learning.thresholds import OperatingPoint
from classifiers.learning.train import prepare
from classifiers.learning.vector_cache import reading_shipped
from seeds.statements import load_statements
from seeds.themes import load_themes
from stream.records import ContractItem, Destination, Subscription

THEMES = tuple(theme.id for theme in load_themes())


@pytest.fixture(scope="module")
def kept(encoders: Encoders) -> Encoders:
    return reading_shipped(encoders)


def is_label(example: Example) -> bool:
    return hashlib.sha256(example.group.encode()).digest()[0] % 6 == 0


EXAMPLES = tuple(
    e for e in examples_of(load_statements()) if e.lang in ("de", "en", "ja") and e.manner == "news"
)  # enough, and quick
SEEDS = tuple(e for e in EXAMPLES if not is_label(e))
LABELS = tuple(replace(e, origin="label", near=True) for e in EXAMPLES if is_label(e))


def verdict(encoders: Encoders, labels: tuple[Example, ...]) -> Verdict:
    prepared = prepare(recipe([*SEEDS, *labels], THEMES, (("usem3",),), 0, OperatingPoint()), encoders)
    return promotion_gate(prepared, weighed(prepared), prepared.material.ours)


def flipped(example: Example) -> Example:
    return replace(example, themes=tuple(theme for theme in THEMES if theme not in example.themes))


def at_random(example: Example) -> Example:
    number = hashlib.sha256(example.title.encode()).digest()[1]
    return replace(example, themes=tuple(theme for n, theme in enumerate(THEMES) if number >> n & 1))


SERVING = Figures(
    examples=100,
    macro_f1=0.8,
    false_alerts=0.05,
    ece=0.02,
    coverage=0.8,
    accuracy=0.95,
    themes={"standards": 0.8},
    languages={"de": 0.8},
    ranking={"standards": 0.9, "de": 0.9},
)


@pytest.mark.parametrize(
    ("worse", "refused"),
    [
        ({}, []),
        ({"false_alerts": 0.08}, []),
        ({"false_alerts": 0.0801}, ["false alerts "]),
        ({"ranking": {"standards": 0.88, "de": 0.84}}, []),
        ({"ranking": {"standards": 0.8799, "de": 0.84}}, ["average precision standards"]),
        ({"ranking": {"standards": 0.9, "de": 0.8399}}, ["average precision de"]),
    ],
)
def test_a_model_that_is_worse_by_more_than_a_margin_is_refused(worse, refused):
    checks = compared("", replace(SERVING, **worse), SERVING)
    assert [f"{check.what} {check.subject}" for check in checks if not check.good] == refused


@pytest.mark.parametrize(("ece", "good"), [(0.06, True), (0.0601, False)])
def test_a_model_whose_probabilities_cannot_be_believed_is_refused(ece, good):
    assert calibrated(replace(SERVING, ece=ece), SERVING).good == good


@pytest.mark.slow
def test_good_labels_pass_with_a_table(kept: Encoders):
    said = verdict(kept, LABELS)
    assert said.good, said.why
    assert said.figures.examples == len(EXAMPLES)
    assert {check.subject for check in said.checks} >= {*THEMES, "en", "de"}
    assert all(check.serving is not None for check in said.checks if check.what.startswith("average precision"))


def test_no_labels_are_no_worse(kept: Encoders):
    assert verdict(kept, ()).good


@pytest.mark.slow
@pytest.mark.parametrize(
    "poison",
    [
        at_random,
        flipped,
        lambda example: replace(example, themes=("standards",)),
        lambda example: flipped(example) if example.lang == "en" else example,
    ],
    ids=["random", "flipped", "all one theme", "one language flipped"],
)
def test_poison_is_refused(kept: Encoders, poison):
    said = verdict(kept, tuple(map(poison, LABELS)))
    assert not said.good
    assert STATEMENTS in said.why


def test_contract_items_must_alert_or_not_as_they_say(classifier):
    strike = ContractItem("Dock workers vote to strike", True, "Cranes at the port stand still from Monday.")
    museum = ContractItem("Museum zeigt Briefe eines vergessenen Malers", True, "Die Ausstellung ist zu sehen.")
    wish = Subscription(
        id="s",
        revision=1,
        themes=("strikes",),
        threshold=0.1,
        updates=True,
        channel=Destination("webhook", ""),
        contract=(strike, museum),
    )
    good, bad = contracts(classifier, [wish])
    assert (good.good, bad.good) == (True, False)
    assert "'Museum zeigt Briefe eines vergessenen Malers' must alert" in bad.subject
