"""Whether an entry is one that is remembered, edited, or another one in its place: pure.

A `coarse` date says no more than the hour or the day, which others have, too.

One key may be shared by two stories (a page of releases, a guid that is used again), and a headline's edit may change
the keys with it (a slug, a guid that counts its edits). So where the keys do not agree, title, text and date decide.
"""

from dataclasses import dataclass
from typing import Literal

from collectors.deciding.seen_entries import Mark
from collectors.deciding.sketch import Gist
from stream.units import DAY_SECONDS

__all__ = ["Likeness", "is_counted_on", "is_moved", "is_on_its_page", "is_under_its_guid", "likeness"]

ALIKE = 0.5  # of the shorter title's words
NEARLY = 0.8
SOME = 0.3
MOULD = 0.8  # titles that are alike but for their numbers: releases, issues, episodes
TWO = 2  # words that a title must have to be alike to another
FEW = 4  # words of a text from which on it says something
SOON = 600  # s: a date that is made anew at each poll moves by less from one poll to the next

Date = Literal["same", "soon", "other", "unknown"]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How an entry is like what is remembered: words of titles in common, words of texts, and its date.

    `mould`: the titles differ in nothing but their numbers. `told`: both have a text that is long enough to compare.
    """

    same_title: bool
    title: float
    mould: bool
    text: float
    told: bool
    date: Date

    @property
    def alike(self) -> bool:
        """Whether title or text say what was said; a text that says something else speaks against it."""
        if self.mould:
            return self.text >= NEARLY
        if self.told:
            return self.same_title or self.text >= NEARLY or self.title >= (ALIKE if self.text >= SOME else NEARLY)
        return self.same_title or self.title >= NEARLY


def likeness(known: Mark, shown: Mark, same_title: bool) -> Likeness:
    """How an entry, as the mark that it would leave, is like a mark that is not old."""
    title, before = Gist.of(shown.says), Gist.of(known.says)
    text, told = Gist.of(shown.tells), Gist.of(known.tells)
    shared = title.share(before)
    wordless = not (title.sample or before.sample)
    return Likeness(
        same_title=same_title,
        title=shared if min(len(title.sample), len(before.sample)) >= TWO else 0.0,
        mould=title.numbers != before.numbers and (shared >= MOULD or wordless),
        text=text.share(told)
        if min(len(text.sample), len(told.sample)) >= FEW and text.numbers == told.numbers
        else 0.0,
        told=min(len(text.sample), len(told.sample)) >= FEW,
        date=_date(known.at, shown.at),
    )


def _text(one: Gist, other: Gist) -> float:
    """How much two texts share; nothing where one is too short to tell, or they count something."""
    few = min(len(one.sample), len(other.sample)) < FEW
    return 0.0 if few or one.numbers != other.numbers else one.share(other)


def _date(before: int, now: int) -> Date:
    if not before or not now:
        return "unknown"
    return "same" if before == now else "soon" if abs(before - now) <= SOON else "other"


def is_under_its_guid(like: Likeness) -> bool:
    """Of an entry with a known guid and another link: its slug followed an edit, or its guid is used again."""
    if like.same_title:
        return True
    if like.mould:
        return False
    if like.date == "same":
        return True
    if like.date in ("soon", "unknown"):
        return like.alike
    return like.title >= NEARLY or (like.title >= ALIKE and like.text >= ALIKE) or like.text >= MOULD


def is_counted_on(like: Likeness, apart: int) -> bool:
    """Of one with a known link whose guid differs only by what counts its edits, dated `apart` seconds away."""
    if like.mould:
        return like.date == "same"
    return like.alike or like.date != "other" or apart <= DAY_SECONDS


def is_on_its_page(like: Likeness, has_guid: bool, coarse: bool) -> bool:
    """Of one with a known link and another guid, or none: an edit, or the next story on a page that stays."""
    if like.same_title:
        return True
    if has_guid:
        return not like.mould and like.alike and (like.date == "same" or like.text >= ALIKE <= like.title)
    if like.date == "same" and (not coarse or (not like.mould and like.title >= ALIKE)):
        return True
    return like.text >= MOULD if like.mould else like.alike


def is_moved(like: Likeness, coarse: bool) -> bool:
    """Of one of which no key is known, in place of one of the same date that has gone: its slug followed an edit."""
    if like.date != "same" or like.mould:
        return False
    if coarse and like.told and not like.same_title:
        return like.text >= MOULD or (like.title >= ALIKE and like.text >= ALIKE)
    return like.alike or (like.title >= ALIKE and not like.told)
