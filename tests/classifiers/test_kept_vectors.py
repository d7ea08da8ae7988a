"""Vectors and fits that are kept: what was read or fitted once is not made again."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from classifiers.judging.encoders import Encoders, Vectors
from classifiers.judging.model import model_id
from classifiers.learning import kept_vectors
from classifiers.learning.kept_vectors import keeping
from classifiers.learning.recipe import recipe
from classifiers.learning.statement_fits import StatementFits, alike_fits, fits_bytes
from classifiers.learning.train import prepare
from tests.classifiers.samples import OPERATING_POINT, THEMES, examples


class Asked:
    """An encoder that notes what it was asked for."""

    name, dim = "usem3", 512

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return np.full((len(texts), self.dim), len(self.texts), dtype=np.float32)


def test_a_text_is_encoded_once_in_the_life_of_the_file(tmp_path):
    asked = Asked()
    for _ in range(2):
        encoders = keeping(Encoders(more={"usem3": lambda: asked}), tmp_path / "new" / "vectors.db")
        rows = encoders.get("usem3").encode(["One", "Two", "One"])
    assert asked.texts == ["One", "Two"]
    assert rows.shape == (3, 512)


def test_what_is_kept_does_not_grow_without_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(kept_vectors, "MOST", 10)
    asked = Asked()
    texts = [f"Text {n}" for n in range(40)]
    for _ in range(2):
        keeping(Encoders(more={"usem3": lambda: asked}), tmp_path / "vectors.db").get("usem3").encode(texts)
    assert len(texts) < len(asked.texts) < 2 * len(texts)


def test_fits_are_found_again_as_they_were_kept(tmp_path):
    fits, kept = np.random.default_rng(0).normal(size=(2, 3, 5)), StatementFits(tmp_path)
    assert kept.get("key") is None
    assert np.array_equal(kept.keep("key", fits), StatementFits(tmp_path).get("key"))
    assert StatementFits(None).get("key") is None
    assert alike_fits(fits_bytes({"key": fits}), fits_bytes({"key": fits * 1.0001}))
    assert not alike_fits(fits_bytes({"key": fits}), fits_bytes({"key": fits + 1}))
    (tmp_path / "fits-key.npz").write_bytes(b"damaged")
    assert StatementFits(tmp_path).get("key") is None


def test_a_training_with_labels_comes_out_the_same_whether_or_not_fits_were_kept(tmp_path, encoders):
    label = replace(examples()[0], title="Pilots walk out", group="label x", origin="label")
    made_of = recipe([*examples(), label], THEMES, (("usem3",),), 0, OPERATING_POINT)
    found = set()
    for folder in (None, tmp_path, tmp_path):
        prepared = prepare(made_of, encoders, cache=folder)
        found.add(model_id(prepared.fit(np.ones(len(prepared.examples)))))
    assert len(found) == 1
    assert list(tmp_path.glob("fits-*.npz"))


def test_labels_teach_no_likeness_to_ordinary_news(encoders):
    label = replace(examples()[0], title="Pilots walk out", themes=(), group="label x", origin="label")
    alone, labelled = (
        prepare(recipe(rows, THEMES, (("usem3",),), 0, OPERATING_POINT), encoders)
        for rows in (examples(), [*examples(), label])
    )
    (one,), (other,) = (each.fit(np.ones(len(each.examples))).heads for each in (alone, labelled))
    assert np.array_equal(one.cascade_weights, other.cascade_weights)
    assert not np.array_equal(one.weights, other.weights)
