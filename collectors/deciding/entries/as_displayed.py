"""An entry as its document displays it, with what is kept of it; each part is computed when it is asked for."""

from dataclasses import dataclass, replace
from functools import cached_property

from collectors.deciding.entries.dates import dated
from collectors.deciding.entries.keys import Keys, short_hash
from collectors.deciding.entries.seen import SeenEntry
from collectors.deciding.text.clean import SUMMARY_CHARACTERS, TITLE_CHARACTERS, clean, paragraphs, shortened
from collectors.deciding.text.garbled import is_garbled
from collectors.deciding.text.sketch import sketch_of
from collectors.deciding.text.stable import stable_text, stable_title
from collectors.parsing.parsed import Entry

__all__ = ["DisplayedEntry"]

NO_ITEM = bytes(16)


@dataclass(frozen=True)
class DisplayedEntry:
    """An entry with its canonical link and its keys; `dated_now` where its document dates all that it lists now."""

    entry: Entry
    link: str
    keys: Keys
    now: int
    dated_now: bool

    @cached_property
    def raw_hash(self) -> bytes:
        """A hash that saves cleaning a text that is the same to the letter."""
        return short_hash(*self.entry.title.split(), "", *self.entry.summary.split())

    @cached_property
    def title(self) -> str:
        """The clean title; it may be empty."""
        return clean(self.entry.title, TITLE_CHARACTERS)

    @cached_property
    def description(self) -> str:
        """The summary whole, a line a paragraph."""
        return paragraphs(self.entry.summary)

    @cached_property
    def summary(self) -> str:
        """The clean summary: on one line the paragraphs are what `clean` makes of it, without a second look at it."""
        return shortened(self.description.replace("\n", " "), SUMMARY_CHARACTERS)

    @cached_property
    def title_hash(self) -> bytes:
        """A hash of the clean title without counters."""
        return short_hash(stable_title(self.title))

    @cached_property
    def text_hash(self) -> bytes:
        """A hash of the clean summary without counters and numbers."""
        return short_hash(stable_text(self.summary))

    @cached_property
    def published(self) -> tuple[int, str]:
        """When it was published (ms), and how far that is to be trusted: one of `DATE_QUALITIES`."""
        published, quality = dated(self.entry.published_ms, self.entry.published, self.now)
        return (self.now, "now") if self.dated_now and quality == "trusted" else (published, quality)

    @cached_property
    def seen(self) -> SeenEntry:
        """What would be kept of it, as of an item of no id that was never revised."""
        published, quality = self.published
        return SeenEntry(
            item=NO_ITEM,
            raw_hash=self.raw_hash,
            title_hash=self.title_hash,
            text_hash=self.text_hash,
            revision=0,
            published=published // 1000 if quality == "trusted" else 0,
            title_sketch=sketch_of(self.title or self.summary[:TITLE_CHARACTERS]),
            text_sketch=sketch_of(self.summary if self.title else ""),
        )

    def has_title_of(self, known: SeenEntry) -> bool:
        """Whether its title is the known one, counters aside, or that one decoded worse."""
        return known.title_hash == self.title_hash or self._garbles_title(known)

    def has_text_of(self, known: SeenEntry) -> bool:
        """Whether its summary is the known one, counters and numbers aside, or that one decoded worse."""
        return known.text_hash == self.text_hash or self._garbles_text(known)

    def kept_as(self, known: SeenEntry, revision: int | None) -> SeenEntry:
        """What is kept of it now; of a text that was only decoded worse, the better one."""
        seen = replace(self.seen, item=known.item, revision=revision)
        if known.title_hash != seen.title_hash and self._garbles_title(known):
            seen = replace(seen, title_hash=known.title_hash, title_sketch=known.title_sketch)
        if known.text_hash != seen.text_hash and self._garbles_text(known):
            seen = replace(seen, text_hash=known.text_hash, text_sketch=known.text_sketch)
        return seen

    def _garbles_title(self, known: SeenEntry) -> bool:
        def is_known(text: str) -> bool:
            return known.title_hash == short_hash(stable_title(clean(text, TITLE_CHARACTERS)))

        return is_garbled(self.entry.title, is_known)

    def _garbles_text(self, known: SeenEntry) -> bool:
        def is_known(text: str) -> bool:
            return known.text_hash == short_hash(stable_text(clean(text, SUMMARY_CHARACTERS)))

        return is_garbled(self.entry.summary, is_known)
