"""The labels of a stream as they stand now, kept up to date: asked at every step, and each label read once."""

import threading
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from classifiers.labels.collected import Labelled
from classifiers.labels.current import USUAL, Belief, CurrentLabel
from stream.log import topics
from stream.log.port import Log, records
from stream.records import Label, NewerVersion, decode

__all__ = ["BookEntry", "LabelBook"]


@dataclass(frozen=True)
class BookEntry:
    """A labelled item, its label as it stands, and whether it waits to be confirmed because it was contrary."""

    labelled: Labelled
    current: CurrentLabel
    contrary: bool


class LabelBook:
    """What people have said of items. It may be asked from any thread, and raises `LogError`."""

    def __init__(self, stream: Log, belief: Belief = USUAL) -> None:
        self._stream = stream
        self._belief = belief
        self._ends: Mapping[tuple[str, int], int] = {}
        self._given: dict[str, dict[str, Label]] = defaultdict(dict)  # by item, by id
        self._items: dict[str, BookEntry] = {}
        self._said: list[Label] = []  # by when they were given, those that undo others not among them
        self._undone: set[str] = set()
        self._lock = threading.Lock()

    def items(self) -> Mapping[str, BookEntry]:
        """Every item of which something was said that stands."""
        with self._lock:
            self._read_on()
            return dict(self._items)

    def known(self) -> Collection[str]:
        """The ids of these items."""
        return self.items().keys()

    def since(self, at: int) -> Sequence[Label]:
        """The labels that stand and were given at this moment (ms) or later, the newest first."""
        with self._lock:
            self._read_on()
            late = reversed(self._said[bisect_left(self._said, at, key=lambda label: label.at) :])
            return [label for label in late if label.id not in self._undone]

    def _read_on(self) -> None:
        ends = self._stream.ends([topics.LABELS])
        if ends == self._ends:
            return
        touched = set()
        for record in records(self._stream, [topics.LABELS], self._ends):
            try:
                label = decode(record.value, Label)
            except (msgspec.MsgspecError, NewerVersion):
                continue  # a training warns of it
            own = self._given[label.item.id]
            if label.id in own:
                continue  # sent twice, or read twice
            own[label.id] = label
            touched.add(label.item.id)
            if label.undoes:
                self._undone.add(label.undoes)
            else:
                insort(self._said, label, key=lambda each: each.at)
        for item in touched:
            self._stand(item)
        self._ends = ends

    def _stand(self, item: str) -> None:
        own = tuple(self._given[item].values())
        each = Labelled(own[0].item, own, self._belief)
        if each.standing:
            current = each.current
            waits = bool(current) and each.contrary and not each.confirmed
            self._items[item] = BookEntry(each, current, waits)
        else:
            self._items.pop(item, None)
