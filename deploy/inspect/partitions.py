"""Reads only the partitions in which given keys lie: a part of a topic, where the whole would be much."""

from collections.abc import Collection, Iterator

from stream.log.port import Log, records
from stream.log.records import Record
from stream.log.topics import partition_of

__all__ = ["records_of"]


def records_of(stream: Log, topic: str, keys: Collection[str], since: int = 0) -> Iterator[Record]:
    """The records of these keys that are there now, in their order; of those that were appended since (ms) only."""
    ends = stream.ends([topic])
    wanted = {partition_of(key, len(ends)) for key in keys}
    begins = stream.since([topic], since) if since else {}
    elsewhere = {at: end for at, end in ends.items() if at[1] not in wanted}  # read from its end on: nothing
    return (record for record in records(stream, [topic], begins | elsewhere) if record.key in keys)
