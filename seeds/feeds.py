"""The default feeds: real sites, each with where its address is known from."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from seeds import package_text, parse_rows, text_of

__all__ = ["SeedFeed", "load_feeds", "parse_feeds"]


@dataclass(frozen=True, slots=True)
class SeedFeed:
    """A feed that the service polls from its first day; `lang` is an ISO 639 code, `known_from` names a source."""

    url: str
    title: str
    lang: str
    known_from: str


def load_feeds() -> tuple[SeedFeed, ...]:
    """Return the default feeds in the order of the file; raises ValueError if the file is damaged."""
    return parse_feeds(package_text("feeds.toml"), "feeds.toml")


def parse_feeds(text: str, source: str) -> tuple[SeedFeed, ...]:
    """Return the feeds of a TOML text with `[[feed]]` entries; raises ValueError, one sentence naming the source."""
    feeds = []
    seen: set[str] = set()
    for number, row in enumerate(parse_rows(text, source, "feed"), start=1):
        where = f"{source}, feed {number}"
        url = text_of(row, "url", where)
        if not _is_web_address(url):
            raise ValueError(f"{where} has {url!r} for 'url', which is no http or https address.")
        if url in seen:
            raise ValueError(f"{where} repeats {url}.")
        seen.add(url)
        feeds.append(SeedFeed(url, *(text_of(row, field, where) for field in ("title", "lang", "known_from"))))
    return tuple(feeds)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # an IPv6 bracket left open, a port that is no number
        return False
