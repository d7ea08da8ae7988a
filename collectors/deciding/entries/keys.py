"""What identifies an entry within its feed.

An entry has up to four keys. Its *guid*, unless another entry of the document has the same one; the same guid without
what counts its edits (`#2`, `?v=2`), unless another entry has that. Its canonical *link*, fragment included,
unless another entry has it or it is the site's own. Its *title and date*, unless another entry has both; and an entry
without such a link that has no date, or shares title and date with another, is known by its summary, too.
"""

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b

from collectors.parsing.parsed import Entry
from stream.text.links import is_site_root, page_of

__all__ = ["Keys", "keys_of", "long_hash", "short_hash"]

_COUNTER = re.compile(
    r"(?:#(?:v|ver|rev|edit|update)?[-_=]?\d+|[?&;](?:v|ver|version|rev|revision|edit|update|updated|mod|modified)=[\w.:+-]*"
    r"|[-_./:@;](?:v|ver|version|rev|revision|edit|update)[-_./:=]?\d+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What identifies an entry; b"" where nothing does."""

    guid: bytes
    link: bytes
    text: bytes
    counted: bytes = b""  # the guid without what counts its edits

    def all(self) -> list[bytes]:
        """Those that there are."""
        return [key for key in dict.fromkeys((self.guid, self.link, self.text, self.counted)) if key]

    @property
    def identity(self) -> bytes:
        """What copies of an entry within one document share."""
        return self.guid + self.link or self.text

    @property
    def entry_id(self) -> str:
        """The entry's id within its feed."""
        return (self.guid or self.link or self.text).hex()


def keys_of(entries: Sequence[Entry], links: Sequence[str], site: Set[str]) -> list[Keys]:
    """The keys of each entry of a document; copies of an entry share them. `site` are the pages of the site itself."""
    named = [(entry.guid.strip("\0 \t\r\n"), link, entry.title) for entry, link in zip(entries, links, strict=True)]
    guids = Counter(guid for guid, _, _ in set(named))
    counted = Counter(_COUNTER.sub("", guid) for guid in guids)
    pages = [page_of(link) for link in links]
    listed = Counter(
        page for _, page, _ in {(guid, page, title) for (guid, _, title), page in zip(named, pages, strict=True)}
    )
    texts = {(name, entry.published, entry.summary) for name, entry in zip(named, entries, strict=True)}
    dates = Counter((title, published) for (_, _, title), published, _ in texts)
    keys = []
    for (guid, link, title), page, entry in zip(named, pages, entries, strict=True):
        by_guid = long_hash("guid", guid) if guid and guids[guid] == 1 else b""
        identifies = link and listed[page] == 1 and page not in site and not is_site_root(link)
        by_link = long_hash("link", page) if identifies else b""
        by_text = b""
        alone = bool(title) and dates[title, entry.published] == 1
        if alone and (entry.published or not (by_guid or by_link)):
            by_text = long_hash("text", title, entry.published)
        elif not by_link:  # also beside a guid: it may be another one at the next poll
            by_text = long_hash("text", title, entry.published, entry.summary)
        bare = _COUNTER.sub("", guid)
        by_count = long_hash("guid", bare) if by_guid and bare and counted[bare] == 1 else b""
        keys.append(Keys(by_guid, by_link, by_text, by_count))
    return keys


def long_hash(*parts: str) -> bytes:
    """The 8 bytes of a key."""
    return blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=8).digest()


def short_hash(*parts: str) -> bytes:
    """4 bytes that tell one text of an entry from another."""
    return blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=4).digest()
