"""What of imported entries is new, revised or known: decided as a document's are, but that there is no feed to poll.

An archive is history. It goes on the stream like the first document of a feed, and raises no alerts; but somebody has
asked for it, so it is judged however old it is.
"""

from dataclasses import replace as with_
from typing import NamedTuple

from msgspec.structs import replace

from collectors.deciding.documents import DocumentRules
from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.entries.novelty import DecidedEntries, decide_entries
from collectors.deciding.entries.seen import load_seen, save_seen
from collectors.deciding.feed.state import FeedState
from collectors.importing.record import Import
from collectors.parsing.parsed import Parsed
from stream.engine.tables import Table, Tables
from stream.records import Feed, Poll

__all__ = ["Imported", "take_import"]

MOST = 2**63  # of old entries at once: none is held back, since a person has asked for them
IMPORTED = Table("imported", FeedState)  # by the record's key; of the state only the names of its seen rows


class Imported(NamedTuple):
    """What a record of entries comes to: the source as a feed, its entries, and their balance as a poll's."""

    feed: Feed
    entries: DecidedEntries
    poll: Poll


def take_import(tables: Tables, key: str, record: Import, rules: DocumentRules, now: int) -> Imported:
    """Decides on the entries of one record; what was imported before is known."""
    feed = Feed(id=record.feed, url=f"import:{record.name}", title=record.name)
    state = IMPORTED.get(tables, key) or FeedState(replace(feed, id=key))
    seen = load_seen(tables, state)
    limits = FloodLimits(rules.limits.new_within, MOST) if record.news else None
    parsed = Parsed("", "", "", record.entries)
    entries = decide_entries(parsed, feed, record.name, seen, limits, now, rules.max_text)
    IMPORTED.put(tables, key, save_seen(tables, state, seen, now))
    items = [replace(item, imported=True, baseline=item.baseline or not record.news) for item in entries.items]
    return Imported(feed, with_(entries, items=items), _balance(feed, entries, now))


def _balance(feed: Feed, entries: DecidedEntries, now: int) -> Poll:
    return Poll(
        feed=feed.id,
        url=feed.url,
        title=feed.title,
        at=now,
        outcome="ok",
        error=None,
        state="healthy",
        entries=entries.count,
        document_entries=entries.count,
        new=entries.new,
        revised=entries.revised,
        seen=entries.seen,
        refused=entries.refused,
        baseline=entries.baseline,
    )
