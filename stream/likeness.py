"""How alike two texts are, by their words alone: enough to tell an edit from another story, in any language."""

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache
from itertools import pairwise

__all__ = ["numbers", "share", "words"]

# Scripts that put no space between words, and Hangul, whose words take endings: what stands beside what says enough.
_JOINED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
STEM = 6
SHORT = 3  # letters: such a word says something in capitals only, as in GPU


@lru_cache(maxsize=4_000)
def words(text: str) -> frozenset[str]:
    """The words of a text that are no numbers, without their endings and without short common ones."""
    plain = unicodedata.normalize("NFKC", text)
    found = {one + other for run in _JOINED.findall(plain) for one, other in pairwise(run)}
    for word in _WORD.findall(_JOINED.sub(" ", plain)):
        if not re.search(r"\d", word) and (len(word) > SHORT or (word.isupper() and len(word) > 1)):
            found.add(word.casefold()[:STEM])
    return frozenset(found)


def numbers(text: str) -> tuple[str, ...]:
    """The numbers, versions and codes of a text, in their order."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return tuple(word for word in _WORD.findall(_JOINED.sub(" ", plain)) if re.search(r"\d", word))


def share(one: Set[object], other: Set[object]) -> float:
    """How much of what is in the smaller is in both; 0 where there is nothing to compare."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0
