"""A kind of source for tests: a catalogue, one address a line, of documents whose first line is a title.

A poll reads the catalogue and then each document, one step after the other. This is all that a kind is.
"""

import msgspec
from msgspec.structs import replace

from collectors.fetching.results import Fetched
from collectors.parsing.parsed import Entry, Parsed, absolute
from collectors.poll_result import Document, PollRequest, PollResult
from collectors.sources.kind import PollContext, SourceKind, read_options

__all__ = ["CATALOGUE"]


class CatalogueOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many documents of a catalogue are read."""

    most: int = 10


def parse_catalogue(body: bytes, content_type: str, url: str) -> Parsed:
    """An entry for each address."""
    first, *addresses = body.decode().split("\n")
    links = [absolute(url, address) for address in addresses if address]
    return Parsed(first, "en", "", tuple(Entry(link, link, "", "", "", None) for link in links))


def parse_page(body: bytes, content_type: str, url: str) -> Parsed:
    """One entry."""
    title, _, text = body.decode().partition("\n")
    return Parsed("", "en", "", (Entry(url, url, title, text, "", None, "en"),))


def poll_catalogue(request: PollRequest, context: PollContext) -> PollResult:
    """The catalogue, then the first of the addresses that are left in the cursor."""
    fetched = context.fetch(request, accept="text/plain")
    if not isinstance(fetched, Fetched):
        return fetched
    document = context.read(fetched, parse_page if request.step else parse_catalogue)
    if not isinstance(document, Document):
        return document
    left = request.cursor.split()
    if not request.step:
        most = read_options(request.options, CatalogueOptions).most
        left = [entry.link for entry in document.parsed.entries][:most]
        document = replace(document, parsed=replace(document.parsed, entries=()))
    return replace(document, next_url=left[0] if left else "", cursor=" ".join(left[1:]))


def is_catalogue(fetched: Fetched) -> bool:
    """It begins with the word."""
    return fetched.body.startswith(b"Catalogue")


CATALOGUE = SourceKind("catalogue", "A list of documents.", is_catalogue, poll_catalogue, CatalogueOptions)
