"""The tag stage's tables."""

import msgspec

from classifiers.labels.current import LabelEntry
from stream.engine.tables import Table
from stream.records import Decision, Source

__all__ = ["ITEMS", "LABELS", "REFUSED", "ItemRow"]


class ItemRow(msgspec.Struct, frozen=True):
    """How the model judged an item, and where it was read; its text stays in the records.

    `tags_ever` are the themes that it was ever tagged with, by whomever. `title` and `says` are what it begins with:
    another feed's record of its link that begins otherwise is another item; rows of before have neither. `joined` are
    the feeds that say the same, `apart` those that do not. `own` has the decision on each theme of one's own, and
    `own_models` the heads that tagged; `decision` is of the themes that ship.
    """

    feed: str
    revision: int
    baseline: bool
    first_seen: int
    themes: dict[str, float]
    tags: tuple[str, ...]
    tags_ever: tuple[str, ...]
    decision: Decision
    model: str
    sources: tuple[Source, ...]
    rule: str = ""
    v: int = 1
    title: str = ""
    says: str = ""
    joined: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    own: dict[str, Decision] = {}
    own_models: dict[str, str] = {}


ITEMS = Table("items", ItemRow)  # by item; due: when its records have gone as well
LABELS = Table("labels", tuple[LabelEntry, ...])  # by item, in their order
REFUSED = Table("refused", bool)  # by model: those whose refusal was reported
