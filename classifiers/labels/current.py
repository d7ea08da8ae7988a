"""What people's labels say of an item now: later words of a person outweigh earlier ones, and undone ones are gone."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from stream.records import Label

__all__ = ["Said", "Word", "added", "said", "word_of"]


class Word(msgspec.Struct, frozen=True):
    """A label without its copy of the item."""

    id: str
    who: str
    at: int
    yes: tuple[str, ...]
    no: tuple[str, ...]
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Themes that all who spoke call right, those that all call wrong, and those on which people disagree."""

    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    disputed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.yes or self.no)


def word_of(label: Label) -> Word:
    """Return the label's word."""
    return Word(label.id, label.who, label.at, label.yes, label.no, label.undoes)


def added(words: tuple[Word, ...], label: Label) -> tuple[Word, ...]:
    """Return the words with this one; one that is there already counts once."""
    return words if any(word.id == label.id for word in words) else (*words, word_of(label))


def said(words: Iterable[Word]) -> Said:
    """Return what holds of an item after these words about it, in the order in which they were appended."""
    found = list(words)
    undone = {word.undoes for word in found if word.undoes}
    by_person: dict[str, dict[str, bool]] = {}
    for word in found:
        if word.id not in undone:
            opinion = by_person.setdefault(word.who, {})
            opinion |= dict.fromkeys(word.no, False) | dict.fromkeys(word.yes, True)
    yes = {theme for opinion in by_person.values() for theme, is_it in opinion.items() if is_it}
    no = {theme for opinion in by_person.values() for theme, is_it in opinion.items() if not is_it}
    return Said(frozenset(yes - no), frozenset(no - yes), frozenset(yes & no))
