"""What of a document is new, revised or known.

An entry has up to three keys. Its *guid*, unless another entry of the document has the same one. Its canonical *link*,
unless another entry has it or it is the site's own. Its *title and date*, unless another entry has both. One known key
makes it known, but for two cases. A known guid with another link and another title is a slot that is used again, and a
known link with another guid and another title is a page that always stands there: each is a new entry.

An entry without such a link that has no date, or shares title and date with another, is known by its summary, too.

So guids that change at each poll, links that change by their tracking parameters, entries that vanish and return, and
feeds that move to another address or are dated anew at each poll yield nothing new.
"""

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from hashlib import blake2b

from collectors.deciding.dates import dated
from collectors.deciding.links import canonical_link, is_site_root, page_of
from collectors.deciding.memory import Mark, Memory
from collectors.deciding.text import SUMMARY_CHARACTERS, TITLE_CHARACTERS, clean, language_tag
from collectors.parsing.parsed import Entry, Parsed
from stream.ids import hashed
from stream.records import Feed, Item

__all__ = ["Entries", "item_id", "judge_entries"]

_DIGITS = re.compile(r"\d+")


@dataclass
class Entries:
    """The balance of a document's entries, with the records that they come to."""

    items: list[Item] = field(default_factory=list)
    new: int = 0
    revised: int = 0
    seen: int = 0
    held_back: int = 0
    refused: int = 0
    baseline: int = 0

    @property
    def count(self) -> int:
        """All entries of the document."""
        return self.new + self.revised + self.seen + self.held_back + self.refused


@dataclass(frozen=True, slots=True)
class _Keys:
    """What identifies an entry; b"" where nothing does."""

    guid: bytes
    link: bytes
    text: bytes

    def all(self) -> list[bytes]:
        return [key for key in (self.guid, self.link, self.text) if key]

    @property
    def identity(self) -> bytes:
        """What copies of an entry within one document share."""
        return self.guid + self.link or self.text

    @property
    def entry_id(self) -> str:
        return (self.guid or self.link or self.text).hex()


def item_id(link: str, feed: str, entry_id: str) -> str:
    """The item id: of the canonical link where one identifies it, else of the entry within its feed."""
    return hashed("link", page_of(link)) if link else hashed("entry", feed, entry_id)


def judge_entries(parsed: Parsed, wish: Feed, source: str, memory: Memory, baseline: bool, now: int) -> Entries:
    """The document's balance; every entry is put into `memory`. The oldest comes first, as feeds list the newest."""
    found = Entries()
    links = [canonical_link(entry.link, wish.url) for entry in parsed.entries]
    home = {page_of(canonical_link(site, wish.url)) for site in (parsed.site, wish.url)}
    keys = _keys(parsed.entries, links, home)
    first = {own.identity: at for at, own in reversed(list(enumerate(keys)))}
    for at, (entry, link, own) in reversed(list(enumerate(zip(parsed.entries, links, keys, strict=True)))):
        if not (entry.title.strip() or entry.summary.strip() or link):
            found.refused += 1
            continue
        if first[own.identity] != at:  # a copy; where the two differ, the one that is listed first is the newer
            found.seen += 1
            continue
        _judge(found, _Shown(entry, link, own, parsed), wish, source, memory, baseline, now)
    return found


@dataclass(frozen=True, slots=True)
class _Shown:
    """An entry as its document shows it."""

    entry: Entry
    link: str
    keys: _Keys
    document: Parsed

    @property
    def raw(self) -> bytes:
        """A hash that spares cleaning what is the same to the letter."""
        return _short(*self.entry.title.split(), "", *self.entry.summary.split())

    @property
    def title(self) -> str:
        return clean(self.entry.title, TITLE_CHARACTERS)

    @property
    def summary(self) -> str:
        return clean(self.entry.summary, SUMMARY_CHARACTERS)


