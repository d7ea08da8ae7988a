"""The records of `dead`: read, found, and given back to their stages."""

import msgspec

from deploy.options import CommandError
from deploy.settings.locations import clock
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.log.topics import CANARY, retry_topic
from stream.ops.dead import dead_records
from stream.records import Dead, encode

__all__ = ["REBUILT", "dead_row", "find", "give_back", "why_it_stays"]

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


def why_it_stays(dead: Dead) -> str:
    """Return why it cannot be given back to its stage, empty where it can."""
    if dead.stage == REBUILT:
        return "is missing from the index only: delete the index file, and it is built again"
    if dead.value is None:
        return "was too large to keep, and cannot be requeued"
    if dead.topic.startswith(CANARY):  # on the way back it would be taken for an item of the world
        return "was a canary, and is not requeued: the next one comes by itself"
    return ""


def give_back(log: Log, origin: str, dead: Dead) -> None:
    """Has its stage try it again; only where nothing has it stay."""
    again = msgspec.structs.replace(dead, requeued_at=clock())
    log.append([Out(retry_topic(dead.stage), dead.key, dead.value), Out(topics.DEAD, origin, encode(again))])
