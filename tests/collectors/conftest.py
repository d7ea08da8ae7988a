"""Fixtures of the collectors' tests."""

import pytest

from tests.collectors.partition import FEED, Partition


@pytest.fixture
def partition() -> Partition:
    """A partition with one wish."""
    partition = Partition()
    partition.update(FEED)
    return partition
