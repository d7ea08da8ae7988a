"""How the rows of a stage's tables lie in its changelog."""

import msgspec

from stream.log.records import Change, Out, Record

__all__ = ["change_of", "changelog", "record_for"]


def changelog(stage: str) -> str:
    """The compacted topic that holds a stage's tables."""
    return f"table.{stage}"


def record_for(stage: str, change: Change) -> Out:
    """A row as a record of the changelog."""
    key = msgspec.json.encode((change.table, change.key)).decode()
    value = None if change.value is None else msgspec.msgpack.encode((change.due, change.value))
    return Out(changelog(stage), key, value)


def change_of(record: Record) -> Change:
    """The row of a record of the changelog."""
    table, key = msgspec.json.decode(record.key, type=tuple[str, str])
    if record.value is None:
        return Change(table, key, None)
    due, value = msgspec.msgpack.decode(record.value, type=tuple[int | None, bytes])
    return Change(table, key, value, due)
