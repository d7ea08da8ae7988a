"""Whether an entry is a known one, edited, or another one in its place: pure.

One key may be shared by two stories (a page of releases, a guid that is used again), and a headline's edit may change
the keys with it (a slug, a guid that counts its edits). So where the keys do not agree, title, text and date decide.

A `coarse` date gives no more than the hour or the day, which other entries have, too.
"""

from dataclasses import dataclass
from typing import Literal

from collectors.deciding.entries.seen import SeenEntry
from collectors.deciding.text.sketch import Sketch
from stream.units import DAY_SECONDS

__all__ = ["Similarity", "is_counted_on", "is_moved", "is_on_its_page", "is_under_its_guid", "similarity"]

ALIKE = 0.5  # of the shorter title's words
NEARLY = 0.8
SOME = 0.3
SAME_WORDS = 0.8  # of titles that differ in their numbers: releases, issues, episodes
LEAST_TITLE = 2  # words, for a title to be compared
LEAST_TEXT = 4  # words, for a text to be compared
SOON = 600  # s: a date that is made anew at each poll moves by less from one poll to the next

Date = Literal["same", "soon", "other", "unknown"]


@dataclass(frozen=True, slots=True)
class Similarity:
    """How an entry resembles a known one: overlap of titles and of texts (0 to 1), and its date.

    `renumbered`: the titles differ in nothing but their numbers. `has_texts`: both have a text that is long enough to
    compare.
    """

    same_title: bool
    title: float
    renumbered: bool
    text: float
    has_texts: bool
    date: Date

    @property
    def alike(self) -> bool:
        """Whether title or text are those of the known one; another text speaks against it."""
        if self.renumbered:
            return self.text >= NEARLY
        if self.has_texts:
            return self.same_title or self.text >= NEARLY or self.title >= (ALIKE if self.text >= SOME else NEARLY)
        return self.same_title or self.title >= NEARLY


def similarity(known: SeenEntry, seen: SeenEntry, same_title: bool) -> Similarity:
    """How an entry, as it would be kept, resembles a known one."""
    title, known_title = Sketch.of(seen.title_sketch), Sketch.of(known.title_sketch)
    text, known_text = Sketch.of(seen.text_sketch), Sketch.of(known.text_sketch)
    overlap = title.overlap(known_title)
    wordless = not (title.sample or known_title.sample)
    has_texts = min(len(text.sample), len(known_text.sample)) >= LEAST_TEXT
    return Similarity(
        same_title=same_title,
        title=overlap if min(len(title.sample), len(known_title.sample)) >= LEAST_TITLE else 0.0,
        renumbered=title.numbers != known_title.numbers and (overlap >= SAME_WORDS or wordless),
        text=text.overlap(known_text) if has_texts and text.numbers == known_text.numbers else 0.0,
        has_texts=has_texts,
        date=_date(known.published, seen.published),
    )


def _date(before: int, now: int) -> Date:
    if not before or not now:
        return "unknown"
    return "same" if before == now else "soon" if abs(before - now) <= SOON else "other"


def is_under_its_guid(like: Similarity) -> bool:
    """Of an entry with a known guid and another link: its slug followed an edit, or its guid is used again."""
    if like.same_title:
        return True
    if like.renumbered:
        return False
    if like.date == "same":
        return True
    if like.date in ("soon", "unknown"):
        return like.alike
    return like.title >= NEARLY or (like.title >= ALIKE and like.text >= ALIKE) or like.text >= NEARLY


def is_counted_on(like: Similarity, apart: int) -> bool:
    """Of one with a known link whose guid differs only by what counts its edits, dated `apart` seconds away."""
    if like.renumbered:
        return like.date == "same"
    return like.alike or like.date != "other" or apart <= DAY_SECONDS


def is_on_its_page(like: Similarity, has_guid: bool, coarse: bool) -> bool:
    """Of one with a known link and another guid, or none: an edit, or the next story on a page that stays."""
    if like.same_title:
        return True
    if has_guid:
        return not like.renumbered and like.alike and (like.date == "same" or like.text >= ALIKE <= like.title)
    if like.date == "same" and (not coarse or (not like.renumbered and like.title >= ALIKE)):
        return True
    return like.text >= NEARLY if like.renumbered else like.alike


def is_moved(like: Similarity, coarse: bool) -> bool:
    """Of one without a known key, in place of one of the same date that has gone: its slug followed an edit."""
    if like.date != "same" or like.renumbered:
        return False
    if coarse and like.has_texts and not like.same_title:
        return like.text >= NEARLY or (like.title >= ALIKE and like.text >= ALIKE)
    return like.alike or (like.title >= ALIKE and not like.has_texts)