def _judge(found: Entries, shown: _Shown, wish: Feed, source: str, memory: Memory, baseline: bool, now: int) -> None:
    known = _known(shown, memory)
    raw = shown.raw
    if known is not None and known.raw == raw:
        found.seen += 1
        memory.put(shown.keys.all(), known)
        return
    title, summary = shown.title, shown.summary
    titled, told = _short(title), _short(_DIGITS.sub("", summary))  # a counter that goes on is no edit
    if known is not None and (known.title, known.text) == (titled, told):
        found.seen += 1
        memory.put(shown.keys.all(), Mark(known.item, raw, titled, told, known.revision))
        return
    if known is not None:
        found.revised += 1
        mark = Mark(known.item, raw, titled, told, known.revision + 1)
    else:
        found.new += 1
        found.baseline += baseline
        identifying = shown.link if shown.keys.link and memory.get(shown.keys.link) is None else ""
        item = item_id(identifying, wish.id, shown.keys.entry_id)
        mark = Mark(bytes.fromhex(item), raw, titled, told, 0)
    memory.put(shown.keys.all(), mark)
    found.items.append(_item(shown, wish, source, mark, title, summary, baseline and known is None, now))


def _known(shown: _Shown, memory: Memory) -> Mark | None:
    """What is remembered of this entry, by the rules at the top."""
    keys = shown.keys
    by_guid = memory.get(keys.guid) if keys.guid else None
    by_link = memory.get(keys.link) if keys.link else None
    if by_guid is not None and (by_link is not None or not keys.link):
        return by_guid
    if by_link is not None and not keys.guid:
        return by_link
    if (one := by_guid or by_link) is not None:  # guid and link contradict each other, so the title decides
        return one if one.title == _short(shown.title) else None
    return memory.get(keys.text) if keys.text else None


def _keys(entries: Sequence[Entry], links: Sequence[str], site: Set[str]) -> list[_Keys]:
    """The keys of each entry of a document; copies of an entry share them. `site` are the pages of the site itself."""
    named = [(entry.guid.strip("\0 \t\r\n"), link, entry.title) for entry, link in zip(entries, links, strict=True)]
    guids = Counter(guid for guid, _, _ in set(named))
    pages = Counter(link for _, link, _ in set(named))
    texts = {(name, entry.published, entry.summary) for name, entry in zip(named, entries, strict=True)}
    dates = Counter((title, published) for (_, _, title), published, _ in texts)
    keys = []
    for (guid, link, title), entry in zip(named, entries, strict=True):
        by_guid = _long("guid", guid) if guid and guids[guid] == 1 else b""
        by_link = _long("link", page_of(link)) if _identifies(link, pages, site) else b""
        by_text = b""
        alone = bool(title) and dates[title, entry.published] == 1
        if alone and (entry.published or not (by_guid or by_link)):
            by_text = _long("text", title, entry.published)
        elif not by_link:  # also beside a guid: it may be another one at the next poll
            by_text = _long("text", title, entry.published, entry.summary)
        keys.append(_Keys(by_guid, by_link, by_text))
    return keys


def _identifies(link: str, pages: Counter[str], site: Set[str]) -> bool:
    return bool(link) and pages[link] == 1 and not is_site_root(link) and page_of(link) not in site


def _item(
    shown: _Shown, wish: Feed, source: str, mark: Mark, title: str, summary: str, baseline: bool, now: int
) -> Item:
    published, quality = dated(shown.entry.published_ms, shown.entry.published, now)
    return Item(
        id=mark.item.hex(),
        feed=wish.id,
        source=clean(source, TITLE_CHARACTERS) or wish.url,
        entry=shown.keys.entry_id,
        revision=mark.revision,
        url=shown.link,
        title=title or summary[:TITLE_CHARACTERS],
        summary=summary if title else "",
        lang=language_tag(shown.entry.lang) or wish.lang,
        published=published,
        date_quality=quality,
        first_seen=now,
        baseline=baseline,
    )


def _long(*parts: str) -> bytes:
    return blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=8).digest()


def _short(*parts: str) -> bytes:
    return blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=4).digest()
