"""What of an XML document must not reach feedparser: declared entities, and shapes that cost it minutes.

One pass of expat over the text that feedparser will see, so that no spelling, comment or encoding hides anything. It
costs some two per cent of the parse.
"""

import re
from typing import NamedTuple
from xml.parsers import expat

from collectors.parsing.parsed import ParseFailed

__all__ = ["Guarded", "guarded"]

DEEPEST = 1000  # elements within elements: feedparser's time grows with the square
MOST_ATTRIBUTES = 1000  # of one element
_FIRST_ELEMENT = re.compile(rb"<\w")
# feedparser takes what stands so on a line before the first element for a declaration, even within a remark.
_DECLARATION = re.compile(rb"(?:\A|\n)[ \t\r\f\v]*<!ENTITY")
_ENTITIES = ParseFailed("unsafe_xml", "the document declares entities, which are not read")


class Guarded(NamedTuple):
    """Why a document is not to be parsed, if so; and whether it is whole, which a damaged one without harm is not."""

    refused: ParseFailed | None
    whole: bool


class _Refused(Exception):
    def __init__(self, why: ParseFailed) -> None:
        self.why = why


def guarded(document: bytes) -> Guarded:
    """What is to be known of a document, in UTF-8, before it is parsed."""
    if b"\0" in document[:64]:  # in two or four bytes a letter, and nothing says so: no parser reads it
        document = document.replace(b"\0", b"")
    first = _FIRST_ELEMENT.search(document)
    if _DECLARATION.search(document, 0, first.start() if first else len(document)):
        return Guarded(_ENTITIES, whole=False)
    try:
        _walk(document)
    except _Refused as refused:
        return Guarded(refused.why, whole=False)
    except expat.ExpatError:  # damaged: what stands behind the damage meets only feedparser's loose parser
        return Guarded(None, whole=False)
    return Guarded(None, whole=True)


def _walk(document: bytes) -> None:
    depth = 0

    def opened(_name: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _Refused(ParseFailed("parse", f"elements lie more than {DEEPEST:,} deep in one another"))
        if len(attributes) > 2 * MOST_ATTRIBUTES:
            raise _Refused(ParseFailed("parse", f"an element has more than {MOST_ATTRIBUTES:,} attributes"))

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_: object) -> None:
        raise _Refused(_ENTITIES)

    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True  # a list, which is quicker than a dict
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.EntityDeclHandler = declared
    parser.Parse(document, True)
