"""Fixtures of the kinds of sources."""

from collections.abc import Callable, Iterator

import pytest

from collectors.parsing.parser_pool import ParserPool
from collectors.sources.kind import PollContext
from stream.records import Feed
from tests.collectors.sources.some_polls import Source, context_of
from tests.webserver import Web, serve


@pytest.fixture(scope="session")
def parsers() -> Iterator[ParserPool]:
    pool = ParserPool()
    yield pool
    pool.close()


@pytest.fixture
def site() -> Iterator[Web]:
    with serve() as server:
        yield server


@pytest.fixture
def polling(parsers) -> Iterator[PollContext]:
    with context_of(parsers) as context:
        yield context


@pytest.fixture
def source(polling, site) -> Callable[..., Source]:
    """A source of this kind at a path of the site."""
    return lambda kind, path, **options: Source(polling, Feed(id="f", url=site.base + path, kind=kind, options=options))
