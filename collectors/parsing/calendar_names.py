"""What months and weekdays are called in some fifty languages, and the words that stand about them in a date."""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["FILLERS", "NAMES_FILE", "Names", "calendar_names", "month_of", "plain_word"]

NAMES_FILE = "calendar_names.json"  # `python -m tests.bench.calendar_names` writes it

# Words that say nothing: `the 5th of May at ten o'clock`, in other languages too.
_FILLERS = """
t at the of on and o clock hrs hr hour hours h st nd rd th er day date de del da do di a à as às las los el la le il em
e y ore alle dia horas hora d den der vom am um uhr kl klo kello klokken pukul pada jam tanggal г года год р року в о об
ngày năm lúc giờ m gada gads godz godzina roku rok v ve saat anul στις στη ώρα kell ob uur op om
"""
FILLERS = frozenset(_FILLERS.split())
_DOT = re.compile(r"(?<=[^\W\d_])\.|(?<=[\u0300-\u036f\u0900-\u0fff])\.")  # of an abbreviation


class Names(NamedTuple):
    """Words in lower case without dots: months by name, and what weekdays are called."""

    months: Mapping[str, int]
    weekdays: frozenset[str]


def plain_word(text: str) -> str:
    """Return the text as it is compared: in NFKC and lower case, without the dots of abbreviations."""
    return _DOT.sub("", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())).strip()


@cache
def calendar_names() -> Names:
    """Return the names of the file, which is read once."""
    data = json.loads(files("collectors.parsing").joinpath(NAMES_FILE).read_text(encoding="utf-8"))
    months = {name: number for number, names in enumerate(data["months"], 1) for name in names}
    return Names(months, frozenset(data["weekdays"]))


@lru_cache(maxsize=1024)
def month_of(word: str) -> int | None:
    """Return the month that a word names, or that all names have which begin with it; None for any other word."""
    months = calendar_names().months
    if word in months or len(word) < 3:
        return months.get(word)
    begun = {number for name, number in months.items() if name.startswith(word)}
    return begun.pop() if len(begun) == 1 else None
