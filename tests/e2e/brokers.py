"""A broker of a test's own: a stream of the settings has all of a broker."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.kafka_broker import Broker

__all__ = ["started"]


@contextmanager
def started() -> Iterator[Broker]:
    """One that runs, and ends with its data."""
    made = Broker()
    try:
        made.start()
        yield made
    finally:
        made.stop()
