"""feedparser, made to read on: an odd element costs itself, never its entry, and an odd entry never the feed.

What feedparser raises on is passed over and named. So are, within an entry, structures of their own, whose titles and
links would be taken for the entry's: an item's image, and what lies within an element that has no parts by any format.
"""

import io
import xml.sax
from collections.abc import Sequence
from typing import Any, NamedTuple

from feedparser.api import PREFERRED_XML_PARSERS, LooseFeedParser, StrictFeedParser  # no public names: pinned
from feedparser.sanitizer import replace_doctype

from collectors.fetching.headers import printable

__all__ = ["Found", "read"]

MOST_NAMED = 5
MOST_LOOSE = (
    250_000  # tags of a damaged document: with more of them it is read up to the damage, in a fifth of the time
)
MOST_PARTS = 1_000  # of an entry, or of the feed between two entries
_ENTRIES = ("item", "entry")
_STRUCTURES = ("image", "textinput")
_WITH_PARTS = ("source", "author", "contributor", "media:group", "media:content")
_TAKEN = ("title", "link", "description", "summary", "content", "guid", "id")  # none of them is a part


class Found(NamedTuple):
    """What feedparser made of a document: its dicts, what the damage was, and what was passed over."""

    feed: Any
    entries: list[Any]
    version: str
    damage: Exception | None
    passed_over: Sequence[str]


class _ReadingOn:
    """Stands before feedparser's handlers."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.passed_over: dict[str, str] = {}
        self._unseen = ""  # the structure that is passed over, up to its end or its entry's
        self._odd = False  # whether something was passed over since the last entry began
        self._parts = self._beyond = 0  # since then; and how deep within those that are too many

    def unknown_starttag(self: Any, tag: str, attrs: list[tuple[str, str]]) -> None:
        if tag in _ENTRIES:
            self._begin_anew()
        if self._is_too_many(tag):
            return
        self._parts += not self.incontent
        if self._unseen:
            return
        if tag in _STRUCTURES and self.inentry and not self.incontent:
            self._unseen = tag
            return
        try:
            super().unknown_starttag(tag, attrs)  # type: ignore[misc]  # feedparser's
        except MemoryError:
            raise
        except Exception as error:
            self._pass_over(tag, error)

    def unknown_endtag(self: Any, tag: str) -> None:
        if tag in _ENTRIES:
            self._parts = self._beyond = 0
        if self._beyond:
            self._beyond -= 1
            return
        if self._unseen:
            if tag not in (self._unseen, *_ENTRIES):
                return
            ended, self._unseen = self._unseen, ""
            if tag == ended:
                return
        depth, bases = self.depth, len(self.basestack)
        try:
            super().unknown_endtag(tag)  # type: ignore[misc]  # feedparser's
        except MemoryError:
            raise
        except Exception as error:
            self._pass_over(tag, error)
            self.depth = depth - 1
            for stack in (self.basestack, self.langstack):
                del stack[max(0, bases - 1) :]

    def _is_too_many(self: Any, tag: str) -> bool:
        """Whether the element that begins is beyond what an entry may have; it is passed over up to its end."""
        if self._parts < MOST_PARTS or self.incontent or tag in _ENTRIES:
            return False
        self._beyond += 1
        self.passed_over.setdefault(tag, f"an entry has more than {MOST_PARTS:,} parts")
        return True

    def _add_tag(self: Any, *_: object) -> None:
        """Nobody reads categories, and each would be compared to all before it."""
        self._get_context().setdefault("tags", [])

    def _begin_anew(self: Any) -> None:
        """What an odd element has left behind ends with its entry."""
        self._unseen = ""
        self._parts = self._beyond = 0
        if self._odd:
            self.elementstack.clear()
            self.contentparams.clear()
            self.incontent = self.inimage = self.intextinput = self.insource = self.inauthor = self.incontributor = 0
            self._summaryKey, self._odd = None, False

    def _pass_over(self, tag: str, error: Exception) -> None:
        self._odd = True
        self.passed_over.setdefault(tag, f"{type(error).__name__}: {error}")

    def warnings(self) -> list[str]:
        """A sentence for each kind of element that was passed over."""
        return [printable(f"<{tag}> was passed over ({why})")[:200] for tag, why in self.passed_over.items()][
            :MOST_NAMED
        ]


class _Strict(_ReadingOn, StrictFeedParser):  # type: ignore[misc]  # untyped library
    """For whole XML: of what lies deeper than a field of an entry, only the parts of a few known fields are read."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self._within = 0  # how deep within a field that has no parts
        self._parts_of = ""  # the field whose parts are met

    def startElementNS(self, name: tuple[str, str], qname: str, attrs: object) -> None:
        if not self._is_too_many(name[1].lower()):  # before feedparser looks up what it is
            super().startElementNS(name, qname, attrs)

    def endElementNS(self, name: tuple[str, str], qname: str) -> None:
        if self._beyond and name[1].lower() not in _ENTRIES:
            self._beyond -= 1
        else:
            super().endElementNS(name, qname)

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        if self._within:
            self._within += 1
            return
        in_entry = self.inentry and not self.incontent and tag not in _ENTRIES
        if in_entry and tag in _TAKEN and self._parts_of not in ("", "source"):
            self._unseen = self._unseen or tag
        super().unknown_starttag(tag, attrs)
        if tag in _WITH_PARTS or tag in _ENTRIES:
            self._parts_of = tag if in_entry else ""
        elif in_entry and not self.incontent:
            self._within = 1

    def unknown_endtag(self, tag: str) -> None:
        if self._within:
            self._within -= 1
            if self._within:
                return
        if tag == self._parts_of:
            self._parts_of = ""
        super().unknown_endtag(tag)


class _Loose(_ReadingOn, LooseFeedParser):  # type: ignore[misc]  # untyped library
    """For damaged XML, where nothing says what lies within what."""


def read(document: bytes) -> Found:
    """What a document in UTF-8 says, read strictly where it is whole, else loosely; raises only for want of memory."""
    version, data, entities = replace_doctype(document)
    parser, damage = _strictly(data)
    if damage is not None and document.count(b"<") <= MOST_LOOSE:
        parser = _Loose("", None, "utf-8", entities)
        _settle(parser)
        try:
            parser.feed(data.decode("utf-8", "replace"))
        except MemoryError:
            raise
        except Exception as error:  # what was read until then is read
            damage = error
    return Found(parser.feeddata, parser.entries, version or parser.version, damage, parser.warnings())


def _strictly(data: bytes) -> tuple[Any, Exception | None]:
    parser = _Strict("", None, "utf-8")
    _settle(parser)
    reader = xml.sax.make_parser(PREFERRED_XML_PARSERS)
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setFeature(xml.sax.handler.feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    try:
        reader.parse(io.BytesIO(data))
    except MemoryError:
        raise
    except Exception as error:  # SAX's own, or feedparser's for what it takes no name of
        return parser, error
    return parser, parser.exc


def _settle(parser: Any) -> None:  # noqa: ANN401 (untyped library)
    """Texts come raw, and are cleaned where they are decided on."""
    parser.resolve_relative_uris = parser.sanitize_html = False
