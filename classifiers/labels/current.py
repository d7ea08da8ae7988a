"""An item's current label: a person's later label outweighs the earlier one, theme by theme; undone ones are gone."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from stream.records import Label

__all__ = ["CurrentLabel", "LabelEntry", "added", "current_label", "entry_of"]


class LabelEntry(msgspec.Struct, frozen=True):
    """A label without its copy of the item."""

    id: str
    who: str
    at: int
    yes: tuple[str, ...]
    no: tuple[str, ...]
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class CurrentLabel:
    """Themes that all who labelled an item say it has, those that all say it has not, and those that are disputed."""

    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    disputed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.yes or self.no)


def entry_of(label: Label) -> LabelEntry:
    """Return the label without its copy of the item."""
    return LabelEntry(label.id, label.who, label.at, label.yes, label.no, label.undoes)


def added(entries: tuple[LabelEntry, ...], label: Label) -> tuple[LabelEntry, ...]:
    """Return the labels with this one; one that is there already counts once."""
    return entries if any(entry.id == label.id for entry in entries) else (*entries, entry_of(label))


def current_label(entries: Iterable[LabelEntry]) -> CurrentLabel:
    """Return an item's label after these labels of it, in the order in which they were appended."""
    found = list(entries)
    undone = {entry.undoes for entry in found if entry.undoes}
    by_person: dict[str, dict[str, bool]] = {}
    for entry in found:
        if entry.id not in undone:
            opinion = by_person.setdefault(entry.who, {})
            opinion |= dict.fromkeys(entry.no, False) | dict.fromkeys(entry.yes, True)
    yes = {theme for opinion in by_person.values() for theme, is_it in opinion.items() if is_it}
    no = {theme for opinion in by_person.values() for theme, is_it in opinion.items() if not is_it}
    return CurrentLabel(frozenset(yes - no), frozenset(no - yes), frozenset(yes & no))
