import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.judging.features import certainty
from classifiers.learning.thresholds import (
    OperatingPoint,
    OutOfFold,
    ordinary_thresholds,
    sure_at,
    tag_thresholds,
)


def _made(seed, rows=400, themes=3):
    chance = np.random.default_rng(seed)
    gold = chance.random((rows, themes)) < 0.2
    noise = chance.normal(size=(rows, themes))
    return 1 / (1 + np.exp(-(3 * gold - 1.5 + noise))), gold


def predictions(probabilities, gold, ours=None, weight=None, ordinary=None):
    ours = np.ones(len(gold), dtype=bool) if ours is None else ours
    weight = np.ones(len(gold)) if weight is None else weight
    return OutOfFold(probabilities, gold, ours, weight, np.zeros((0, gold.shape[1])) if ordinary is None else ordinary)


@pytest.mark.slow
@given(st.integers(0, 50), st.floats(0.02, 0.3))
def test_false_alerts_are_kept(seed, most):
    probabilities, gold = _made(seed)
    tag_at = tag_thresholds(predictions(probabilities, gold), OperatingPoint("false alerts at most", most))
    none = ~gold.any(axis=1)
    alerts = (probabilities[none] >= np.array(tag_at)).any(axis=1).mean()
    assert alerts <= most or set(tag_at) == {0.9}


@given(st.integers(0, 50), st.floats(0.3, 0.95))
def test_a_precision_is_kept(seed, least):
    probabilities, gold = _made(seed)
    tag_at = tag_thresholds(predictions(probabilities, gold), OperatingPoint("precision at least", least))
    for column, truth, threshold in zip(probabilities.T, gold.T, tag_at, strict=True):
        tagged = column >= threshold
        assert threshold == 0.9 or not tagged.any() or truth[tagged].mean() >= least


@given(st.integers(0, 50), st.floats(0.5, 0.99))
def test_what_is_sure_keeps_the_promise_and_a_lower_promise_covers_more(seed, promise):
    probabilities, _ = _made(seed)
    tag_at = (0.5, 0.6, 0.7)
    certain = certainty(probabilities, tag_at).round(4)
    weight = np.ones(len(probabilities))
    least = sure_at(probabilities, tag_at, promise, weight)
    assert least == 1.0 or certain[certain >= least].mean() >= promise
    assert sure_at(probabilities, tag_at, promise - 0.1, weight) <= least


def test_certainty_is_the_chance_that_all_tags_are_right():
    row = np.array([[0.9, 0.2], [0.4, 0.4]])
    assert certainty(row, (0.5, 0.5)) == pytest.approx([0.72, 0.36])


def test_labels_of_close_calls_may_lower_the_threshold_and_never_raise_it():
    probabilities, gold = _made(1)
    rows = np.arange(len(gold)) % 2 == 0
    point = OperatingPoint("false alerts at most", 0.05)
    alone = tag_thresholds(predictions(probabilities[rows], gold[rows]), point)
    hard = np.where(rows[:, None], probabilities, 0.95 * np.ones_like(probabilities))
    easy = np.where(rows[:, None], probabilities, 0.2 * np.ones_like(probabilities))
    assert tag_thresholds(predictions(hard, gold, rows), point) == alone
    lower = tag_thresholds(predictions(easy, gold, rows), point)
    assert all(one <= other for one, other in zip(lower, alone, strict=True))
    assert lower != alone


def test_each_theme_has_its_share_of_the_false_alerts():
    """The second theme is vague: with one threshold for all, nearly all false alerts would be its own."""
    probabilities, gold = _made(2, rows=2000, themes=2)
    probabilities[:, 1] = probabilities[:, 1] ** 0.5
    tag_at = tag_thresholds(predictions(probabilities, gold), OperatingPoint("false alerts at most", 0.1))
    none = probabilities[~gold.any(axis=1)]
    first, second = (none >= np.array(tag_at)).mean(axis=0)
    assert first == pytest.approx(second, abs=0.02)
    assert tag_at[0] < tag_at[1]


def test_what_counts_for_less_has_less_to_say():
    """Half of the rows are loud; with no weight they raise no threshold and lower no promise."""
    probabilities, gold = _made(3)
    loud = np.arange(len(gold)) % 2 == 0
    shouting = np.where(loud[:, None], 0.95, probabilities)
    weight = np.where(loud, 0.0, 1.0)
    point = OperatingPoint("false alerts at most", 0.1)
    quiet = tag_thresholds(predictions(probabilities[~loud], gold[~loud]), point)
    assert (
        tag_thresholds(predictions(shouting, gold, weight=weight), point)
        == quiet
        != tag_thresholds(predictions(shouting, gold), point)
    )
    alone = sure_at(probabilities[~loud], quiet, 0.9, np.ones((~loud).sum()))
    assert sure_at(shouting, quiet, 0.9, weight) == alone


@given(st.integers(0, 50), st.floats(0.002, 0.2))
def test_what_is_ordinary_reaches_a_threshold_no_oftener_than_it_may(seed, rate):
    ordinary = np.random.default_rng(seed).random((1000, 3)) ** 3
    tag_at = ordinary_thresholds(ordinary, rate)
    assert (ordinary >= np.array(tag_at)).any(axis=1).mean() <= rate
    lower = ordinary_thresholds(ordinary, 2 * rate)
    assert all(one <= other for one, other in zip(lower, tag_at, strict=True))


def test_tags_keep_also_what_ordinary_items_allow():
    probabilities, gold = _made(4)
    ordinary = np.full((100, 3), 0.8)
    point = OperatingPoint("false alerts at most", 0.3, tagged=0.01)
    assert min(tag_thresholds(predictions(probabilities, gold, ordinary=ordinary), point)) > 0.8
    assert max(tag_thresholds(predictions(probabilities, gold), point)) < 0.8
