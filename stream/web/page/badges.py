"""What waits for somebody, as numbers beside the names of views."""

from collections.abc import Mapping

from stream.index.feed_states import count_feeds
from stream.sqlite.database import Database

__all__ = ["TROUBLE", "Badges"]

TROUBLE = ("failing", "gone", "silent")  # states of feeds that need somebody
_AT = "SELECT topic, sum(next_offset) FROM position WHERE topic IN ('feeds', 'polls') GROUP BY topic ORDER BY topic"


class Badges:
    """Counts anew only where the index has heard more of feeds since it last did."""

    def __init__(self) -> None:
        self._at: object = None
        self._counts: Mapping[str, int] = {}

    def of(self, index: Database) -> Mapping[str, int]:
        """By the path of a view; raises `LogError`."""
        at = index.read(_AT)
        if at != self._at:
            states, _ = count_feeds(index, 0)
            self._counts, self._at = {"/sources": sum(states[each] for each in TROUBLE)}, at
        return self._counts
