"""OPML in and out."""

import xml.sax
import xml.sax.handler
from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from stream.records import Feed

__all__ = ["OpmlError", "read_opml", "write_opml"]


class OpmlError(Exception):
    """The document is no OPML."""


class _Outlines(xml.sax.handler.ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.root = ""

    def startElement(self, name: str, attrs: xml.sax.xmlreader.AttributesImpl) -> None:
        self.root = self.root or name.lower()
        values = {key.lower(): attrs[key] for key in attrs.getNames()}
        if name.lower() == "outline" and values.get("xmlurl"):
            self.found.append((values["xmlurl"].strip(), (values.get("title") or values.get("text") or "").strip()))


def read_opml(data: bytes) -> list[tuple[str, str]]:
    """(address, title) of every feed, in order, each address once; entities are refused, like any other damage."""
    if b"<!ENTITY" in data:
        raise OpmlError("the OPML document declares entities, which are not read")
    outlines = _Outlines()
    try:
        xml.sax.parseString(data, outlines)
    except xml.sax.SAXException as error:
        raise OpmlError(f"this is no OPML document: {error}") from error
    if outlines.root != "opml":
        raise OpmlError(f"an OPML document was expected, and this begins with <{outlines.root}>")
    return list(dict(reversed(outlines.found)).items())[::-1]


def write_opml(feeds: Iterable[Feed]) -> str:
    """The feeds as an OPML 2.0 document."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines.append("<head><title>themewire</title></head><body>")
    for feed in feeds:
        name = quoteattr(feed.title or feed.url)
        lines.append(f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}/>')
    lines.append("</body></opml>")
    return "\n".join(lines) + "\n"
