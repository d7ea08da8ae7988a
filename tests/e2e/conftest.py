"""The two backends: a file, and a Kafka broker whose stream is empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.empty_stream import stream
from tests.some_statements import write_statements
from tests.stream.backends import BACKENDS


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models that were trained are kept for the next test, with the statements that they learn.

    Some of those that ship do for the ledger's texts, and are learnt in an eighth of the time.
    """
    folder = tmp_path_factory.mktemp("cache")
    write_statements(folder / "statements", {"de": "de5-", "en": "en[2357]?-"})
    return folder


@pytest.fixture(params=BACKENDS)
def stream_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty stream; on Kafka a broker of its own, since a stream of the settings has all of a broker."""
    if request.param == "kafka":
        request.getfixturevalue("broker")  # skips, or fails in CI, where there is no Java
    with stream(request.param, tmp_path) as url:
        yield url
