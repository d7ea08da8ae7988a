"""Items that are held back: they wait in rows of their own until a person releases them."""

from collections.abc import Sequence

from msgspec.structs import replace

from collectors.deciding.batches import in_batches
from collectors.deciding.entries.seen import load_seen, save_seen
from collectors.deciding.feed.state import FeedState
from stream.engine.tables import Table, Tables
from stream.log import topics
from stream.log.records import Out
from stream.records import Item, encode
from stream.units import SECOND

__all__ = ["HELD", "forget_held", "hold", "release", "released_items"]

HELD = Table("held", list[Item])


def hold(tables: Tables, state: FeedState, items: Sequence[Item], now: int) -> FeedState:
    """Keeps these items; returns the state that names their rows."""
    names = []
    for number, batch in enumerate(in_batches(items)):
        names.append(f"{now}.{number}")
        HELD.put(tables, f"{state.feed.id}/{names[-1]}", batch)
    return replace(state, held=state.held + len(items), held_rows=(*state.held_rows, *names)) if names else state


def release(tables: Tables, state: FeedState, now: int) -> FeedState:
    """Counts all that is held back as seen, and arms its rows, a second apart, to go on the stream."""
    seen = load_seen(tables, state)
    seen.release()
    for number, name in enumerate(state.held_rows):
        if items := HELD.get(tables, f"{state.feed.id}/{name}"):
            HELD.put(tables, f"{state.feed.id}/{name}", items, due=now + number * SECOND)
    return replace(save_seen(tables, state, seen, now), held=0, held_rows=())


def released_items(tables: Tables, key: str, now: int) -> list[Out]:
    """The items of a row whose time has come, as first seen now; the row is deleted."""
    items = HELD.get(tables, key) or []
    HELD.delete(tables, key)
    return [Out(topics.ITEMS, item.id, encode(replace(item, first_seen=now))) for item in items]


def forget_held(tables: Tables, state: FeedState) -> None:
    """Deletes the feed's rows."""
    for name in state.held_rows:
        HELD.delete(tables, f"{state.feed.id}/{name}")
