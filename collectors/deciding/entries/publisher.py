"""Who published an entry: the feed itself, or whoever it took the entry from, as Google News and planets do."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from collectors.deciding.text.clean import clean
from collectors.parsing.parsed import Entry
from stream.text.links import canonical_link

__all__ = ["Publisher", "Publishers"]

NAME_CHARACTERS = 120
NAMED = 0.6  # of the letters of a site's name
# Who carries others' items, with links to itself, and writes behind each title whose it is.
CARRIERS = frozenset({"news.google.com"})
_BEHIND = re.compile(r".*\s[-–—|]\s([^|–—]{2,60}?)\s*$", re.DOTALL)


class Publisher(NamedTuple):
    """The name of who published an entry; where another feed carried it, an address of theirs, and that feed's name."""

    name: str
    url: str = ""
    via: str = ""


class Publishers:
    """The publishers of one document, whose feed has this name and these addresses."""

    def __init__(self, feed: str, addresses: Iterable[str]) -> None:
        self._feed = feed
        self._own = {_host(address) for address in addresses} - {""}

    def of(self, entry: Entry, link: str, title: str) -> Publisher:
        """Who published an entry with this canonical link and this clean title."""
        name = clean(entry.source_name, NAME_CHARACTERS)
        url = canonical_link(entry.source_url) or (canonical_link(name) if "://" in name else "")
        name = _host(url) if "://" in name or not name else name
        if name:
            return Publisher(self._feed) if self._is_own(name, url, link) else self._carried(name, url, link)
        behind = _BEHIND.search(title)
        if behind and self._names(behind[1], link) and not self._is_own(behind[1], "", link):
            return self._carried(behind[1], "", link)
        return Publisher(self._feed)

    def _carried(self, name: str, url: str, link: str) -> Publisher:
        """An item's link is the publisher's address where it does not lead to the carrier."""
        elsewhere = _host(link) not in self._own | CARRIERS
        return Publisher(name, url or (link if elsewhere else ""), self._feed)

    def _is_own(self, name: str, url: str, link: str) -> bool:
        """Whether the source that an entry names is the feed that it is in."""
        return name.casefold() == self._feed.casefold() or (_host(url) in self._own and _host(link) in self._own)

    def _names(self, name: str, link: str) -> bool:
        """Whether the words behind a title are the name of where its link leads, or of whom a known carrier names."""
        host = _host(link)
        if host in CARRIERS:
            return True
        letters = re.sub(r"\W|_", "", name.casefold()).removeprefix("the")
        site = "".join(host.split(".")[:-1]).replace("-", "").removeprefix("the")
        shorter, longer = sorted((letters, site), key=len)
        return host not in self._own and len(shorter) >= max(3, NAMED * len(longer)) and shorter in longer


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")
