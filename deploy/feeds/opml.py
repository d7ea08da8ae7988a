"""OPML in and out: what is damaged is read as far as it goes, with a warning for each line that is."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from html.entities import html5
from html.parser import HTMLParser
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from collectors.parsing.decoding import decoded, encoding_of
from stream.errors import ThemewireError
from stream.records import Feed

__all__ = ["Opml", "OpmlError", "read_opml", "write_opml"]

MOST_WARNINGS = 20
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_REFERENCE = re.compile(r"&(#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{0,30};|)")
_ENCODING = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([^"']+)""")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class OpmlError(ThemewireError):
    """The document is no OPML."""


class Opml(NamedTuple):
    """(address, title) of every feed, in order, each address once; and what was damaged, as sentences."""

    feeds: list[tuple[str, str]]
    warnings: list[str]


class _Outlines(HTMLParser):
    """What is met on the way through a document: the root, and each address with its first title.

    Fed by expat where the document is whole; as a parser of its own it reads what is not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = ""
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name.lower()
        values = {key.lower(): value for key, value in attributes.items()}
        if name.lower() == "outline" and (url := values.get("xmlurl", "").strip()):
            self.found.setdefault(url, (values.get("title") or values.get("text") or "").strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.start(tag, {name: value or "" for name, value in reversed(attrs)})

    def declared(self, *_: object) -> None:
        raise OpmlError("the OPML document declares entities, which are not read")


def read_opml(data: bytes) -> Opml:
    """The feeds of an OPML document; `OpmlError` for what is none, and for one that declares entities."""
    text = decoded(data, "")
    warnings = [*_undecoded(data, text), *_blanks(text)]
    text = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), _after_blanks(text), count=1)
    try:
        outlines = _strictly(text)
    except expat.ExpatError:
        warnings += _marks(text)
        text = _REFERENCE.sub(_mended, _ILLEGAL.sub("", text))
        try:
            outlines = _strictly(text)
        except expat.ExpatError as error:
            outlines = _read_on(text)
            if not outlines.found:
                raise OpmlError(f"this is no OPML document: {error}") from error
            warnings.append(f"line {error.lineno}: {expat.ErrorString(error.code)}")
    if outlines.root != "opml":
        raise OpmlError(f"an OPML document was expected, and this begins with <{outlines.root}>")
    return Opml(list(outlines.found.items()), warnings[:MOST_WARNINGS])


def _strictly(text: str) -> _Outlines:
    outlines, parser = _Outlines(), expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EntityDeclHandler = outlines.start, outlines.declared
    parser.Parse(text.encode(), True)
    return outlines


def _read_on(text: str) -> _Outlines:
    """As HTML is read, where nothing is an error."""
    outlines = _Outlines()
    with contextlib.suppress(AssertionError):  # the parser's own, for `<![what it does not know[`; all before is read
        outlines.feed(text)
    if "<!entity" in text.lower():
        outlines.declared()
    return outlines


def _after_blanks(text: str) -> str:
    """The text from where it begins on, its lines counted as they were."""
    begun = text.lstrip()
    return "\n" * text.count("\n", 0, len(text) - len(begun)) + begun


def _undecoded(data: bytes, text: str) -> Iterator[str]:
    """The lines in which a byte means nothing."""
    declared = _ENCODING.search(text[:400])
    if b"\0" in data[:64] or (declared and encoding_of(declared[1]) not in ("", "utf-8")):
        wrong = [number for number, line in enumerate(text.split("\n"), 1) if "\ufffd" in line]
    else:
        wrong = [number for number, line in enumerate(data.split(b"\n"), 1) if not _is_utf_8(line)]
    return (f"line {number}: a byte is wrong for the document's encoding" for number in wrong)


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _blanks(text: str) -> Iterator[str]:
    if (begun := text.lstrip()).startswith("<?xml") and begun != text:
        at = text.count("\n", 0, len(text) - len(begun)) + 1
        yield f"line 1: there are blanks before the document's beginning on line {at}"


def _marks(text: str) -> Iterator[str]:
    """The lines with characters that XML has not, and with ampersands that begin nothing."""
    for number, line in enumerate(text.split("\n"), 1):
        if _ILLEGAL.search(line):
            yield f"line {number}: a control character was left out"
        if any(_mended(found) != found[0] for found in _REFERENCE.finditer(line)):
            yield f"line {number}: `&` should be written as `&amp;`"


def _mended(found: re.Match[str]) -> str:
    """An ampersand as XML wants it: HTML's names are none of XML's own, and a bare one stands for itself."""
    name = found[1]
    if name.startswith("#") or name in ("amp;", "lt;", "gt;", "quot;", "apos;"):
        return found[0]
    return escape(html5[name]) if name in html5 else "&amp;" + name


def write_opml(feeds: Iterable[Feed]) -> str:
    """The feeds as an OPML 2.0 document; what other kinds of sources there are among them no feed reader reads."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines.append("<head><title>themewire</title></head><body>")
    for feed in (feed for feed in feeds if feed.kind == "feed"):
        name = quoteattr(feed.title or feed.url)
        lines.append(f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}/>')
    lines.append("</body></opml>")
    return "\n".join(lines) + "\n"
