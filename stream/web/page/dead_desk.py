"""What the page asks of the rooms above about records that a stage could not handle."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

__all__ = ["DeadDesk", "DeadRow"]


@dataclass(frozen=True)
class DeadRow:
    """A record that waits: where it was, the stage that raised, what it raised and when (ms), and why it cannot be
    given back, "" where it can."""

    origin: str
    stage: str
    error: str
    at: int
    stays: str = ""


@dataclass(frozen=True)
class DeadDesk:
    """The records that wait, the oldest first; `requeue` has those of these (origin, stage) tried again, for how many
    could be."""

    waiting: Callable[[], Sequence[DeadRow]]
    requeue: Callable[[Collection[tuple[str, str]]], int]
