"""The demo's items and the feed documents that show them: data and pure functions; demo_server serves them.

A feed shows its baseline items at first; its live items, all newer, appear one by one. Every date is relative to the
demo's start, and ids and links stay the same at each request.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from seeds import package_text, parse_rows, text_of
from seeds.demo_documents import FEEDS
from seeds.demo_items import DemoFeed, DemoItem
from seeds.demo_pages import NOT_FEEDS

__all__ = ["CONTENT_TYPES", "MAIL", "load_demo", "parse_demo", "render", "source_of"]

MAIL = "mail"  # the format of an outlet that has no documents, but a folder of `seeds.demo_mail`
CONTENT_TYPES = {
    **{name: content_type for name, (_, content_type) in FEEDS.items()},
    **{name: other.content_type for name, other in NOT_FEEDS.items()},
}
_WRITERS = {
    **{name: write for name, (write, _) in FEEDS.items()},
    **{name: other.write for name, other in NOT_FEEDS.items()},
}


def load_demo() -> tuple[DemoFeed, ...]:
    """Return the demo's feeds with their items; raises ValueError if the file is damaged."""
    return parse_demo(package_text("demo.toml"), "demo.toml")


def parse_demo(text: str, source: str) -> tuple[DemoFeed, ...]:
    """Return the feeds of a TOML text with `[[feed]]` and `[[item]]` entries; raises ValueError, one sentence."""
    items = [_item(row, number, source) for number, row in enumerate(parse_rows(text, source, "item"), start=1)]
    feeds = []
    for number, row in enumerate(parse_rows(text, source, "feed"), start=1):
        where = f"{source}, feed {number}"
        name, title, form, lang = (text_of(row, key, where) for key in ("name", "title", "format", "lang"))
        if form not in CONTENT_TYPES:
            raise ValueError(f"{where} has the format {form!r}, which is none of {', '.join(CONTENT_TYPES)}.")
        own = tuple(sorted((item for item in items if item.feed == name), key=lambda item: -item.age))
        if any(older.live and not newer.live for older, newer in pairwise(own)):
            raise ValueError(f"{where} has a live item that is older than one of its baseline.")
        feeds.append(DemoFeed(name, title, form, lang, own))
    if sum(len(feed.items) for feed in feeds) != len(items):
        raise ValueError(f"{source} needs every item to name exactly one feed.")
    return tuple(feeds)


def source_of(feed: DemoFeed) -> tuple[str, Mapping[str, str]]:
    """Return the kind of source that reads a feed, and its options."""
    if feed.format == MAIL:
        return "imap", {}
    other = NOT_FEEDS.get(feed.format)
    return (other.kind, other.options) if other else ("feed", {})


def render(feed: DemoFeed, count: int, now: datetime, base: str, later: Sequence[DemoItem] = ()) -> bytes:
    """Return a document of the feed's format with its `count` oldest items and those that came `later`, newest first.

    `now` is the demo's start, aware of its zone; links are `base` + `/items/N`, base without a slash at its end.
    """
    items = (*feed.items[:count], *later)[::-1]
    return _WRITERS[feed.format](feed, items, now, base).encode()


def _item(row: Mapping[str, object], number: int, source: str) -> DemoItem:
    where = f"{source}, item {number}"
    feed, lang, title, summary = (text_of(row, key, where) for key in ("feed", "lang", "title", "summary"))
    age, live = row.get("age"), row.get("live", False)
    if type(age) is not int or age < 1:
        raise ValueError(f"{where} needs 'age', whole minutes from 1 up.")
    if type(live) is not bool:
        raise ValueError(f"{where} has a 'live' that is neither true nor false.")
    theme = text_of(row, "theme", where) if "theme" in row else None
    return DemoItem(number, feed, lang, title, summary, age, live, theme)
