"""Writes what months and weekdays are called, by Unicode's CLDR: `python -m tests.bench.calendar_names`."""

import json
import re
from collections import defaultdict
from pathlib import Path

from babel.dates import get_day_names, get_month_names

from collectors.parsing.calendar_names import NAMES_FILE, plain_word

# No two of them use one name for two months (Croatian does: its October is Polish November).
_LANGUAGES = """
ar az be bg bn ca cs da de el en es et eu fa fi fr gl he hi hu hy id is it ja ka kk ko lt lv mk ms nb nl pl pt ro ru sa
sk sl sq sr sr_Latn sv ta th tr uk uz vi zh
"""
# What feeds use beside: Latin, and the short names of older software.
_FURTHER = (
    *("ianuarii jän jänner", "februarii feber pebruari", "martii mrz", "aprilis", "maii", "iunii", "iulii"),
    *("augusti agt ags", "septembris sept set", "octobris", "novembris nop nopember", "decembris"),
)
_BEFORE = re.compile("^(de |d['’])")  # Catalan: `of November`


def names() -> dict[str, list[str] | list[list[str]]]:
    """The names of each month and those of weekdays, as words without dots and in lower case."""
    months: dict[int, set[str]] = defaultdict(set)
    days: set[str] = set()
    for language in _LANGUAGES.split():
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for month, name in get_month_names(width, context, language).items():
                    months[month].add(_BEFORE.sub("", plain_word(name)).rstrip(":॰"))
                for name in get_day_names(width, context, language).values():
                    days |= {word.rstrip(":॰") for word in plain_word(name).split()}
    for month, words in enumerate(_FURTHER, 1):
        months[month] |= set(words.split())
    return {
        "months": [sorted(filter(_spelled, months[month])) for month in range(1, 13)],
        "weekdays": sorted(filter(_spelled, days)),
    }


def _spelled(name: str) -> bool:
    return not any(map(str.isdecimal, name))


if __name__ == "__main__":
    written = json.dumps(names(), ensure_ascii=False, indent=0)
    (Path("collectors/parsing") / NAMES_FILE).write_text(written + "\n", encoding="utf-8")
