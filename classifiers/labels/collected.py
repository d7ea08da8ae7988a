"""All labels of a stream, gathered by item: what a training reads, up to offsets that it records."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from classifiers.labels.current import USUAL, Belief, CurrentLabel, current_label, entry_of, opinions
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Record
from stream.records import Item, Label, NewerVersion, decode

__all__ = ["AT_RANDOM", "Labelled", "Labels", "gathered", "read_labels"]

log = logging.getLogger(__name__)
AT_RANDOM = "label next --random"  # the origin of labels of items that were drawn at random
Offsets = Mapping[str, int]  # by partition, as records of models have them


@dataclass(frozen=True)
class Labelled:
    """An item with the labels on it, in their order, and whom of those who gave them is believed."""

    item: Item
    labels: tuple[Label, ...]
    belief: Belief = USUAL

    @property
    def current(self) -> CurrentLabel:
        """Its label as it stands now."""
        return current_label((entry_of(label) for label in self.labels), self.belief)

    @property
    def contradicted(self) -> tuple[str, ...]:
        """The themes of which one person says one thing and another the opposite, whoever of them is believed."""
        said = opinions(map(entry_of, self.labels), self.belief)
        yes, no = ({each.theme for each in said if each.right is right} for right in (True, False))
        return tuple(sorted(yes & no))

    @property
    def standing(self) -> tuple[Label, ...]:
        """The labels that say something of it and were not taken back."""
        undone = {label.undoes for label in self.labels}
        return tuple(label for label in self.labels if label.id not in undone and not label.undoes)

    @property
    def confirmed(self) -> bool:
        """Whether somebody insists on what holds now: by confirming it, or because it was said twice."""
        current = self.current
        said = [each for each in self.standing if current.yes.issuperset(each.yes) and current.no.issuperset(each.no)]
        twice = Counter((frozenset(each.yes), frozenset(each.no)) for each in said)
        return any(each.confirmed for each in said) or any(count > 1 for count in twice.values())

    @property
    def contrary(self) -> bool:
        """Whether a model was sure of the contrary when it was labelled so."""
        return any(label.contrary for label in self.standing)

    @property
    def people(self) -> frozenset[str]:
        """Who labelled it."""
        return frozenset(label.who for label in self.labels)


@dataclass(frozen=True)
class Labels:
    """The labels of a stream with their partitions and offsets, and the offsets (`ends`) up to which they were read."""

    records: tuple[tuple[int, int, Label], ...]
    ends: dict[str, int]
    belief: Belief = USUAL

    def __len__(self) -> int:
        return len(self.records)

    def up_to(self, ends: Offsets) -> "Labels":
        """Return those before these offsets."""
        before = tuple(row for row in self.records if row[1] < ends.get(str(row[0]), 0))
        return Labels(before, dict(ends), self.belief)

    def plus(self, more: Iterable[Label]) -> "Labels":
        """Return these with some that are not on the stream."""
        return Labels((*self.records, *((0, 1 << 62, label) for label in more)), self.ends, self.belief)

    @property
    def by_item(self) -> tuple[Labelled, ...]:
        """The items, by id."""
        return gathered((label for _, _, label in self.records), self.belief)


def gathered(labels: Iterable[Label], belief: Belief = USUAL) -> tuple[Labelled, ...]:
    """Return the labels by item; one that was sent twice counts once, and the first copy of the text is kept."""
    found: dict[str, dict[str, Label]] = {}
    for label in labels:
        found.setdefault(label.item.id, {}).setdefault(label.id, label)
    return tuple(
        Labelled(next(iter(own.values())).item, tuple(own.values()), belief) for _, own in sorted(found.items())
    )


def read_labels(stream: Log, ends: Offsets | None = None, belief: Belief = USUAL) -> Labels:
    """Return the labels up to these offsets, or up to now; a record that is no label is passed over with a warning."""
    now = {str(partition): offset for (_, partition), offset in stream.ends([topics.LABELS]).items()}
    reader = stream.reader([topics.LABELS])
    found: list[Record] = []
    while not reader.caught_up():
        found += reader.poll(1.0)
    reader.close()
    up_to = now if ends is None else ends
    records = []
    for record in sorted(found, key=lambda record: (record.partition, record.offset)):
        if record.offset >= up_to.get(str(record.partition), 0):
            continue
        try:
            records.append((record.partition, record.offset, decode(record.value, Label)))
        except (msgspec.MsgspecError, NewerVersion) as error:
            log.warning("labels %d:%d is passed over: %s", record.partition, record.offset, error)
    return Labels(tuple(records), dict(up_to), belief)
