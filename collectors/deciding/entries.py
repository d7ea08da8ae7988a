"""What of a document is new, revised, known or held back.

One known key (`collectors.deciding.keys`) makes an entry known, but for two cases. A known guid with another link and
another title is a slot that is used again, and a known link with another guid and another title is a page that always
stands there: each is a new entry.

So guids that change at each poll, links that change by their tracking parameters, entries that vanish and return, and
feeds that move to another address or are dated anew at each poll yield nothing new.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from collectors.deciding.dates import all_dated_now, dated
from collectors.deciding.flood import Arrival, Fate, Limits, fates
from collectors.deciding.keys import Keys, keys_of, short_hash
from collectors.deciding.memory import Mark, Memory
from collectors.deciding.text import SUMMARY_CHARACTERS, TITLE_CHARACTERS, clean, language_tag, plain
from collectors.parsing.parsed import Entry, Parsed
from stream.ids import hashed
from stream.links import canonical_link, item_of, page_of
from stream.records import Feed, Item

__all__ = ["Entries", "item_id", "judge_entries"]

_DIGITS = re.compile(r"\d+")


@dataclass
class Entries:
    """The balance of a document's entries, with the records that they come to, and those that are held back.

    `count` is how many the document has, and not the sum of what became of them: that the two agree says that none of
    them was lost.
    """

    count: int = 0
    items: list[Item] = field(default_factory=list)
    held: list[Item] = field(default_factory=list)
    new: int = 0
    revised: int = 0
    seen: int = 0
    held_back: int = 0
    refused: int = 0
    baseline: int = 0

    @property
    def turned_over(self) -> bool:
        """Whether every entry is one that was never there before."""
        return self.new + len(self.held) > 0 and self.count == self.new + len(self.held) + self.refused


def item_id(link: str, feed: str, entry_id: str) -> str:
    """The item id: of the canonical link where one identifies it, else of the entry within its feed."""
    return item_of(link) if link else hashed("entry", feed, entry_id)


def judge_entries(parsed: Parsed, wish: Feed, source: str, memory: Memory, limits: Limits | None, now: int) -> Entries:
    """The document's balance; every entry is put into `memory`. `limits` is None for the baseline."""
    name = plain(source, TITLE_CHARACTERS) or wish.url
    found = Entries(count=len(parsed.entries))
    judging = _Judging(wish, name, memory, limits, now, all_dated_now(parsed, now), found)
    links = [canonical_link(entry.link, wish.url) for entry in parsed.entries]
    home = {page_of(canonical_link(site, wish.url)) for site in (parsed.site, wish.url)}
    keys = keys_of(parsed.entries, links, home)
    first = {own.identity: at for at, own in reversed(list(enumerate(keys)))}
    for at, (entry, link, own) in enumerate(zip(parsed.entries, links, keys, strict=True)):
        if not (entry.title.strip() or entry.summary.strip() or link):
            judging.found.refused += 1
        elif first[own.identity] != at:  # a copy; where the two differ, the one that is listed first is the newer
            judging.found.seen += 1
        else:
            judging.judge(_Shown(entry, link, own))
    return judging.balance()


@dataclass(frozen=True, slots=True)
class _Shown:
    """An entry as its document shows it."""

    entry: Entry
    link: str
    keys: Keys

    @property
    def raw(self) -> bytes:
        """A hash that spares cleaning what is the same to the letter."""
        return short_hash(*self.entry.title.split(), "", *self.entry.summary.split())

    @property
    def title(self) -> str:
        return clean(self.entry.title, TITLE_CHARACTERS)

    @property
    def summary(self) -> str:
        return clean(self.entry.summary, SUMMARY_CHARACTERS)


@dataclass(frozen=True, slots=True)
class _Unknown:
    """An entry that was never seen, as an item, and what its keys will stand for."""

    item: Item
    keys: list[bytes]
    mark: Mark
    arrival: Arrival


@dataclass
class _Judging:
    """One pass over a document, the newest entry first."""

    wish: Feed
    source: str
    memory: Memory
    limits: Limits | None
    now: int
    dated_now: bool  # all entries say that they were published just now
    found: Entries
    unknown: list[_Unknown] = field(default_factory=list)
    met_known: bool = False

    def judge(self, shown: _Shown) -> None:
        known = _known(shown, self.memory)
        raw = shown.raw
        if known is not None and (known.raw == raw or known.revision is None):
            self._seen(shown, known)
            return
        title, summary = shown.title, shown.summary
        titled, told = short_hash(title), short_hash(_DIGITS.sub("", summary))  # a counter that goes on is no edit
        if known is None:
            identifying = shown.link if shown.keys.link and self.memory.get(shown.keys.link) is None else ""
            item = item_id(identifying, self.wish.id, shown.keys.entry_id)
            self._meet(shown, Mark(bytes.fromhex(item), raw, titled, told, 0), title, summary)
        elif (known.title, known.text) == (titled, told):
            self._seen(shown, Mark(known.item, raw, titled, told, known.revision))
        else:
            self.met_known = True
            self.found.revised += 1
            mark = Mark(known.item, raw, titled, told, (known.revision or 0) + 1)
            self.memory.put(shown.keys.all(), mark)
            self.found.items.append(self._item(shown, mark, title, summary))

    def _seen(self, shown: _Shown, mark: Mark) -> None:
        self.met_known = True
        self.memory.put(shown.keys.all(), mark)
        if mark.revision is None:
            self.found.held_back += 1
        else:
            self.found.seen += 1

    def _meet(self, shown: _Shown, mark: Mark, title: str, summary: str) -> None:
        item = self._item(shown, mark, title, summary)
        age = self.now - item.published if item.date_quality == "trusted" else None
        self.unknown.append(_Unknown(item, shown.keys.all(), mark, Arrival(age, not self.met_known)))

    def _item(self, shown: _Shown, mark: Mark, title: str, summary: str) -> Item:
        published, quality = dated(shown.entry.published_ms, shown.entry.published, self.now)
        if self.dated_now and quality == "trusted":
            published, quality = self.now, "now"
        return Item(
            id=mark.item.hex(),
            feed=self.wish.id,
            source=self.source,
            entry=shown.keys.entry_id,
            revision=mark.revision or 0,
            url=shown.link,
            title=title or summary[:TITLE_CHARACTERS],
            summary=summary if title else "",
            lang=language_tag(shown.entry.lang) or self.wish.lang,
            published=published,
            date_quality=quality,
            first_seen=self.now,
            baseline=False,
        )

    def balance(self) -> Entries:
        """With the fates of what was never seen; the oldest comes first, as feeds list the newest."""
        found = self.found
        for each, fate in zip(self.unknown, self._fates(), strict=True):
            if fate == "held back":
                found.held_back += 1
                found.held.append(each.item)
                self.memory.put(each.keys, replace(each.mark, revision=None))
                continue
            history = fate == "history"
            found.new += 1
            found.baseline += history
            found.items.append(msgspec.structs.replace(each.item, baseline=True) if history else each.item)
            self.memory.put(each.keys, each.mark)
        found.items.reverse()
        found.held.reverse()
        return found

    def _fates(self) -> Sequence[Fate]:
        arrivals = [each.arrival for each in self.unknown]
        return fates(arrivals, self.limits) if self.limits else ["history"] * len(arrivals)


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
        return one if one.title == short_hash(shown.title) else None
    return memory.get(keys.text) if keys.text else None
