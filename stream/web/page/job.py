"""Work that goes on while the page is looked at, or not: a training, a replay, a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Job", "Replayed", "Trained"]


@dataclass(frozen=True)
class Job:
    """A piece of work: what it is (`title`), when it began and ended (ms, 0 while it goes on), and how far it is.

    `steps` are those that have begun, `done` of `total` says how much there is of it, `error` is a sentence where it
    failed, and `result` is what came of it. `cpu_seconds` and `memory` (bytes, at most) are what it took.
    """

    name: str
    title: str
    begun: int
    ended: int = 0
    done: int = 0
    total: int = 0
    steps: tuple[str, ...] = ()
    error: str = ""
    result: Any = None
    cpu_seconds: float = 0.0
    memory: int = 0

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return not self.ended

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1; 0 while that is unknown."""
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(frozen=True)
class Trained:
    """What came of a training: the model's id, and in words what it changed."""

    model: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Replayed:
    """What a model would have said of the last days: how many alerts would `come`, be `gone` or `changed`, the first of
    each as (theme, title, language, probability), how many items would only move, and messages by subscription."""

    model: str
    items: int
    counts: Mapping[str, int]
    alerts: Mapping[str, Sequence[tuple[str, str, str, float]]]
    moved: int
    deliveries: Mapping[str, int]
