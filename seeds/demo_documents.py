"""The documents of the demo's feeds, in the four formats of feeds."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from seeds.demo_items import DemoFeed, DemoItem

__all__ = ["FEEDS", "Write"]

Write = Callable[[DemoFeed, Sequence[DemoItem], datetime, str], str]


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


FEEDS: Mapping[str, tuple[Write, str]] = {  # how each format is written, and its content type
    "rss": (_rss, "application/rss+xml"),
    "atom": (_atom, "application/atom+xml"),
    "rdf": (_rdf, "application/rdf+xml"),
    "json": (_json, "application/feed+json"),
}
