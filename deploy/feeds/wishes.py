"""What people wish to be polled, as they type it or as another reader exports it."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from msgspec.structs import replace

from deploy.feeds.opml import read_opml
from deploy.running.feed_address import BadAddress, checked_url, feed_at
from stream.records import Feed

__all__ = ["Import", "from_opml", "typed_url"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])")  # what is before a port is a host


@dataclass(frozen=True)
class Import:
    """What an OPML document comes to: feeds that are new, how many are known, and in sentences what is not taken."""

    new: tuple[Feed, ...]
    known: int
    refused: tuple[str, ...]
    warnings: tuple[str, ...]


def typed_url(text: str) -> str:
    """Return an address as people type it into a browser, https where they write no scheme; raises as `checked_url`."""
    text = text.strip()
    return checked_url(text if _SCHEME.match(text) else f"https://{text.lstrip('/')}")


def from_opml(data: bytes, known: Collection[str]) -> Import:
    """Return what an OPML document brings beside the feeds of these ids; raises `OpmlError` for what is none."""
    found = read_opml(data)
    new, refused = dict[str, Feed](), []
    for address, title in found.feeds:
        try:
            feed = feed_at(address)
        except BadAddress as error:
            refused.append(str(error))
            continue
        if feed.id not in known:
            new[feed.id] = replace(feed, title=title)
    there = len(found.feeds) - len(new) - len(refused)
    return Import(tuple(new.values()), there, tuple(refused), tuple(found.warnings))
