"""What of a document is new, revised, known or held back.

One known key (`entry_keys`) makes an entry known (`known_entries`), but where the keys
contradict each other and title, text and date do, too: a guid that is used again for another link, and a page on which
one story follows another.

So guids that change at each poll, links that change by their tracking parameters, slugs that follow an edited headline,
entries that vanish and return, and feeds that move to another address or are dated anew at each poll yield nothing new.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from collectors.deciding.as_displayed import Shown
from collectors.deciding.clean_text import TITLE_CHARACTERS, language_tag, plain
from collectors.deciding.dates import all_dated_now
from collectors.deciding.entry_keys import keys_of
from collectors.deciding.flood import Arrival, Fate, Limits, fates
from collectors.deciding.full_text import MAX_TEXT, text_of
from collectors.deciding.known_entries import known_by_keys, known_by_place
from collectors.deciding.publisher import Publishers
from collectors.deciding.seen_entries import Mark, Memory
from collectors.parsing.parsed import Parsed
from stream.records import Feed, Item
from stream.text.links import canonical_link, entry_item, item_of, page_of

__all__ = ["Entries", "item_id", "judge_entries"]


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
    return item_of(link) if link else entry_item(feed, entry_id)


def judge_entries(
    parsed: Parsed, wish: Feed, source: str, memory: Memory, limits: Limits | None, now: int, max_text: int = MAX_TEXT
) -> Entries:
    """The document's balance; every entry is put into `memory`.

    `limits` is None for the baseline; of an item's text at most `max_text` characters are kept.
    """
    found = Entries(count=len(parsed.entries))
    listed = _listed(parsed, wish, now, found)
    known = [known_by_keys(shown, memory) for shown in listed]
    present = {mark.item for mark in known if mark is not None}
    name = plain(source, TITLE_CHARACTERS) or wish.url
    judging = _Judging(wish, Publishers(name, (wish.url, parsed.site)), memory, limits, now, max_text, found)
    for shown, mark in zip(listed, known, strict=True):
        if mark is None and (mark := known_by_place(shown, memory, present)) is not None:
            present.add(mark.item)
        judging.judge(shown, mark)
    return judging.balance()


def _listed(parsed: Parsed, wish: Feed, now: int, found: Entries) -> list[Shown]:
    """The document's entries but for what shows nothing and for copies, which are counted."""
    dated_now = all_dated_now(parsed, now)
    links = [canonical_link(entry.link, wish.url) for entry in parsed.entries]
    home = {page_of(canonical_link(site, wish.url)) for site in (parsed.site, wish.url)}
    keys = keys_of(parsed.entries, links, home)
    first = {own.identity: at for at, own in reversed(list(enumerate(keys)))}
    listed = []
    for at, (entry, link, own) in enumerate(zip(parsed.entries, links, keys, strict=True)):
        if not (entry.title.strip() or entry.summary.strip() or link):
            found.refused += 1
        elif first[own.identity] != at:  # a copy; where the two differ, the one that is listed first is the newer
            found.seen += 1
        else:
            listed.append(Shown(entry, link, own, now, dated_now))
    return listed


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
    publishers: Publishers
    memory: Memory
    limits: Limits | None
    now: int
    max_text: int
    found: Entries
    unknown: list[_Unknown] = field(default_factory=list)
    met_known: bool = False

    def judge(self, shown: Shown, known: Mark | None) -> None:
        """What comes of an entry of which this is remembered."""
        if known is None:
            link = shown.link if shown.keys.link and self.memory.get(shown.keys.link) is None else ""
            item = item_id(link, self.wish.id, shown.keys.entry_id)
            self._meet(shown, replace(shown.mark, item=bytes.fromhex(item)))
        elif known.revision is None or (known.raw == shown.raw and not known.is_old):
            self._seen(shown, known)
        elif known.raw == shown.raw or (
            shown.has_title_of(known) and (known.is_old or shown.has_text_of(known))
        ):  # texts are read better than when an old one was remembered: that alone would revise hundreds
            self._seen(shown, shown.remembered(known, known.revision))
        else:
            self.met_known = True
            self.found.revised += 1
            mark = shown.remembered(known, known.revision + 1)
            self.memory.put(shown.keys.all(), mark)
            self.found.items.append(self._item(shown, mark))

    def _seen(self, shown: Shown, mark: Mark) -> None:
        self.met_known = True
        self.memory.put(shown.keys.all(), mark)
        if mark.revision is None:
            self.found.held_back += 1
        else:
            self.found.seen += 1

    def _meet(self, shown: Shown, mark: Mark) -> None:
        item = self._item(shown, mark)
        age = self.now - item.published if item.date_quality == "trusted" else None
        self.unknown.append(_Unknown(item, shown.keys.all(), mark, Arrival(age, not self.met_known)))

    def _item(self, shown: Shown, mark: Mark) -> Item:
        published, quality = shown.published
        title, summary = shown.title, shown.summary
        publisher = self.publishers.of(shown.entry, shown.link, title)
        title, summary = (title, summary) if title else (summary[:TITLE_CHARACTERS], "")
        text, partial = text_of(shown.entry, summary or title, self.max_text)
        return Item(
            id=mark.item.hex(),
            feed=self.wish.id,
            source=publisher.name,
            entry=shown.keys.entry_id,
            revision=mark.revision or 0,
            url=shown.link,
            title=title,
            summary=summary,
            lang=language_tag(shown.entry.lang) or self.wish.lang,
            published=published,
            date_quality=quality,
            first_seen=self.now,
            baseline=False,
            via=publisher.via,
            source_url=publisher.url,
            text=text,
            partial=partial,
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
