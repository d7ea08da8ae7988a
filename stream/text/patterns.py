"""Patterns that people write: RE2's, whose time is linear in the text, so that none can hang.

Texts are searched as they are, and then as they read (`folded`): a word is found whether a text writes it in full or
half width, composed or not, with whatever dash and space.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from typing import Any

import re2

__all__ = ["any_of", "first_of", "found", "has_any", "pattern"]

_WIDTH = 1 << 20  # bytes that a compiled pattern may take
_MANY = 4 << 20  # that of many words together
_UNSEEN = re.compile(
    "[\u00ad\u034f\u180b-\u180e\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]"
)  # soft hyphens, joiners, variants
_DASH = re.compile("[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_APOSTROPHE = re.compile("[\u2018\u2019\u02bc\uff07]")
# Scripts that put no space between words; Korean does, but its particles and compounds stand in the same word.
_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}々〆ー"
_BORDER = rf"(?:[^\pL\pN\pM\p{{Cf}}]|[{_SPACELESS}])"  # what stands beside a word; a joiner is within one
_ANYWHERE = re2.compile(rf"[{_SPACELESS}]|[^\pL\pN\pM]")  # what a word may begin or end with wherever it stands


@lru_cache(maxsize=1024)
def pattern(text: str, width: int = _WIDTH) -> Any:  # noqa: ANN401  (the library is untyped)
    """Return the compiled RE2 pattern; raises ValueError with what is wrong with it."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = width
    try:
        compiled = re2.compile(text, options)
    except re2.error as error:
        message = error.args[0]
        raise ValueError(message.decode() if isinstance(message, bytes) else str(message)) from error
    if compiled.search(""):
        raise ValueError("it matches every text, since it matches nothing at all")
    return compiled


@lru_cache(maxsize=4096)  # one for each list of words: more than a few for each subscription
def any_of(texts: tuple[str, ...]) -> tuple[Any, ...]:
    """Return patterns of which one is found where one of the words is; raises ValueError, with the word where it can.

    A word is plain, or a phrase, in any case, or `/REGEX/`. The plain ones are a few patterns, however many they are,
    and take the time of one.

    A word stands by itself: `chip` is not in `chiplet`. Beside a script that puts no space between words, or in one, it
    may stand anywhere: `GPU` is in `大规模GPU集群`, `標準` in `国際標準化`, `엔비디아` in `엔비디아가`.
    """
    patterns, plain = [], dict[tuple[str, str], list[str]]()
    for text in texts:
        try:
            if _is_regex(text):
                patterns.append(pattern(text[1:-1]))
            else:
                before, inner, after = _parts(text)
                plain.setdefault((before, after), []).append(inner)
        except ValueError as error:
            raise ValueError(f"the word {text!r} is refused: {error}") from error
    for (before, after), many in plain.items():
        try:
            patterns.append(pattern(f"(?i){before}(?:{'|'.join(many)}){after}", _MANY))
        except ValueError as error:
            raise ValueError("the words together are too long") from error
    return tuple(patterns)


def first_of(texts: tuple[str, ...], *read: str) -> str:
    """Return the first of the words that is found in one of what is read; "" for none."""
    if not texts or not has_any(texts, *read):
        return ""
    if len(texts) == 1:
        return texts[0]
    half = len(texts) // 2
    return first_of(texts[:half], *read) or first_of(texts[half:], *read)


def has_any(texts: tuple[str, ...], *read: str) -> bool:
    """Whether one of the words is found in one of what is read."""
    patterns = any_of(texts)
    for text in read:
        forms = {text: None, folded(text): None}
        if any(each.search(form) for form in forms for each in patterns):
            return True
    return False


def _is_regex(text: str) -> bool:
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


def _parts(text: str) -> tuple[str, str, str]:
    """Of a plain word what must stand before it, itself, and what must stand after it."""
    plain = folded(text).strip()
    if not plain:
        raise ValueError("a word is empty")
    inner = r"\s+".join(map(re2.escape, plain.split(" ")))
    before = "" if _ANYWHERE.search(plain[0]) else f"(?:^|{_BORDER})"
    after = "" if _ANYWHERE.search(plain[-1]) else f"(?:{_BORDER}|$)"
    return before, inner, after


def found(compiled: Any, text: str) -> tuple[int, int] | None:  # noqa: ANN401  (the library is untyped)
    """Return where a pattern is first found in a text, as start and end in its characters; None where it is not."""
    if hit := compiled.search(text):
        return hit.start(), hit.end()
    if (plain := folded(text)) == text or not (hit := compiled.search(plain)):
        return None
    start, end = (_index_of(text, at) for at in hit.span())
    end += len(folded(text[:end])) < hit.end()  # one character of the text may read as several
    return start, len(text[:end].rstrip())


def folded(text: str) -> str:
    """Return the text in NFKC without what no reader sees, with plain dashes, apostrophes and single spaces."""
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return " ".join(_APOSTROPHE.sub("'", _DASH.sub("-", plain)).split())


def _index_of(text: str, at: int) -> int:
    """The last index in the text before which no more stands than `at` characters of how it reads."""
    return bisect_right(range(len(text) + 1), at, key=lambda end: len(folded(text[:end]))) - 1
