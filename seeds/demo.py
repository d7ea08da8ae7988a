"""The demo's items and the feed documents that show them: data and pure functions; demo_server serves them.

A feed shows its baseline items at first; its live items, all newer, appear one by one. Every date is relative to the
demo's start, and ids and links stay the same at each request.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from seeds import package_text, parse_rows, text_of
from seeds.demo_pages import NOT_FEEDS

__all__ = ["CONTENT_TYPES", "DemoFeed", "DemoItem", "load_demo", "parse_demo", "render"]

CONTENT_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
    **{name: other.content_type for name, other in NOT_FEEDS.items()},
}


@dataclass(frozen=True, slots=True)
class DemoItem:
    """One invented headline, `age` minutes old at the demo's start, less than 0 for what comes after it.

    `theme` is what its writer meant, or None.
    """

    number: int
    feed: str
    lang: str
    title: str
    summary: str
    age: float
    live: bool = False
    theme: str | None = None

    def published(self, start: datetime) -> datetime:
        """Return the date that the item claims when the demo started at `start`."""
        return start - timedelta(minutes=self.age)


@dataclass(frozen=True, slots=True)
class DemoFeed:
    """An invented outlet; `format` is a key of CONTENT_TYPES, and its items are ordered oldest first."""

    name: str
    title: str
    format: str
    lang: str
    items: tuple[DemoItem, ...] = field(default=())

    @property
    def baseline(self) -> int:
        """How many items the first answer shows; the rest are live."""
        return sum(not item.live for item in self.items)

    @property
    def kind(self) -> str:
        """The kind of source that reads it."""
        return NOT_FEEDS[self.format].kind if self.format in NOT_FEEDS else "feed"

    @property
    def options(self) -> Mapping[str, str]:
        """The options of that kind."""
        return NOT_FEEDS[self.format].options if self.format in NOT_FEEDS else {}


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


def _link(item: DemoItem, base: str) -> str:
    return f"{base}/items/{item.number}"


def _id(item: DemoItem) -> str:
    return f"urn:themewire:demo:{item.number}"  # no host and no port, which differ from start to start


def _updated(items: Sequence[DemoItem], start: datetime) -> datetime:
    return items[0].published(start) if items else start


def _rss(feed: DemoFeed, items: Sequence[DemoItem], start: datetime, base: str) -> str:
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><link>{escape(_link(item, base))}</link>"
        f'<guid isPermaLink="false">{_id(item)}</guid><dc:language>{escape(item.lang)}</dc:language>'
        f"<pubDate>{format_datetime(item.published(start))}</pubDate>"
        f"<description>{escape(item.summary)}</description></item>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>\n'
        f"<title>{escape(feed.title)}</title><link>{escape(base)}/</link>"
        f"<description>{escape(feed.title)}</description><language>{escape(feed.lang)}</language>"
        f"<lastBuildDate>{format_datetime(_updated(items, start))}</lastBuildDate>\n{entries}</channel></rss>\n"
    )


def _atom(feed: DemoFeed, items: Sequence[DemoItem], start: datetime, base: str) -> str:
    entries = "".join(
        f"<entry xml:lang={quoteattr(item.lang)}><id>{_id(item)}</id><title>{escape(item.title)}</title>"
        f"<link href={quoteattr(_link(item, base))}/><published>{item.published(start).isoformat()}</published>"
        f"<updated>{item.published(start).isoformat()}</updated><summary>{escape(item.summary)}</summary></entry>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(feed.lang)}>\n'
        f"<id>urn:themewire:demo:{escape(feed.name)}</id><title>{escape(feed.title)}</title>"
        f"<link href={quoteattr(base + '/')}/><author><name>{escape(feed.title)}</name></author>"
        f"<updated>{_updated(items, start).isoformat()}</updated>\n{entries}</feed>\n"
    )


def _rdf(feed: DemoFeed, items: Sequence[DemoItem], start: datetime, base: str) -> str:
    order = "".join(f"<rdf:li rdf:resource={quoteattr(_link(item, base))}/>" for item in items)
    entries = "".join(
        f"<item rdf:about={quoteattr(_link(item, base))}><title>{escape(item.title)}</title>"
        f"<link>{escape(_link(item, base))}</link><description>{escape(item.summary)}</description>"
        f"<dc:identifier>{_id(item)}</dc:identifier><dc:language>{escape(item.lang)}</dc:language>"
        f"<dc:date>{item.published(start).isoformat()}</dc:date></item>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f"<channel rdf:about={quoteattr(f'{base}/feeds/{feed.name}')}><title>{escape(feed.title)}</title>"
        f"<link>{escape(base)}/</link><description>{escape(feed.title)}</description>"
        f"<dc:language>{escape(feed.lang)}</dc:language><dc:date>{_updated(items, start).isoformat()}</dc:date>"
        f"<items><rdf:Seq>{order}</rdf:Seq></items></channel>\n{entries}</rdf:RDF>\n"
    )


def _json(feed: DemoFeed, items: Sequence[DemoItem], start: datetime, base: str) -> str:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": f"{base}/",
        "feed_url": f"{base}/feeds/{feed.name}",
        "language": feed.lang,
        "items": [
            {
                "id": _id(item),
                "url": _link(item, base),
                "title": item.title,
                "content_text": item.summary,
                "date_published": item.published(start).isoformat(),
                "language": item.lang,
            }
            for item in items
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


_FEEDS = {"rss": _rss, "atom": _atom, "rdf": _rdf, "json": _json}
_WRITERS = {**_FEEDS, **{name: other.write for name, other in NOT_FEEDS.items()}}
