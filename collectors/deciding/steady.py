"""What a text says whatever the hour, and however many have answered: without ages and counters, which go on alone.

`Title (3 comments)`, `[+17] Title` and `Posted 59 minutes ago` are read as `Title` and `Posted`, in the languages of
`ages.tsv` and `counters.tsv`.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

__all__ = ["steady_text", "steady_title"]

_NUMBER = r"[+±~≈]?\d{1,9}(?:[.,' \u00a0\u202f]\d{3})*(?:[.,]\d{1,2})?\s?(?:[km](?!\w)|тыс\.?|[千万萬천만])?\+?"
_OPEN, _CLOSE = r"[(\[{（［【「〔]", r"[)\]}）］】」〕]"
_BESIDE = r"[|·•∙–—‧/,;:#-]"  # what sets a counter off from the title
# A number alone in brackets counts something where it stands before or behind a title: `(17)`, `[+17]`; no year does.
_BARE = rf"{_OPEN}\s*(?!(?:19|20)\d\d\s*{_CLOSE}){_NUMBER}\s*{_CLOSE}"
_LEFT = re.compile(rf"{_OPEN}\s*{_CLOSE}|^\s*{_BESIDE}+\s|\s{_BESIDE}+\s*$")  # what set it off
_SPACE = re.compile(r"\s+")
ENDS = 300  # characters of a text at its beginning and its end, where ages and counters stand
_DIGITS = re.compile(r"\d+")


def steady_title(title: str) -> str:
    """The title without ages, and without counters in brackets or set off before or behind it."""
    return _without(title, _ages(), _set_off())


def steady_text(text: str) -> str:
    """The text without ages and counters at its ends, and without whatever other numbers it has."""
    head, middle, tail = text[:ENDS], text[ENDS : max(ENDS, len(text) - ENDS)], text[max(ENDS, len(text) - ENDS) :]
    plain = _without(head, _ages(), _counted()) + middle + (_without(tail, _ages(), _counted()) if tail else "")
    return _DIGITS.sub("", plain)


def _without(text: str, *patterns: re.Pattern[str]) -> str:
    plain = text
    for pattern in patterns:
        plain = pattern.sub(" ", plain)
    return text if plain == text else _SPACE.sub(" ", _LEFT.sub(" ", plain)).strip()


@cache
def _ages() -> re.Pattern[str]:
    """`59 minutes ago`, `vor einer Stunde`, `2小时前`, also of several units."""
    found = []
    for before, ones, units, after, alone in _lines("ages.tsv"):
        joined = "" if _joins(after or before) else r"(?!\w)"
        begin = rf"(?<!\w)(?:{before})\s" if before else ""
        apart = r"(?<!\w)" if joined else r"(?<!\d)"
        many = rf"(?:\d{{1,3}}|(?:{ones}))\s?(?:{units}){joined}"
        several = rf"(?:{many}(?:,|\s|\s(?:and|und|et|y|e|и|och|og))*){{1,3}}"
        found.append(rf"{begin}{apart}{several}" + (rf"\s?(?:{after}){joined}" if after else ""))
        if alone:
            found.append(rf"{apart}(?:{alone}){joined}")
    return re.compile("|".join(found), re.IGNORECASE)


@cache
def _counted() -> re.Pattern[str]:
    """`3 comments`, `no comments`, `Comments: 3`, `댓글 3개`, anywhere."""
    return re.compile(_count(), re.IGNORECASE)


@cache
def _set_off() -> re.Pattern[str]:
    """Counters of a title: in brackets, or between its ends and a sign that sets them off."""
    count = _count()
    things = "|".join(things for things, _ in _lines("counters.tsv"))
    several = rf"(?:{count})(?:\s*(?:{_BESIDE}|&|and|und|et|y|e|и|\s)\s*(?:{count}))*"
    return re.compile(
        rf"\s*{_OPEN}\s*{several}\s*{_CLOSE}|^\s*{several}\s*{_BESIDE}\s+|\s+{_BESIDE}\s+{several}(?=\s*$|\s+{_BESIDE}\s)"
        rf"|\s(?:{things})\s?[:：]?\s?{_BARE}\s*$|^\s*{_BARE}\s*|\s*{_BARE}\s*$|\s\+\d{{1,6}}\s*$",
        re.IGNORECASE,
    )


@cache
def _count() -> str:
    lines = list(_lines("counters.tsv"))
    words, none = ("|".join(forms) for forms in zip(*(line for line in lines if not _joins(line[0])), strict=True))
    signs, nothing = ("|".join(forms) for forms in zip(*(line for line in lines if _joins(line[0])), strict=True))
    more = r"(?:new |neue |nouveaux? |nuevos? |novos? |nuovi |новых )?"
    return (
        rf"(?<![\w.])(?:{_NUMBER}|(?:{none})(?!\w))\s?{more}(?:{words})(?!\w)"
        rf"|(?<!\w)(?:{words})\s?[:=(\[]?\s?{_NUMBER}(?!\w)\s?[)\]]?"
        rf"|{_NUMBER}\s?(?:{signs})|(?:{nothing})\s?(?:{signs})|(?:{signs})\s?[:：(（]?\s?{_NUMBER}\s?[件個个条次건개]?(?:\s?[)）])?"
    )


def _joins(form: str) -> bool:
    """Whether a form is of a script that puts no space between words."""
    return any(
        "\u0e00" <= letter <= "\u0eff" or "\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af"
        for letter in form
    )


def _lines(name: str) -> Iterator[list[str]]:
    """The fields of each line of a file, without the language."""
    for line in files("collectors.deciding").joinpath(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")[1:]
