"""Which entries that were never seen are news, which are history, and which are too many to be let through.

At its first poll all of a feed is history (the baseline). Later an entry with a date that is trusted is news while it
is younger than `new_within`, so what was missed in an outage of ours is news, too; an older one is history: it goes on
the stream, and raises no alert. History in bulk is held back, and so are entries in bulk that have no date to go by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Arrival", "Fate", "FloodLimits", "fates"]

Fate = Literal["new", "history", "held back"]


@dataclass(frozen=True)
class FloodLimits:
    """The settings: ms within which an entry counts as new, and how many may come at once without such a date."""

    new_within: int
    flood: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """An entry that was never seen: its age in ms (None: not to be trusted), and whether it stands above all known."""

    age: int | None
    above_known: bool


def fates(arrivals: Sequence[Arrival], limits: FloodLimits) -> list[Fate]:
    """What becomes of each, given in the order of the document, the newest first."""
    old = sum(a.age is not None and a.age > limits.new_within for a in arrivals)
    undated = sum(a.age is None for a in arrivals)
    passed = 0
    found: list[Fate] = []
    for arrival in arrivals:
        if arrival.age is not None:
            fresh = arrival.age <= limits.new_within
            found.append("new" if fresh else "held back" if old > limits.flood else "history")
        elif undated <= limits.flood or (arrival.above_known and passed < limits.flood):
            passed += 1
            found.append("new")
        else:
            found.append("held back")
    return found
