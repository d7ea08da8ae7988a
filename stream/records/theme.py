"""A theme that people of this service have added, beside those that ship."""

import msgspec

from stream.records.classification import Check
from stream.records.message import Message

__all__ = ["OwnTheme"]


class OwnTheme(Message, frozen=True, kw_only=True):
    """A theme of one's own: what it is about, and the head that judges items by it.

    `not_about` are subjects that only resemble it. `removed_at` (ms) is 0 while it is watched: a theme that was removed
    keeps its record, so that a file does not bring it back. `head` is empty until it has been learnt; `model` is the
    head's id, and `labels` are the next offsets, by partition, of the labels that were read for it. `sure`: it has
    passed the promotion gate, so that its alerts may be sure; `checks` is the gate's table, and `note` says what is
    missing. `examples` counts the labelled items that it was learnt from: of the theme, and not of it.
    """

    id: str
    name: str
    about: str
    added_at: int
    revision: int = 1
    not_about: tuple[str, ...] = ()
    removed_at: int = 0
    head: bytes = b""
    model: str = ""
    trained_at: int = 0
    labels: dict[str, int] = msgspec.field(default_factory=dict)
    examples: tuple[int, int] = (0, 0)
    sure: bool = False
    evaluation: dict[str, float] = msgspec.field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    note: str = ""
