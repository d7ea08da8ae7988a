"""An entry as its document shows it, with what is remembered of it; each is made when it is asked for."""

from dataclasses import dataclass, replace
from functools import cached_property

from collectors.deciding.clean_text import SUMMARY_CHARACTERS, TITLE_CHARACTERS, clean
from collectors.deciding.dates import dated
from collectors.deciding.entry_keys import Keys, short_hash
from collectors.deciding.garbled import is_garbled
from collectors.deciding.seen_entries import Mark
from collectors.deciding.sketch import gist
from collectors.deciding.stable_text import steady_text, steady_title
from collectors.parsing.parsed import Entry

__all__ = ["Shown"]

NOBODY = bytes(16)


@dataclass(frozen=True)
class Shown:
    """An entry with its canonical link and its keys; `dated_now` where its document dates all that it lists now."""

    entry: Entry
    link: str
    keys: Keys
    now: int
    dated_now: bool

    @cached_property
    def raw(self) -> bytes:
        """A hash that spares cleaning what is the same to the letter."""
        return short_hash(*self.entry.title.split(), "", *self.entry.summary.split())

    @cached_property
    def title(self) -> str:
        """The clean title; it may be empty."""
        return clean(self.entry.title, TITLE_CHARACTERS)

    @cached_property
    def summary(self) -> str:
        """The clean summary."""
        return clean(self.entry.summary, SUMMARY_CHARACTERS)

    @cached_property
    def published(self) -> tuple[int, str]:
        """When it was published (ms), and how far that is to be trusted."""
        published, quality = dated(self.entry.published_ms, self.entry.published, self.now)
        return (self.now, "now") if self.dated_now and quality == "trusted" else (published, quality)

    @cached_property
    def mark(self) -> Mark:
        """What would be remembered of it, as of an item of no id that was never revised."""
        published, quality = self.published
        return Mark(
            item=NOBODY,
            raw=self.raw,
            title=short_hash(steady_title(self.title)),
            text=short_hash(steady_text(self.summary)),
            revision=0,
            at=published // 1000 if quality == "trusted" else 0,
            says=gist(self.title or self.summary[:TITLE_CHARACTERS]),
            tells=gist(self.summary if self.title else ""),
        )

    def has_title_of(self, known: Mark) -> bool:
        """Whether the title is the one that is remembered, counters aside, or that one decoded worse."""
        return self._is_title(known, self.title) or self._garbles_title(known)

    def has_text_of(self, known: Mark) -> bool:
        """Whether the summary is the one that is remembered, counters and numbers aside, or that one decoded worse."""
        return known.text == self.mark.text or self._garbles_text(known)

    def remembered(self, known: Mark, revision: int | None) -> Mark:
        """What is to be remembered of it now; of a text that was only decoded worse, the better one."""
        mark = replace(self.mark, item=known.item, revision=revision)
        if not self._is_title(known, self.title) and self._garbles_title(known):
            mark = replace(mark, title=known.title, says=known.says)
        if known.text != mark.text and self._garbles_text(known):
            mark = replace(mark, text=known.text, tells=known.tells)
        return mark

    def _is_title(self, known: Mark, title: str) -> bool:
        return known.title == short_hash(steady_title(title)) or (known.is_old and known.title == short_hash(title))

    def _garbles_title(self, known: Mark) -> bool:
        return is_garbled(self.entry.title, lambda text: self._is_title(known, clean(text, TITLE_CHARACTERS)))

    def _garbles_text(self, known: Mark) -> bool:
        def is_known(text: str) -> bool:
            return known.text == short_hash(steady_text(clean(text, SUMMARY_CHARACTERS)))

        return is_garbled(self.entry.summary, is_known)
