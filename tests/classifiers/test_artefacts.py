"""What ships is what the seeds give: by what it was made of and by samples, and from nothing by `make soak`."""

import io
import platform
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from classifiers.build.artefacts import ENCODER
from classifiers.judging.encoders import Encoders
from classifiers.judging.text import Text, line
from classifiers.labels.collected import Labels
from classifiers.learning.model_cache import shipped_model
from classifiers.learning.trainer import Trainer
from classifiers.learning.vector_cache import ENCODERS, alike, vectors_file, written
from seeds.statements import load_statements
from seeds.themes import load_themes

SAMPLE = 90  # one of so many statements


@pytest.mark.soak
@pytest.mark.timeout(3600)  # four CPU minutes, most of them reading the statements
@pytest.mark.skipif(platform.machine() != "x86_64", reason="What ships was computed as x86-64 machines do.")
def test_what_ships_comes_out_again_from_nothing():
    """In a process of its own, in which the libraries are told to compute as any such machine can."""
    done = subprocess.run(
        [sys.executable, "-m", "classifiers.build.artefacts", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is what ships" in done.stdout


@pytest.mark.parametrize("name", ENCODERS)
def test_the_vectors_that_ship_are_of_the_statements_that_are_here(name):
    lines = [line(Text(statement.title, statement.summary)) for statement in load_statements()]
    ships = files("classifiers.artefacts").joinpath(vectors_file(name)).read_bytes()
    vectors = np.load(io.BytesIO(ships))["vectors"].astype(np.float32)
    assert alike(ships, written(name, lines, vectors))  # the same texts in the same order
    made = Encoders().get(name).encode(lines[::SAMPLE])
    assert alike(written(name, lines[::SAMPLE], vectors[::SAMPLE]), written(name, lines[::SAMPLE], made))


def test_the_model_that_ships_is_of_the_statements_that_are_here(tmp_path):
    trainer = Trainer(tuple(theme.id for theme in load_themes()), ENCODER, tmp_path)
    ships, made = shipped_model(), trainer.train(Labels((), {}), None, [], 0, lambda _: None)
    assert ships
    assert made.id == ships.id
    assert list(tmp_path.iterdir()) == []  # nothing was learnt anew
