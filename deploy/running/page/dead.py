"""Dead records on the page: which wait, and having their stages try them again."""

from collections.abc import Collection, Sequence

from deploy.inspect.dead_records import give_back, why_it_stays
from stream.log.port import Log
from stream.ops.dead import dead_records
from stream.web.page import DeadDesk, DeadRow

__all__ = ["dead_desk"]


def dead_desk(stream: Log) -> DeadDesk:
    """The dead records of this stream."""

    def waiting() -> Sequence[DeadRow]:
        rows = [
            DeadRow(origin, dead.stage, dead.error, dead.at, why_it_stays(dead))
            for origin, dead in dead_records(stream)
            if not dead.requeued_at
        ]
        return sorted(rows, key=lambda row: (row.at, row.origin))

    def requeue(wanted: Collection[tuple[str, str]]) -> int:
        found = [
            (origin, dead)
            for origin, dead in dead_records(stream)
            if (origin, dead.stage) in wanted and not dead.requeued_at and not why_it_stays(dead)
        ]
        for origin, dead in found:
            give_back(stream, origin, dead)
        return len(found)

    return DeadDesk(waiting, requeue)
