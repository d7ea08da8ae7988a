"""What is sent and neither taken nor given up: kept up with the rows of the deliver stage as they are committed."""

from collections.abc import Mapping, Sequence

import msgspec

from stream.delivering.rows import ATTEMPTS
from stream.log.port import Work
from stream.log.records import Rows

__all__ = ["Pending"]


class _Sent(msgspec.Struct, frozen=True):
    at: int


class _Row(msgspec.Struct, frozen=True):
    """What of an attempt is read here, at each commit: to decode its alert as well would cost ten times as much."""

    outbound: _Sent


class Pending:
    """By partition, when (ms) each delivery was sent that is not done, the earliest first."""

    def __init__(self) -> None:
        self._sent: dict[int, dict[str, int]] = {}

    def owned(self, rows: Mapping[int, Rows]) -> None:
        """Of these partitions, and of no other, the rows are followed from now on."""
        self._sent = {partition: _all(each) for partition, each in rows.items()}

    def landed(self, works: Sequence[Work]) -> None:
        """Takes what was committed; a delivery that is tried again keeps its time."""
        for work in works:
            sent = self._sent.get(work.partition, {})
            for change in work.changes:
                if change.table != ATTEMPTS.name:
                    continue
                if change.value is None:
                    sent.pop(change.key, None)
                elif change.key not in sent:
                    sent[change.key] = _at(change.value)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(map(len, self._sent.values()))

    @property
    def oldest(self) -> int | None:
        """When the first of them was sent (ms)."""
        return min((next(iter(sent.values())) for sent in self._sent.values() if sent), default=None)


def _all(rows: Rows) -> dict[str, int]:
    found = [(_at(value), key) for key, value in rows.items(ATTEMPTS.name)]
    return {key: at for at, key in sorted(found)}


def _at(value: bytes) -> int:
    return msgspec.json.decode(value, type=_Row).outbound.at
