"""What of a document is new, revised, known or held back.

One known key (`entry_keys`) makes an entry known (`known_entries`), except where the keys contradict each other and so
do title, text and date: a guid that is used again for another link, or a page on which one story follows another.

So guids that change at each poll, links that change by their tracking parameters, slugs that follow an edited headline,
entries that vanish and return, and feeds that move to another address or are dated anew at each poll yield nothing new.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from collectors.deciding.entries.as_displayed import DisplayedEntry
from collectors.deciding.entries.dates import all_dated_now
from collectors.deciding.entries.flood import Arrival, Fate, FloodLimits, fates
from collectors.deciding.entries.keys import keys_of
from collectors.deciding.entries.known import match_by_date, match_by_keys
from collectors.deciding.entries.publisher import Publishers
from collectors.deciding.entries.seen import SeenEntries, SeenEntry
from collectors.deciding.text.address_title import address_title
from collectors.deciding.text.clean import TITLE_CHARACTERS, language_tag, plain
from collectors.deciding.text.full import MAX_TEXT, text_of
from collectors.parsing.parsed import Parsed
from stream.records import Feed, Item
from stream.text.links import canonical_link, entry_item, item_of, page_of

__all__ = ["DecidedEntries", "decide_entries", "item_id"]

MOST_PAGES = 100  # of a source that lists pages, which become items at its first poll


@dataclass
class DecidedEntries:
    """The balance of a document's entries, the items that they come to, and those that are held back.

    `count` is how many the document has, and not the sum of what became of them: that the two agree shows that none of
    them was lost. `partial`: the source has more of them, which are as they were. `pages`: their texts are those of
    their articles.
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
    partial: bool = False
    pages: bool = False

    @property
    def turned_over(self) -> bool:
        """Whether every entry is one that was never there before."""
        known = self.partial or self.count > self.new + len(self.held) + self.refused
        return self.new + len(self.held) > 0 and not known


def item_id(link: str, feed: str, entry_id: str) -> str:
    """The item id: of the canonical link where one identifies it, else of the entry within its feed."""
    return item_of(link) if link else entry_item(feed, entry_id)


def decide_entries(
    parsed: Parsed,
    feed: Feed,
    source: str,
    seen: SeenEntries,
    limits: FloodLimits | None,
    now: int,
    max_text: int = MAX_TEXT,
) -> DecidedEntries:
    """What becomes of a document's entries; each is put into `seen`.

    `source` is the feed's name, `limits` is None for the baseline, and `max_text` is how many characters of an item's
    text are kept.
    """
    decided = DecidedEntries(count=len(parsed.entries), partial=parsed.partial, pages=parsed.pages)
    listed = _listed(parsed, feed, now, decided)
    seen.look_up([key for displayed in listed for key in displayed.keys.all()])
    known = [match_by_keys(displayed, seen) for displayed in listed]
    present = {entry.item for entry in known if entry is not None}
    name = plain(source, TITLE_CHARACTERS) or feed.url
    deciding = _Deciding(feed, Publishers(name, (feed.url, parsed.site)), seen, limits, now, max_text, decided)
    dates_tell = not (parsed.partial or parsed.pages)  # what is not listed is gone, and a date is that of an entry
    for displayed, entry in zip(listed, known, strict=True):
        if entry is None and dates_tell and (entry := match_by_date(displayed, seen, present)) is not None:
            present.add(entry.item)
        deciding.decide(displayed, entry)
    return deciding.finish()


def _listed(parsed: Parsed, feed: Feed, now: int, decided: DecidedEntries) -> list[DisplayedEntry]:
    """The document's entries except empty ones and copies, which are counted."""
    dated_now = all_dated_now(parsed, now)
    links = [canonical_link(entry.link, feed.url) for entry in parsed.entries]
    home = {page_of(canonical_link(site, feed.url)) for site in (parsed.site, feed.url)}
    keys = keys_of(parsed.entries, links, home)
    first = {own.identity: at for at, own in reversed(list(enumerate(keys)))}
    listed = []
    for at, (entry, link, own) in enumerate(zip(parsed.entries, links, keys, strict=True)):
        if not (entry.title.strip() or entry.summary.strip() or link):
            decided.refused += 1
        elif first[own.identity] != at:  # a copy; where the two differ, the one that is listed first is the newer
            decided.seen += 1
        else:
            listed.append(DisplayedEntry(entry, link, own, now, dated_now))
    return listed


