"""The records that a stage could not handle, as they stand now."""

from stream.log import topics
from stream.log.port import Log, records
from stream.log.readable import readable_records
from stream.records import Dead

__all__ = ["dead_records"]


def dead_records(log: Log) -> list[tuple[str, Dead]]:
    """(origin, record): the last of each origin and stage, the oldest first; raises `LogError`."""
    found = ((record.key, record.value) for record in records(log, [topics.DEAD]))
    last = {(origin, dead.stage): dead for origin, dead in readable_records(found, Dead)}
    return [(origin, dead) for (origin, _), dead in last.items()]
