"""The list of feeds, those of a state first that somebody wants to see first, in pages.

What people have wished for since the index last heard of feeds is given along, and counts as if it were in the index.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from stream.index.feed_states import feed_words
from stream.index.session import IndexRows
from stream.log import topics
from stream.records import Feed, Poll, decode
from stream.sqlite.database import Database

__all__ = ["Changed", "FeedRow", "FeedsWanted", "find_feeds", "heard_of_feeds"]

Changed = Mapping[str, Feed | None]  # by id; None is wished for no more

_LISTED = """WITH changed AS (
  SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS state,
    json_extract(value, '$[2]') AS title, json_extract(value, '$[3]') AS address FROM json_each(?)
), listed AS (
  SELECT id, state, title, address FROM feed WHERE id NOT IN (SELECT id FROM changed)
  UNION ALL SELECT * FROM changed WHERE state IS NOT NULL
) """
_COUNT = f"{_LISTED} SELECT state, count(*) FROM listed GROUP BY state"
_FIND = f"""{_LISTED} SELECT state, title, id FROM listed WHERE state = ? AND (title, id) > (?, ?)
AND (? OR NOT EXISTS (SELECT 1 FROM json_each(?) AS word WHERE NOT instr(title || ' ' || address, word.value)))
ORDER BY title, id LIMIT ?"""
_HEARD = "SELECT topic, partition, next_offset FROM position WHERE topic = ?"


class FeedRow(NamedTuple):
    """A feed's place in the list: its state, its title without case, and its id, which is its own."""

    state: str
    title: str
    id: str


@dataclass(frozen=True)
class FeedsWanted:
    """Those of these `states`, in the order of these, whose titles or addresses have all `words`; `after` is the row
    that the list goes on from."""

    states: Sequence[str]
    words: Sequence[str] = ()
    after: FeedRow | None = None
    limit: int = 50
    changed: Changed = field(default_factory=dict)


def find_feeds(index: Database, wanted: FeedsWanted) -> tuple[list[FeedRow], Counter[str]]:
    """Return the rows, and how many feeds there are in each state, wanted or not; raises `LogError`."""
    changed, words = json.dumps(_rows(IndexRows(index), wanted.changed)), [word.casefold() for word in wanted.words]
    states, after, found = list(wanted.states), wanted.after, list[FeedRow]()
    if after:
        states = states[states.index(after.state) :] if after.state in states else []
    for state in states:
        place = after[1:] if after and after.state == state else ("", "")
        values = (changed, state, *place, not words, json.dumps(words), wanted.limit - len(found))
        found += [FeedRow(*row) for row in index.read(_FIND, values)]
        if len(found) == wanted.limit:
            break
    return found, Counter(dict(index.read(_COUNT, (changed,))))


def heard_of_feeds(index: Database) -> dict[tuple[str, int], int]:
    """Up to which offsets the index has heard what is wished for, by (topic, partition); raises `LogError`."""
    return {(topic, partition): offset for topic, partition, offset in index.read(_HEARD, (topics.FEEDS,))}


def _rows(rows: IndexRows, changed: Changed) -> list[tuple[str | None, ...]]:
    found = list[tuple[str | None, ...]]()
    for name, feed in changed.items():
        if feed is None:
            found.append((name, None, None, None))
            continue
        last = rows.get(topics.POLLS, name)
        poll = decode(last, Poll) if last else None
        found.append((name, feed.state(poll.state if poll else ""), *feed_words(feed, poll.title if poll else "")))
    return found
