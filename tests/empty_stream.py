"""An empty stream of either backend."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kafka_broker import Broker

__all__ = ["BACKENDS", "stream"]

BACKENDS = ("sqlite", "kafka")


@contextmanager
def stream(backend: str, folder: Path) -> Iterator[str]:
    """The address of an empty stream."""
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'stream.db'}"
        return
    broker = Broker()
    try:
        broker.start()
        yield broker.url
    finally:
        broker.stop()
