"""Which countries a text speaks of, in any of our languages: *Saksan oikeus* and *a Munich court* are of one."""

import re
from collections import defaultdict
from functools import cache
from importlib.resources import files

__all__ = ["countries_in"]

_NO_SPACES = frozenset({"zh", "ja", "ko"})  # languages in which a name is looked for anywhere
_SHORT = 3  # letters: so short a name is meant only in capitals, as in "US"


def countries_in(text: str, lang: str) -> frozenset[str]:
    """Return the codes of the countries that a text names, also by an adjective, a city or an institution's seat."""
    pattern, codes = _patterns().get(lang, (None, {}))
    if pattern is None:
        return frozenset()
    found = set()
    written = f" {text}"
    for match in pattern.finditer(written.lower()):
        name = match.group()
        if lang in _NO_SPACES or len(name) > _SHORT or written[slice(*match.span())].isupper():
            found.add(codes[re.sub(r"\s", " ", name)])
    return frozenset(found)


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], dict[str, str]]]:
    """For each language a pattern of all names, the longest first, and the country of each.

    In the file a name is the beginning of a word, with `=` a whole one, with `_` for a space.
    """
    names: dict[str, dict[str, str]] = defaultdict(dict)
    whole = set()
    for line in files("stream.stories").joinpath("countries.tsv").read_text(encoding="utf-8").splitlines():
        code, lang, entries = line.split("\t")
        for entry in entries.split(" "):
            name = entry.removeprefix("=").replace("_", " ").lower()
            names[lang][name] = code
            if entry.startswith("="):
                whole.add((lang, name))
    found = {}
    for lang, codes in names.items():
        longest = sorted(codes, key=lambda name: (-len(name), name))
        ends = {name: r"(?![\w\u0900-\u097f])" if (lang, name) in whole else "" for name in longest}
        before = "" if lang in _NO_SPACES else r"(?<![\w\u0900-\u097f])"
        written = "|".join(re.escape(name).replace(r"\ ", r"\s") + ends[name] for name in longest)
        found[lang] = (re.compile(f"{before}(?:{written})"), codes)
    return found
