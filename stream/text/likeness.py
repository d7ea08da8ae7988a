"""How alike two texts are, by their words alone: enough to tell an edit from another story, in any language."""

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache
from itertools import pairwise

__all__ = ["numbers", "overlap", "say_the_same", "words"]

# Scripts that put no space between words, and Hangul, whose words take endings: what stands beside what says enough.
_JOINED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_DIGIT = re.compile(r"\d")
_APOSTROPHE = re.compile("['’]")
STEM = 6
MIN_WORDS = 2  # words with which a text says something
SAME = 0.5
SAME_MOULD = 0.8
SHORT = 3  # letters: such a word says something in capitals only, as in GPU


@lru_cache(maxsize=4_000)
def words(text: str) -> frozenset[str]:
    """The words of a text that are no numbers, without their endings and without short common ones."""
    plain = unicodedata.normalize("NFKC", text)
    runs = _runs(plain)
    pairs = {one + other for run in runs for one, other in pairwise(run)}
    return frozenset(
        pairs.union(
            [
                word.casefold()[:STEM]
                for word in set(_words(plain, runs))
                if (len(word) > SHORT or (len(word) > 1 and word.isupper()))
                and (word.isalpha() or not _DIGIT.search(word))
            ]
        )
    )


def numbers(text: str) -> tuple[str, ...]:
    """The numbers, versions and codes of a text, in their order."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not _DIGIT.search(plain):
        return ()
    found = (_APOSTROPHE.split(word)[0] for word in _words(plain, _runs(plain)) if not word.isalpha())
    return tuple(word for word in found if _DIGIT.search(word))


def _runs(plain: str) -> list[str]:
    """What is written without spaces; to look at every character for it takes longer than to find the words."""
    return [] if plain.isascii() else _JOINED.findall(plain)


def _words(plain: str, runs: list[str]) -> list[str]:
    return _WORD.findall(_JOINED.sub(" ", plain) if runs else plain)


def overlap(one: Set[object], other: Set[object]) -> float:
    """How much of what is in the smaller is in both; 0 where there is nothing to compare."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def say_the_same(title: str, text: str, other_title: str, other_text: str) -> bool:
    """Whether two items that lead to one page tell of the same, or one of them says too little to tell.

    Half of the words of one title, or of one text, are in the other; and titles that are alike count the same, or they
    would be of two releases.
    """
    titles = words(title), words(other_title)
    wholes = titles[0] | words(text), titles[1] | words(other_text)
    if min(map(len, wholes)) < MIN_WORDS:
        return title.strip() == other_title.strip() or not numbers(title) or not numbers(other_title)
    one, other = set(numbers(title)), set(numbers(other_title))
    if one - other and other - one and overlap(*titles) >= SAME_MOULD:
        return False
    alike = [overlap(titles[0], wholes[1]), overlap(wholes[0], titles[1]), overlap(*wholes)]
    sizes = [min(map(len, each)) for each in ((titles[0], wholes[1]), (wholes[0], titles[1]), wholes)]
    return any(each >= SAME for each, size in zip(alike, sizes, strict=True) if size >= MIN_WORDS)
