"""The documents of a poll of several steps: kept in rows until the last one has come, and then decided on as one.

A row holds the beginning of a step's document, or more of its entries. Its name is `POLL.STEP.N`, where POLL is when
the poll was due, so that what an earlier poll has left behind is never taken for this one's.
"""

from collections.abc import Sequence
from itertools import chain

import msgspec
from msgspec.structs import replace

from collectors.deciding.batches import in_batches
from collectors.deciding.feed.state import FeedState
from collectors.parsing.parsed import MOST_ENTRIES, Entry, too_many
from collectors.poll_result import Document, PollFailed
from stream.engine.tables import Table, Tables

__all__ = ["MOST_STEPS", "drop_parts", "joined", "keep_part", "take_parts"]

PARTS = Table("parts", Document)
MOST_STEPS = 100  # of one poll
MOST_ENTRY_BYTES = 700_000  # what is larger might not fit into a row
MOST_WARNINGS = 10


def keep_part(tables: Tables, state: FeedState, poll: str, step: int, document: Document) -> FeedState:
    """Keeps the document of a step that is not the last; returns the state that names its rows."""
    names = []
    part = document
    for number, entries in enumerate([*in_batches(map(_fitting, document.parsed.entries))] or [[]]):
        names.append(f"{poll}.{step}.{number}")
        PARTS.put(tables, f"{state.feed.id}/{names[-1]}", _with_entries(part, entries))
        part = replace(document, seconds=0.0, received=0, parsed=replace(document.parsed, warnings=()))
    return replace(state, part_rows=(*state.part_rows, *names))


def take_parts(tables: Tables, state: FeedState, poll: str) -> tuple[list[Document], FeedState]:
    """The documents of the poll's earlier steps, in order; their rows are deleted."""
    names = [name for name in state.part_rows if name.partition(".")[0] == poll]
    if not names:
        return [], state
    keys = [f"{state.feed.id}/{name}" for name in names]
    parts = [part for key in keys if (part := PARTS.get(tables, key)) is not None]
    for key in keys:
        PARTS.delete(tables, key)
    return parts, replace(state, part_rows=tuple(name for name in state.part_rows if name not in names))


def drop_parts(tables: Tables, state: FeedState) -> FeedState:
    """Deletes all of the feed's parts: those of polls that never came to their end."""
    for name in state.part_rows:
        PARTS.delete(tables, f"{state.feed.id}/{name}")
    return replace(state, part_rows=()) if state.part_rows else state


def joined(parts: Sequence[Document]) -> Document | PollFailed:
    """The documents of all steps as one: validators and title are the first one's, the cursor is the last one's.

    Where one of them is damaged nothing is kept by which the source could be called unchanged.
    """
    first, last = parts[0], parts[-1]
    entries = tuple(chain.from_iterable(part.parsed.entries for part in parts))
    seconds, received = sum(part.seconds for part in parts), sum(part.received for part in parts)
    if len(entries) > MOST_ENTRIES:
        refused = too_many(len(entries))
        return PollFailed(refused.kind, refused.message, 0.0, seconds, received)
    if last.next_url:
        return PollFailed("too_large", f"a poll of it takes more than {MOST_STEPS} requests", 0.0, seconds, received)
    damaged, partial = any(part.parsed.damaged for part in parts), any(part.parsed.partial for part in parts)
    warnings = tuple(chain.from_iterable(part.parsed.warnings for part in parts))[:MOST_WARNINGS]
    parsed = replace(first.parsed, entries=entries, damaged=damaged, partial=partial, warnings=warnings)
    whole = replace(first, parsed=parsed, seconds=seconds, received=received, next_url="", cursor=last.cursor)
    return replace(whole, etag="", last_modified="", body_hash="") if damaged else whole


def _with_entries(document: Document, entries: Sequence[Entry]) -> Document:
    return replace(document, parsed=replace(document.parsed, entries=tuple(entries)))


def _fitting(entry: Entry) -> Entry:
    """The entry, without its content where that makes it too large."""
    return entry if len(msgspec.json.encode(entry)) <= MOST_ENTRY_BYTES else replace(entry, content="")
