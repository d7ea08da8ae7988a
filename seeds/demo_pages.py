"""What outlets of the demo have that are no feeds: a news sitemap, a JSON API, a page with a list, a status page."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seeds.demo import DemoFeed, DemoItem  # which has these formats

__all__ = ["NOT_FEEDS", "NotFeed"]


Write = Callable[["DemoFeed", Sequence["DemoItem"], datetime, str], str]


@dataclass(frozen=True)
class NotFeed:
    """A format: how it is written and served, and the kind of source that reads it, with its options."""

    write: Write
    content_type: str
    kind: str
    options: Mapping[str, str] = field(default_factory=dict)


def _sitemap(outlet: "DemoFeed", items: Sequence["DemoItem"], start: datetime, base: str) -> str:
    pages = "".join(
        f"<url><loc>{escape(base)}/items/{item.number}</loc><n:news><n:publication><n:name>{escape(outlet.title)}</n:name>"
        f"<n:language>{escape(item.lang)}</n:language></n:publication>"
        f"<n:publication_date>{item.published(start).isoformat()}</n:publication_date>"
        f"<n:title>{escape(item.title)}</n:title></n:news></url>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">\n{pages}</urlset>\n'
    )


def _api(outlet: "DemoFeed", items: Sequence["DemoItem"], start: datetime, base: str) -> str:
    results = [
        {
            "number": item.number,
            "headline": item.title,
            "text": item.summary,
            "links": {"page": f"{base}/items/{item.number}"},
            "published": int(item.published(start).timestamp()),
        }
        for item in items
    ]
    return json.dumps({"outlet": outlet.title, "count": len(results), "results": results}, ensure_ascii=False, indent=1)


def _page(outlet: "DemoFeed", items: Sequence["DemoItem"], start: datetime, base: str) -> str:
    about = f'<li class="piece"><h3><a href="{escape(base)}/">{escape(outlet.title)}</a></h3></li>\n'
    pieces = "".join(
        f'<li class="piece"><h3><a href="{escape(base)}/items/{item.number}">{escape(item.title)}</a></h3>'
        f"<time datetime={item.published(start).isoformat()}></time><p>{escape(item.summary)}</p></li>\n"
        for item in items
    )
    return _html(outlet, f'<ul class="pieces">\n{pieces}{about}</ul>')


def _status(outlet: "DemoFeed", items: Sequence["DemoItem"], start: datetime, base: str) -> str:
    rows = "".join(
        f'<tr><td><a href="{escape(base)}/items/{item.number}">{escape(item.title)}</a></td></tr>\n' for item in items
    )
    return _html(outlet, f"<table>\n{rows}</table>")


def _html(outlet: "DemoFeed", main: str) -> str:
    title = escape(outlet.title)
    return (
        f'<!doctype html><html lang="{escape(outlet.lang)}"><meta charset="utf-8"><title>{title}</title>\n'
        f"<main><h1>{title}</h1>\n{main}</main></html>\n"
    )


NOT_FEEDS: Mapping[str, NotFeed] = {
    "sitemap": NotFeed(_sitemap, "application/xml", "sitemap"),
    "api": NotFeed(
        _api,
        "application/json",
        "json",
        {
            "items": "results",
            "title": "headline",
            "link": "links.page",
            "id": "number",
            "summary": "text",
            "published": "published",
        },
    ),
    "page": NotFeed(_page, "text/html", "page", {"item": "li.piece", "title": "h3", "date": "time", "summary": "p"}),
    "status": NotFeed(_status, "text/html", "changes"),
}
