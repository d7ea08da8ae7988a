"""Atom feeds (RFC 4287) of alerts, where a retracted one stays and says so, and of items."""

import re
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from starlette.requests import Request
from starlette.responses import Response

from stream.index.stage import ItemDoc
from stream.records import Alert
from stream.units import utc

__all__ = ["alerts_feed", "atom_response", "items_feed"]

_ATOM = "http://www.w3.org/2005/Atom"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STEERING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # turns the direction of what follows


def alerts_feed(name: str, alerts: Sequence[Alert]) -> ET.Element:
    """Return the feed of these alerts, the newest first; `name` is that of a theme or a subscription."""
    updated = max((alert.alerted_at for alert in alerts), default=0)
    return _feed(f"urn:themewire:alerts:{name}", name, updated, [_alert(each) for each in alerts])


def items_feed(name: str, title: str, docs: Sequence[ItemDoc]) -> ET.Element:
    """Return the feed of these items, the newest first; `name` is that of a search."""
    return _feed(f"urn:themewire:search:{name}", title, max((doc.at for doc in docs), default=0), [*map(_item, docs)])


def atom_response(request: Request, feed: ET.Element, address: str) -> Response:
    """The feed, which has this address, or 304 for a reader that has it as it is."""
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="self", href=address)
    document: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    tag = f'"{sha256(document).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=60"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(document, media_type="application/atom+xml; charset=utf-8", headers=headers)


def _feed(name: str, title: str, updated: int, entries: Sequence[ET.Element]) -> ET.Element:
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", name)
    _add(feed, "title", f"themewire: {title}")
    _add(feed, "updated", _time(updated))
    _add(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", "themewire")
    feed.extend(entries)
    return feed


def _item(doc: ItemDoc) -> ET.Element:
    item = doc.item
    entry = ET.Element(f"{{{_ATOM}}}entry")
    _add(entry, "id", f"urn:themewire:item:{item.id}")
    _add(entry, "title", item.title or "(no title)")
    _add(entry, "updated", _time(doc.at or item.first_seen))
    _add(entry, "published", _time(item.published or item.first_seen))
    if urlsplit(item.url).scheme in ("http", "https"):
        ET.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", href=_clean(item.url))
    _add(entry, "summary", f"{item.summary}\n\n{item.source} ({doc.decision})".strip())
    for tag in doc.tags:
        ET.SubElement(entry, f"{{{_ATOM}}}category", term=_clean(tag))
    return entry


def _alert(alert: Alert) -> ET.Element:
    entry = ET.Element(f"{{{_ATOM}}}entry")
    _add(entry, "id", f"urn:themewire:alert:{alert.id}")
    _add(entry, "title", f"Retracted: {alert.title}" if alert.kind == "retracted" else alert.title or "(no title)")
    _add(entry, "updated", _time(alert.alerted_at))
    _add(entry, "published", _time(alert.published or alert.first_seen))
    if urlsplit(alert.url).scheme in ("http", "https"):
        ET.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", href=_clean(alert.url))
    for each in alert.related:
        if urlsplit(each.url).scheme in ("http", "https"):
            ET.SubElement(entry, f"{{{_ATOM}}}link", rel="related", href=_clean(each.url), title=_clean(each.title))
    names = ", ".join(source.name for source in alert.sources)
    sure = "" if alert.sure else ", unsure"
    text = "\n\n".join(part for part in (alert.summary, alert.excerpt and f"… {alert.excerpt} …") if part)
    _add(entry, "summary", f"{text}\n\n{names} ({alert.theme} {alert.probability:.2f}{sure})".strip())
    ET.SubElement(entry, f"{{{_ATOM}}}category", term=alert.theme)
    return entry


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = _clean(text)


def _clean(text: str) -> str:
    return _STEERING.sub("", _NOT_IN_XML.sub(" ", text))


def _time(moment: int) -> str:
    return utc(moment).isoformat(timespec="seconds")
