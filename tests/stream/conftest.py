"""Processes of their own that use the test's backend, and end with the test."""

from collections.abc import Callable, Iterator

import pytest

from tests.stream.backends import Backend, Child


@pytest.fixture
def child(backend: Backend) -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def start(*arguments: str) -> Child:
        children.append(Child(backend.address, *arguments))
        return children[-1]

    yield start
    for one in children:
        one.end()
