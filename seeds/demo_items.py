"""What the demo shows: invented outlets and their headlines."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

__all__ = ["DemoFeed", "DemoItem"]


@dataclass(frozen=True, slots=True)
class DemoItem:
    """One invented headline, `age` minutes old at the demo's start, less than 0 for what comes after it.

    `theme` is what its writer meant, or None.
    """

    number: int
    feed: str
    lang: str
    title: str
    summary: str
    age: float
    live: bool = False
    theme: str | None = None

    def published(self, start: datetime) -> datetime:
        """Return the date that the item claims when the demo started at `start`."""
        return start - timedelta(minutes=self.age)


@dataclass(frozen=True, slots=True)
class DemoFeed:
    """An invented outlet; `format` is a key of `seeds.demo.CONTENT_TYPES`, and its items are ordered oldest first."""

    name: str
    title: str
    format: str
    lang: str
    items: tuple[DemoItem, ...] = field(default=())

    @property
    def baseline(self) -> int:
        """How many items the first answer shows; the rest are live."""
        return sum(not item.live for item in self.items)
