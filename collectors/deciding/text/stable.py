"""A text without ages and counters, which change by themselves: it stays the same until somebody edits it.

`Title (3 comments)`, `[+17] Title` and `Posted 59 minutes ago` are read as `Title` and `Posted`, in the languages of
`ages.tsv` and `counters.tsv`. A language is looked for where one of its words is there: most texts have none.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["stable_text", "stable_title"]

ENDS = 300  # characters of a text at its beginning and its end, where ages and counters stand
_NUMBER = "[+±~≈]?\\d{1,9}(?:[.,' \u00a0\u202f]\\d{3})*" + r"(?:[.,]\d{1,2})?\s?(?:[km](?!\w)|тыс\.?|[千万萬천만])?\+?"
_OPEN, _CLOSE = r"[(\[{（［【「〔]", r"[)\]}）］】」〕]"
_BESIDE = r"[|·•∙–—‧/,;:#-]"  # what sets a counter off from the title
_AND = rf"(?:{_BESIDE}|&|and|und|et|y|e|и|\s)"
# A number alone in brackets counts something where it stands before or behind a title: `(17)`, `[+17]`; no year does.
_BARE = rf"{_OPEN}\s*(?!(?:19|20)\d\d\s*{_CLOSE}){_NUMBER}\s*{_CLOSE}"
_ALONE = re.compile(rf"^\s*{_BARE}|{_BARE}\s*$|\s\+\d{{1,6}}\s*$")
_LEFT = re.compile(rf"{_OPEN}\s*{_CLOSE}|^\s*{_BESIDE}+\s|\s{_BESIDE}+\s*$")  # what set it off
_JOINED = re.compile("[\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]")  # scripts that put no space between words
_LITERAL = re.compile(r"(?:^|[|(:?])([^\W\d_][^\s|()\[\]?+*\\.:-]*?)(?:.\?|(?=[\s|()\[\]+*\\.:-])|$)")
_ENDING = re.compile(r"(?<=[^\W\d_])\(\?:[^()]*\)")  # of a word, as in `answer(?:s|ed)`
_SHORT = 4  # letters: a longer word is known by so many
_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")


def stable_title(title: str) -> str:
    """The title without ages, and without counters in brackets or set off before or behind it."""
    return _without(title, _ages(), _set_off(), _ALONE)


def stable_text(text: str) -> str:
    """The text without ages and counters at its ends, without whatever other numbers it has, and without spaces."""
    head, middle, tail = text[:ENDS], text[ENDS : max(ENDS, len(text) - ENDS)], text[max(ENDS, len(text) - ENDS) :]
    steady = (_without(head, _ages(), _counted()), middle, _without(tail, _ages(), _counted()))
    return _DIGITS.sub("", "".join("".join(steady).split()))


@dataclass(frozen=True)
class _Forms:
    """The patterns of all languages: which of them a text calls for by the beginnings of its words.

    Each is compiled when it is called for first: all of them take a second.
    """

    patterns: tuple[str, ...]
    begun_by: Mapping[str, frozenset[int]]
    joined: frozenset[int]

    def without(self, text: str) -> str:
        """The text without what the patterns find."""
        called = {number for begin in _begun(text) & self.begun_by.keys() for number in self.begun_by[begin]}
        if _JOINED.search(text):
            called |= self.joined
        for number in sorted(called):
            text = _compiled(self.patterns[number]).sub(" ", text)
        return text


@lru_cache(maxsize=2)
def _begun(text: str) -> frozenset[str]:
    """How its words begin, in two to four letters, and its short words, with a space; each of the forms asks for it."""
    words = {word.lstrip("([{\"'#,.:;-")[:_SHORT] for word in text.casefold().split()}
    short = [word for word in words if len(word) < _SHORT or not word.isalpha()]
    whole = {f"{word[:length]} " for word in short for length in (2, 3) if not word[length : length + 1].isalpha()}
    return frozenset(whole.union(words, [word[:length] for word in words for length in (2, 3)]))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _without(text: str, *forms: _Forms | re.Pattern[str]) -> str:
    plain = text
    for form in forms:
        plain = form.without(plain) if isinstance(form, _Forms) else form.sub(" ", plain)
    return text if plain == text else _SPACE.sub(" ", _LEFT.sub(" ", plain)).strip()


def _forms(languages: Iterator[tuple[str, str]]) -> _Forms:
    """Of each language the words by which it is known, and its pattern."""
    patterns, joined = [], set()
    begun_by: dict[str, frozenset[int]] = {}
    for number, (words, pattern) in enumerate(languages):
        patterns.append(pattern)
        if _JOINED.search(words):
            joined.add(number)
        for begun in _known_by(_ENDING.sub("(", words.casefold())):
            begun_by[begun] = begun_by.get(begun, frozenset()) | {number}
    return _Forms(tuple(patterns), begun_by, frozenset(joined))


def _known_by(words: str) -> Iterator[str]:
    """How the words of a pattern begin, as `_begun` has it: of a short one that ends there, the whole of it.

    Else `for` and `ha` would call for languages in which hardly a text is.
    """
    for found in _LITERAL.finditer(words):
        literal, ends = found[1], found.end() == found.end(1) and re.match(r"[\s|]|$", words[found.end() :])
        if len(literal) > 1:
            yield f"{literal} " if ends and len(literal) < _SHORT and not _JOINED.search(literal) else literal[:_SHORT]


@cache
def _ages() -> _Forms:
    """`59 minutes ago`, `vor einer Stunde`, `2小时前`, also of several units."""

    def languages() -> Iterator[tuple[str, str]]:
        for before, ones, units, after, alone in _lines("ages.tsv"):
            apart, ends = (r"(?<!\d)", "") if _JOINED.search(after) else (r"(?<!\w)", r"(?!\w)")
            begin = rf"(?<!\w)(?:{before})\s" if before else ""
            many = rf"(?:\d{{1,3}}|(?:{ones}))\s?(?:{units}){ends}"
            several = rf"(?:{many}(?:,|\s|\s(?:and|und|et|y|e|и|och|og))*){{1,3}}"
            age = rf"{begin}{apart}{several}" + (rf"\s?(?:{after}){ends}" if after else "")
            yield f"{before or after}|{alone}", age + (rf"|{apart}(?:{alone}){ends}" if alone else "")

    return _forms(languages())


@cache
def _counted() -> _Forms:
    """`3 comments`, `no comments`, `Comments: 3`, `댓글 3개`, anywhere."""
    return _forms((things, _count(things, none)) for things, none in _lines("counters.tsv"))


@cache
def _set_off() -> _Forms:
    """Counters of a title: in brackets, or between its ends and a sign that sets them off."""

    def languages() -> Iterator[tuple[str, str]]:
        for things, none in _lines("counters.tsv"):
            several = rf"(?:{_count(things, none)})(?:\s*{_AND}\s*(?:{_count(things, none)}))*"
            yield (
                things,
                (
                    rf"{_OPEN}\s*{several}\s*{_CLOSE}|^\s*{several}\s*{_BESIDE}\s+|\s{_BESIDE}\s+{several}(?=\s*$|\s+{_BESIDE}\s)"
                    rf"|\s(?:{things})\s?[:：]?\s?{_BARE}\s*$"
                ),
            )

    return _forms(languages())


def _count(things: str, none: str) -> str:
    if _JOINED.search(things):
        behind = rf"(?:{things})\s?[:：(（]?\s?{_NUMBER}\s?[件個个條条次건개]?(?:\s?[)）])?"
        return rf"{_NUMBER}\s?(?:{things})|(?:{none})\s?(?:{things})|{behind}"
    more = r"(?:new |neue |nouveaux? |nuevos? |novos? |nuovi |новых )?"
    return (
        rf"(?<![\w.])(?:{_NUMBER}|(?:{none})(?!\w))\s?{more}(?:{things})(?!\w)"
        rf"|(?<!\w)(?:{things})\s?[:=(\[]?\s?{_NUMBER}(?!\w)\s?[)\]]?"
    )


def _lines(name: str) -> Iterator[list[str]]:
    """The fields of each line of a file, without the language."""
    for line in files("collectors.deciding.text").joinpath(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")[1:]
