"""A command with a data folder of its own; the encoder is the one that needs no model, and is trained once."""

from pathlib import Path

import pytest

from tests.deploy.command import Command
from tests.some_statements import write_statements


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models that were trained are kept for the next test."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the statements that ship: enough, and quickly learnt."""
    return write_statements(tmp_path_factory.mktemp("statements"), {"de": "de5-", "en": "en[578]-"})


@pytest.fixture
def themewire(tmp_path: Path, cache: Path, statements: Path) -> Command:
    settings = {"classify.encoder": "characters", "data.cache": str(cache), "train.statements": str(statements)}
    return Command(tmp_path / "data", settings)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts the command as a process of its own, most of them several times, is slow."""
    for item in items:
        if isinstance(item, pytest.Function) and "themewire" in item.fixturenames:
            item.add_marker(pytest.mark.slow)
