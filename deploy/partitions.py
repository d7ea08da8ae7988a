"""Reads a topic as of now: all of it, or only the partitions in which given keys lie."""

import contextlib
from collections.abc import Collection, Iterator, Mapping

from stream.log import Log
from stream.stage import Record
from stream.topics import partition_of

__all__ = ["all_of", "records_of"]


def all_of(stream: Log, topic: str, start: Mapping[tuple[str, int], int] | None = None) -> Iterator[Record]:
    """The records that are there now, by partition in their order; `start` as for `Log.reader`."""
    with contextlib.closing(stream.reader([topic], start)) as reader:
        while not reader.caught_up():
            yield from reader.poll(1.0)


def records_of(stream: Log, topic: str, keys: Collection[str]) -> Iterator[Record]:
    """The records of these keys that are there now, in their order."""
    ends = stream.ends([topic])
    wanted = {partition_of(key, len(ends)) for key in keys}
    elsewhere = {at: end for at, end in ends.items() if at[1] not in wanted}  # read from its end on: nothing
    return (record for record in all_of(stream, topic, elsewhere) if record.key in keys)
