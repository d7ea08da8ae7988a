"""OPML in and out."""

from collections.abc import Iterable
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from stream.records import Feed

__all__ = ["OpmlError", "read_opml", "write_opml"]


class OpmlError(Exception):
    """The document is no OPML."""


class _Outlines:
    """What expat meets on its way through a document: the root, and each address with its first title."""

    def __init__(self) -> None:
        self.root = ""
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name.lower()
        values = {key.lower(): value for key, value in attributes.items()}
        if name.lower() == "outline" and (url := values.get("xmlurl", "").strip()):
            self.found.setdefault(url, (values.get("title") or values.get("text") or "").strip())

    def entity(self, *_: object) -> None:
        """Asked here and not of the bytes, which may be in any encoding."""
        raise OpmlError("the OPML document declares entities, which are not read")


def read_opml(data: bytes) -> list[tuple[str, str]]:
    """(address, title) of every feed, in order, each address once; entities are refused, like any other damage."""
    outlines, parser = _Outlines(), expat.ParserCreate()
    parser.StartElementHandler, parser.EntityDeclHandler = outlines.start, outlines.entity
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: an encoding that is not known
        raise OpmlError(f"this is no OPML document: {error}") from error
    if outlines.root != "opml":
        raise OpmlError(f"an OPML document was expected, and this begins with <{outlines.root}>")
    return list(outlines.found.items())


def write_opml(feeds: Iterable[Feed]) -> str:
    """The feeds as an OPML 2.0 document."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines.append("<head><title>themewire</title></head><body>")
    for feed in feeds:
        name = quoteattr(feed.title or feed.url)
        lines.append(f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}/>')
    lines.append("</body></opml>")
    return "\n".join(lines) + "\n"
