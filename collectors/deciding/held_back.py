"""What was held back: items that wait in rows of their own until a person lets them through."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from collectors.deciding.seen_entries import remember, remembered
from collectors.deciding.state import FeedState
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out
from stream.records import Item, encode
from stream.units import SECOND

__all__ = ["HELD", "hold", "let_through", "release"]

HELD = "held"
ROW_BYTES = 300_000  # well under the limit of a record


def hold(tables: Tables, state: FeedState, items: Sequence[Item], now: int) -> FeedState:
    """Keeps these items; returns the state that knows where."""
    names = []
    for number, row in enumerate(_packed(items)):
        names.append(f"{now}.{number}")
        tables.put(HELD, f"{state.wish.id}/{names[-1]}", row)
    return replace(state, held=state.held + len(items), held_rows=(*state.held_rows, *names)) if names else state


def let_through(tables: Tables, state: FeedState, now: int) -> FeedState:
    """Has all that is held become seen, and come onto the stream row by row, a second apart."""
    memory = remembered(tables, state)
    memory.release()
    for number, name in enumerate(state.held_rows):
        if row := tables.get(HELD, f"{state.wish.id}/{name}"):
            tables.put(HELD, f"{state.wish.id}/{name}", row, due=now + number * SECOND)
    return replace(remember(tables, state, memory, now), held=0, held_rows=())


def release(tables: Tables, key: str, now: int) -> list[Out]:
    """The items of one row, as seen now."""
    row = tables.get(HELD, key)
    tables.delete(HELD, key)
    items = msgspec.json.decode(row, type=list[Item]) if row else []
    return [Out(topics.ITEMS, item.id, encode(replace(item, first_seen=now))) for item in items]


def _packed(items: Sequence[Item]) -> Iterator[bytes]:
    """JSON lists of items, each of bounded size."""
    batch: list[msgspec.Raw] = []
    size = 0
    for item in items:
        told = encode(item)
        if batch and size + len(told) > ROW_BYTES:
            yield msgspec.json.encode(batch)
            batch, size = [], 0
        batch.append(msgspec.Raw(told))
        size += len(told) + 1
    if batch:
        yield msgspec.json.encode(batch)
