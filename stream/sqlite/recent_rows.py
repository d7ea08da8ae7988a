"""Rows as a member has lately committed them: what it writes it soon reads again, and a look into the file costs more.

Only the owner of a partition changes its rows, and a commit by any other is refused. So for as long as a member's share
stays as it is they are what the file says; where it changes, or a commit fails, all of them are forgotten.
"""

from collections.abc import Sequence

from stream.log.port import Work

__all__ = ["RecentRows"]

MOST = 1000
MOST_BYTES = 4096  # of one: what is larger takes more room than a look costs


class RecentRows:
    """The rows that were written last, by partition, table and key."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, str, str], bytes] = {}

    def get(self, partition: int, table: str, key: str) -> bytes | None:
        """The row's value; None where only the file tells."""
        return self._rows.get((partition, table, key))

    def committed(self, works: Sequence[Work]) -> None:
        """Takes over what has landed."""
        for work in works:
            for change in work.changes:
                at = (work.partition, change.table, change.key)
                self._rows.pop(at, None)
                if change.value is not None and len(change.value) <= MOST_BYTES:
                    self._rows[at] = change.value
        while len(self._rows) > MOST:
            del self._rows[next(iter(self._rows))]

    def forget(self) -> None:
        """The file alone tells."""
        self._rows.clear()
