"""An item's current label: a person's later label outweighs the earlier one, theme by theme; undone ones are gone.

Whose word counts for everybody is `Belief`: a labeller's does at once, a subscriber's once others say the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from stream.records import Label, Opinion, Standing

__all__ = ["USUAL", "Belief", "CurrentLabel", "LabelEntry", "added", "current_label", "entry_of", "opinions"]


@dataclass(frozen=True, slots=True)
class Belief:
    """How many labellers must say the same of an item before it counts for everybody, and how many subscribers.

    Labellers come first: where they have spoken, no number of subscribers says the opposite. 0 subscribers: theirs
    never counts by itself.
    """

    labellers: int = 1
    subscribers: int = 2


USUAL = Belief()


class LabelEntry(msgspec.Struct, frozen=True):
    """A label without its copy of the item."""

    id: str
    who: str
    at: int
    yes: tuple[str, ...]
    no: tuple[str, ...]
    undoes: str = ""
    standing: Standing = "labeller"
    alert: str = ""
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class CurrentLabel:
    """Themes that an item has by people's word, those that it has not, and those that labellers dispute.

    On themes that are `waiting` something was said that does not count for everybody yet.
    """

    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    disputed: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.yes or self.no)


def entry_of(label: Label) -> LabelEntry:
    """Return the label without its copy of the item."""
    said = (label.id, label.who, label.at, label.yes, label.no, label.undoes)
    return LabelEntry(*said, label.standing, label.alert, label.receiver)


def added(entries: tuple[LabelEntry, ...], label: Label) -> tuple[LabelEntry, ...]:
    """Return the labels with this one; one that is there already counts once."""
    return entries if any(entry.id == label.id for entry in entries) else (*entries, entry_of(label))


def current_label(entries: Iterable[LabelEntry], belief: Belief = USUAL) -> CurrentLabel:
    """Return an item's label after these labels of it, in the order in which they were appended."""
    by_theme = defaultdict(list)
    for each in opinions(entries, belief):
        by_theme[each.theme].append(each)
    found: dict[str, set[str]] = {"yes": set(), "no": set(), "disputed": set(), "waiting": set()}
    for theme, own in by_theme.items():
        counting = {each.right for each in own if each.counts}
        disputed = len({each.right for each in own if each.standing == "labeller"}) > 1
        found["disputed" if disputed else "waiting" if not counting else "yes" if True in counting else "no"].add(theme)
    return CurrentLabel(**{name: frozenset(themes) for name, themes in found.items()})


def opinions(entries: Iterable[LabelEntry], belief: Belief = USUAL) -> tuple[Opinion, ...]:
    """Return what each person says now of each theme, in the order in which they said it, and whether it counts."""
    found = list(entries)
    undone = {entry.undoes for entry in found if entry.undoes}
    last: dict[tuple[str, str, str], tuple[Opinion, str]] = {}
    for entry in found:
        for right, themes in ((False, entry.no), (True, entry.yes)) if entry.id not in undone else ():
            for theme in themes:
                key = (entry.who, entry.standing, theme)
                last.pop(key, None)
                said = Opinion(entry.who, entry.standing, theme, right, counts=False, at=entry.at)
                last[key] = said, entry.receiver or entry.who
    by_theme = defaultdict(list)
    for said, voice in last.values():
        by_theme[said.theme].append((said, voice))
    believed = {theme: _believed(own, belief) for theme, own in by_theme.items()}
    return tuple(replace(said, counts=said.right is believed[said.theme]) for said, _ in last.values())


def _believed(said: Sequence[tuple[Opinion, str]], belief: Belief) -> bool | None:
    """What holds for everybody by these opinions, each with its voice; None while nothing does.

    A labeller is a voice among subscribers as well, and subscribers who differ weigh each other up.
    """
    labellers = {right: sum(each.standing == "labeller" and each.right is right for each, _ in said) for right in _BOTH}
    if all(labellers.values()):
        return None
    for right in _BOTH:
        if labellers[right] >= belief.labellers:
            return right
    voices = {right: len({voice for each, voice in said if each.right is right}) for right in _BOTH}
    right = voices[True] > voices[False]
    lead = abs(voices[True] - voices[False])
    return right if belief.subscribers and lead >= belief.subscribers and not labellers[not right] else None


_BOTH = (True, False)
