"""Regressions that are fitted together are those that scikit-learn fits one by one."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from classifiers.learning.logistic import fitted

RANDOM = np.random.default_rng(7)
MATRIX = RANDOM.normal(size=(160, 12))
MATRIX /= np.linalg.norm(MATRIX, axis=1, keepdims=True)
NOISE = RANDOM.normal(size=(160, 3)) / 3
TRUTH = MATRIX[:, :3] + NOISE > np.array([0.0, 0.2, 0.4])  # the last is rare
WEIGHTS = RANDOM.choice([0.0, 0.3, 1.0], size=(160, 3), p=[0.2, 0.2, 0.6])


@pytest.mark.parametrize("c", [1.0, 30.0])
def test_each_is_what_scikit_learn_fits(c):
    found = fitted(MATRIX, TRUTH, WEIGHTS, c)
    for truth, weights, fit in zip(TRUTH.T, WEIGHTS.T, found.T, strict=True):
        own = weights > 0
        total, yes = weights.sum(), weights[truth].sum()
        balanced = weights * np.where(truth, total / (2 * yes), total / (2 * (total - yes)))
        one = LogisticRegression(C=c, tol=1e-10, max_iter=5000).fit(MATRIX[own], truth[own], balanced[own])
        assert np.allclose(fit[:-1], one.coef_[0], atol=0.02)
        assert fit[-1] == pytest.approx(one.intercept_[0], abs=0.02)


def test_a_start_that_is_near_ends_at_the_same_place():
    cold = fitted(MATRIX, TRUTH, WEIGHTS, 30.0)
    fewer = np.where(np.arange(160)[:, None] % 20 > 0, WEIGHTS, 0.0)
    assert np.allclose(fitted(MATRIX, TRUTH, fewer, 30.0, cold), fitted(MATRIX, TRUTH, fewer, 30.0), atol=0.02)
    assert np.array_equal(fitted(MATRIX, TRUTH, WEIGHTS, 30.0, cold), cold)


def test_what_has_examples_on_one_side_only_has_zeros():
    truth = np.column_stack([np.ones(160, dtype=bool), TRUTH[:, 0]])
    found = fitted(MATRIX, truth, np.ones((160, 2)), 30.0)
    assert not found[:, 0].any()
    assert np.array_equal(found[:, 1:], fitted(MATRIX, truth[:, 1:], np.ones((160, 1)), 30.0))
    assert not fitted(MATRIX, TRUTH, np.zeros((160, 3)), 30.0).any()


def test_what_is_told_apart_beyond_doubt_ends_too():
    found = fitted(np.array([[1.0], [-1.0]] * 5), np.array([[True], [False]] * 5), np.ones((10, 1)), 1e6)
    assert found[0, 0] > 5
