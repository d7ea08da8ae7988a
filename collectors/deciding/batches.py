"""Lists in rows: what would not fit into one row of a table goes into several."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

__all__ = ["in_batches"]

T = TypeVar("T")
ROW_BYTES = 300_000  # well under the limit of a record


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in order, in lists of at most `ROW_BYTES` of JSON, or of one larger value."""
    batch: list[T] = []
    size = 0
    for value in values:
        more = len(msgspec.json.encode(value)) + 1
        if batch and size + more > ROW_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(value)
        size += more
    if batch:
        yield batch
