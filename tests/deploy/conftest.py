"""A command with a data folder of its own; the encoder is the one that needs no model, and is trained once."""

from pathlib import Path

import pytest

from tests.deploy.command import Command


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models that were trained are kept for the next test."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def themewire(tmp_path: Path, cache: Path) -> Command:
    return Command(tmp_path / "data", {"classify.encoder": "characters", "data.cache": str(cache)})
