"""What of all items may be of a theme: a bounded number of them, found without reading the others."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from stream.index.search import matching
from stream.index.stage import ItemDoc
from stream.sqlite.database import Database

__all__ = ["theme_candidates"]

_WORD = re.compile(r"[^\W\d_]{2,}")  # one letter says nothing of a theme
_WORDS = 100  # that are looked for
_COMMON = 2_000  # items from which on a word says nothing
_RANKED = 10_000  # items with one of the words, those of the rarest first, that are compared


def theme_candidates(
    index: Database, theme: str, known: Sequence[str], each: int, but: Collection[str] = (), langs: Sequence[str] = ()
) -> list[ItemDoc]:
    """Return up to so many items of each kind, without these and in these languages where any are named.

    The kinds are: items that share rare words with what is `known` of the theme, items that were given the theme with
    the greatest probability, and items that lie spread over the whole time of the archive. Raises `LogError`.
    """
    most = each + len(but)
    found = dict[str, ItemDoc]()
    for numbers in (
        _by_words(index, known, most, langs),
        _by_probability(index, theme, most, langs),
        _spread(index, most, langs),
    ):
        new = [doc for doc in _docs(index, numbers) if doc.item.id not in but and doc.item.id not in found]
        found.update((doc.item.id, doc) for doc in new[:each])
    return list(found.values())


def _by_words(index: Database, known: Sequence[str], most: int, langs: Sequence[str]) -> list[int]:
    """By how many and how rare words they share, as full-text search ranks them."""
    phrases = Counter(phrase for text in known for word in _WORD.findall(text) for phrase in _phrases(word))
    rarities = []
    for query, _ in phrases.most_common(_WORDS):
        counted = "SELECT count(*) FROM (SELECT 1 FROM item_words WHERE item_words MATCH ? LIMIT ?)"
        count = index.read(counted, (query, _COMMON + 1))[0][0]
        if 0 < count <= _COMMON:
            rarities.append((count, query))
    chosen, total = [], 0
    for count, query in sorted(rarities):
        if (total := total + count) > _RANKED:
            break
        chosen.append(query)
    if not chosen:
        return []
    within = f"AND EXISTS (SELECT 1 FROM item WHERE number = item_words.rowid {_in(langs)})" if langs else ""
    query = f"SELECT rowid FROM item_words WHERE item_words MATCH ? {within} ORDER BY rank LIMIT ?"
    return [number for (number,) in index.read(query, (" OR ".join(chosen), *langs, most))]


def _phrases(word: str) -> list[str]:
    """The word as a whole, and of scripts without spaces each two characters."""
    parts = matching(word).rstrip("*").strip('"').split()
    return [f'"{" ".join(parts[at : at + 2])}"' for at in range(max(1, len(parts) - 1))] if parts else []


def _by_probability(index: Database, theme: str, most: int, langs: Sequence[str]) -> list[int]:
    within = f"AND EXISTS (SELECT 1 FROM item WHERE number = item_theme.number {_in(langs)})" if langs else ""
    query = f"SELECT number FROM item_theme WHERE theme = ? {within} ORDER BY probability DESC, number DESC LIMIT ?"
    return [number for (number,) in index.read(query, (theme, *langs, most))]


def _spread(index: Database, most: int, langs: Sequence[str]) -> list[int]:
    """One after each of so many moments that lie equally far apart."""
    first, last = index.read("SELECT (SELECT min(number) FROM item), (SELECT max(number) FROM item)")[0]
    if first is None:
        return []
    query = f"SELECT number FROM item WHERE number >= ? {_in(langs)} ORDER BY number LIMIT 1"
    moments = (first + (last - first) * n // max(1, most - 1) for n in range(most))
    return [row[0] for at in moments for row in index.read(query, (at, *langs))]


def _docs(index: Database, numbers: Sequence[int]) -> list[ItemDoc]:
    query = "SELECT value FROM item JOIN row ON row.name = 'items' AND row.key = item.id WHERE item.number = ?"
    rows = [row for number in dict.fromkeys(numbers) for row in index.read(query, (number,))]
    return [msgspec.json.decode(value, type=ItemDoc) for (value,) in rows]


def _in(langs: Sequence[str]) -> str:
    return f"AND lang IN ({', '.join('?' * len(langs))})" if langs else ""
