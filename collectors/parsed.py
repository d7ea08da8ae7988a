"""What a document says, as the parser hands it over: raw text, each field bounded."""

import msgspec

__all__ = ["FIELD_LIMITS", "Entry", "ParseFailed", "Parsed", "bounded"]

FIELD_LIMITS = {"title": 20_000, "summary": 100_000, "link": 4_000, "author": 1_000, "date": 200}


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One entry; `published` is the date as given, `published_ms` what was made of it, None when nothing could be.

    `guid` is the id as given, or a hash of it when it is long. `link` is absolute.
    """

    guid: str
    link: str
    title: str
    summary: str
    author: str
    published: str
    published_ms: int | None
    lang: str = ""


class Parsed(msgspec.Struct, frozen=True):
    """A document that is a feed; from a damaged one, what could be read."""

    title: str
    lang: str
    site: str
    entries: tuple[Entry, ...]
    damaged: bool = False


class ParseFailed(msgspec.Struct, frozen=True):
    """Why a document is no feed: `not_a_feed`, `parse`, `unsafe_xml` or `timeout`, and a sentence."""

    kind: str
    message: str


def bounded(value: object, field: str) -> str:
    """A text of at most so many characters as the field may have, without half surrogates; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    text = value[: FIELD_LIMITS[field]]
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
