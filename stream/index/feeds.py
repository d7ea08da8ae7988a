"""How the feeds are, by the read model."""

import contextlib
from collections import Counter
from pathlib import Path

from stream.index.feed_states import count_feeds
from stream.index.session import open_index

__all__ = ["feeds_now"]


def feeds_now(path: Path, before: int) -> tuple[Counter[str], int]:
    """As `count_feeds`, of the index at this path; there are none where there is no index yet."""
    if not path.exists():
        return Counter[str](), 0
    with contextlib.closing(open_index(path)) as db:
        return count_feeds(db, before)
