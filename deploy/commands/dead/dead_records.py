"""The records of `dead`: read and found."""

import msgspec

from deploy.options import CommandError
from stream.log.port import Log
from stream.ops.dead import dead_records
from stream.records import Dead

__all__ = ["REBUILT", "dead_row", "find"]

REBUILT = "index"  # the stage that has no retry topic


def find(log: Log, origin: str) -> list[tuple[str, Dead]]:
    """Of one origin, a record for each stage that could not handle it."""
    found = [each for each in dead_records(log) if each[0] == origin]
    if not found:
        raise CommandError(f"there is no dead record {origin!r}: `themewire dead list` shows them")
    return found


def dead_row(dead: Dead) -> dict[str, object]:
    """A dead record for programs, without its bytes."""
    row: dict[str, object] = msgspec.to_builtins(dead)
    return {name: row[name] for name in ("stage", "key", "error", "at", "requeued_at")}
