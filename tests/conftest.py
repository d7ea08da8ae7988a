"""What tests of several rooms share: a real Kafka broker, started once a session and only when a test asks for it."""

import os
from collections.abc import Iterator

import pytest

from tests.kafka_broker import Broker, Missing


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A broker of this session; without Java or Maven its tests are skipped, but never under CI=true."""
    try:
        made = Broker()
    except Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def kafka_url(broker: Broker) -> str:
    """The broker's address as settings write it."""
    return broker.url