@dataclass(frozen=True, slots=True)
class _Unknown:
    """An entry that was never seen, as an item, and what its keys will stand for."""

    item: Item
    keys: list[bytes]
    entry: SeenEntry
    arrival: Arrival


@dataclass
class _Deciding:
    """One pass over a document, the newest entry first."""

    feed: Feed
    publishers: Publishers
    seen: SeenEntries
    limits: FloodLimits | None
    now: int
    max_text: int
    decided: DecidedEntries
    unknown: list[_Unknown] = field(default_factory=list)
    met_known: bool = False

    def decide(self, displayed: DisplayedEntry, known: SeenEntry | None) -> None:
        """What becomes of an entry, which is this known one or a new one."""
        if known is None:
            link = displayed.link if displayed.keys.link and self.seen.get(displayed.keys.link) is None else ""
            item = item_id(link, self.feed.id, displayed.keys.entry_id)
            self._meet(displayed, replace(displayed.seen, item=bytes.fromhex(item)))
        elif known.revision is None or known.raw_hash == displayed.raw_hash:
            self._known(displayed, known)
        elif displayed.has_title_of(known) and displayed.has_text_of(known):
            self._known(displayed, displayed.kept_as(known, known.revision))
        else:
            self.met_known = True
            self.decided.revised += 1
            entry = displayed.kept_as(known, known.revision + 1)
            self.seen.put(displayed.keys.all(), entry)
            self.decided.items.append(self._item(displayed, entry))

    def _known(self, displayed: DisplayedEntry, entry: SeenEntry) -> None:
        self.met_known = True
        self.seen.put(displayed.keys.all(), entry)
        if entry.revision is None:
            self.decided.held_back += 1
        else:
            self.decided.seen += 1

    def _meet(self, displayed: DisplayedEntry, entry: SeenEntry) -> None:
        item = self._item(displayed, entry)
        age = self.now - item.published if item.date_quality == "trusted" else None
        self.unknown.append(_Unknown(item, displayed.keys.all(), entry, Arrival(age, not self.met_known)))

    def _item(self, displayed: DisplayedEntry, entry: SeenEntry) -> Item:
        published, quality = displayed.published
        title, summary = displayed.title, displayed.summary
        publisher = self.publishers.of(displayed.entry, displayed.link, title)
        title, summary = (title, summary) if title else (summary[:TITLE_CHARACTERS], "")
        if self.decided.pages:
            title = title or address_title(displayed.link)[:TITLE_CHARACTERS]
        text, partial = text_of(displayed.entry, displayed.description, summary or title, self.max_text)
        return Item(
            id=entry.item.hex(),
            feed=self.feed.id,
            source=publisher.name,
            entry=displayed.keys.entry_id,
            revision=entry.revision or 0,
            url=displayed.link,
            title=title,
            summary=summary,
            lang=language_tag(displayed.entry.lang) or self.feed.lang,
            published=published,
            date_quality=quality,
            first_seen=self.now,
            baseline=False,
            via=publisher.via,
            source_url=publisher.url,
            text=text,
            partial=partial,
        )

    def finish(self) -> DecidedEntries:
        """With what becomes of the entries that were never seen; the oldest comes first, as feeds list the newest."""
        decided, kept = self.decided, self._kept()
        for number, (each, fate) in enumerate(zip(self.unknown, self._fates(), strict=True)):
            if number not in kept:
                decided.seen += 1
                self.seen.put(each.keys, each.entry)
                continue
            if fate == "held back":
                decided.held_back += 1
                decided.held.append(each.item)
                self.seen.put(each.keys, replace(each.entry, revision=None))
                continue
            history = fate == "history"
            decided.new += 1
            decided.baseline += history
            decided.items.append(msgspec.structs.replace(each.item, baseline=True) if history else each.item)
            self.seen.put(each.keys, each.entry)
        decided.items.reverse()
        decided.held.reverse()
        return decided

    def _kept(self) -> Collection[int]:
        """Which of them become items: of the thousands that a sitemap has at first only the newest, as of a feed."""
        every = range(len(self.unknown))
        if not self.decided.pages or self.limits or len(every) <= MOST_PAGES:
            return every
        return set(sorted(every, key=lambda number: -self.unknown[number].item.published)[:MOST_PAGES])

    def _fates(self) -> Sequence[Fate]:
        arrivals = [each.arrival for each in self.unknown]
        return fates(arrivals, self.limits) if self.limits else ["history"] * len(arrivals)
