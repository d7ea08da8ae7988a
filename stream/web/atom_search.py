"""A search of the archive as an Atom feed: its name, which says what is looked for, and the items that it finds."""

from typing import Annotated, Literal

import msgspec

from stream.index.queries import Wanted, find_items
from stream.index.stage import ItemDoc
from stream.sqlite.database import Database
from stream.text.names import LONGEST_NAME
from stream.web.paging import cursor_of, place_of

__all__ = ["Search", "found_by", "name_of", "search_of", "title_of"]

MOST = 100  # items of a feed
Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]


class Search(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is looked for: what is empty does not matter; `theme` asks for items that are tagged with it."""

    q: Annotated[str, msgspec.Meta(max_length=200, description="Words, all of which it has.")] = ""
    theme: Name = ""
    decision: Literal["", "tagged", "unsure", "none", "not judged"] = ""
    lang: Name = ""
    source: Name = ""
    feed: Name = ""


def name_of(search: Search) -> str:
    """Return the search as a part of an address: one search has one name."""
    return cursor_of(search)


def search_of(name: str) -> Search:
    """Return the search of this name; raises `RequestRefused`."""
    return place_of(name, Search)


def title_of(search: Search) -> str:
    """Return what is looked for, in a few words."""
    return ", ".join(value for value in msgspec.structs.astuple(search) if value) or "all items"


def found_by(index: Database, search: Search) -> list[ItemDoc]:
    """Return the newest items that it finds; raises `LogError`."""
    wanted = Wanted(
        words=search.q, theme=search.theme, decision=search.decision, lang=search.lang, source=search.source,
        feed=search.feed, limit=MOST,
    )  # fmt: skip
    return list(find_items(index, wanted).docs)
