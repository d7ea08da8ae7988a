"""The default list: sources of the four themes and of news in general, each with where its address is known from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from seeds import package_text, parse_rows, text_of
from seeds.themes import load_themes

__all__ = ["SeedFeed", "load_feeds", "parse_feeds"]


@dataclass(frozen=True, slots=True)
class SeedFeed:
    """A source that the service polls from its first day.

    `themes` are those that it is there for, none where it brings news of all kinds. `lang` is an ISO 639 code, `kind`
    a kind of source, and `known_from` says where the address was found.
    """

    url: str
    title: str
    lang: str
    themes: tuple[str, ...]
    kind: str
    known_from: str


def load_feeds() -> tuple[SeedFeed, ...]:
    """Return the default list in the order of the file; raises ValueError if the file is damaged."""
    return parse_feeds(package_text("feeds.toml"), "feeds.toml")


def parse_feeds(text: str, source: str) -> tuple[SeedFeed, ...]:
    """Return the feeds of a TOML text with `[[feed]]` entries; raises ValueError, one sentence naming the source."""
    feeds = []
    seen: set[str] = set()
    known = {theme.id for theme in load_themes()}
    for number, row in enumerate(parse_rows(text, source, "feed"), start=1):
        where = f"{source}, feed {number}"
        url = text_of(row, "url", where)
        if not _is_web_address(url):
            raise ValueError(f"{where} has {url!r} for 'url', which is no http or https address.")
        if url in seen:
            raise ValueError(f"{where} repeats {url}.")
        seen.add(url)
        title, lang, known_from = (text_of(row, field, where) for field in ("title", "lang", "known_from"))
        kind = text_of(row, "kind", where) if "kind" in row else "feed"
        feeds.append(SeedFeed(url, title, lang, _themes(row, where, known), kind, known_from))
    return tuple(feeds)


def _themes(row: Mapping[str, Any], where: str, known: set[str]) -> tuple[str, ...]:
    themes = row.get("themes", [])
    if not isinstance(themes, list) or not all(isinstance(each, str) and each in known for each in themes):
        raise ValueError(f"{where} has {themes!r} for 'themes', which is no list of the shipped themes.")
    return tuple(themes)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # an IPv6 bracket left open, a port that is no number
        return False
