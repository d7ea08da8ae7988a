"""What the page asks of the rooms above: handed in by the composition root, since the stream knows none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stream.index.stage import ItemDoc
from stream.log.port import Log
from stream.web.page.feed_desk import FeedDesk
from stream.web.page.subscription_desk import SubscriptionDesk

__all__ = ["Fact", "LabelDesk", "StageState", "State", "Theme", "Workbench"]


@dataclass(frozen=True)
class Theme:
    """A theme as people know it."""

    id: str
    name: str
    about: str = ""


@dataclass(frozen=True)
class StageState:
    """How far a stage is: records that wait, None where that is unknown, and why it is not at work, "" where it is."""

    name: str
    records: int | None
    seconds: float
    why: str = ""


@dataclass(frozen=True)
class Fact:
    """One thing that may be wrong, in words and as a figure."""

    name: str
    sentence: str
    figure: str
    bad: bool = False


@dataclass(frozen=True)
class State:
    """How the system is; `about` names it: backend and version."""

    about: str
    stages: Sequence[StageState]
    facts: Sequence[Fact]


@dataclass(frozen=True)
class LabelDesk:
    """Labelling: up to so many items `waiting`, those that teach most first; labels `since` a moment (ms), counted; and
    what one says: item, who, themes that it is of and is not of, for the label's id, and item, who and that id again.
    """

    waiting: Callable[[int], Sequence[ItemDoc]]
    since: Callable[[int], int]
    say: Callable[[str, str, tuple[str, ...], tuple[str, ...]], str]
    undo: Callable[[str, str, str], None]


@dataclass(frozen=True)
class Workbench:
    """The stream, its index, the themes, the clock (ms), and what answers questions.

    `why_not` takes a link or id and returns the steps of its way as (word, sentence). `mute` takes the name of a
    subscription and the moment (ms) until which it is sent nothing.
    """

    stream: Log
    index: Path
    themes: Callable[[], Sequence[Theme]]
    clock: Callable[[], int]
    why_not: Callable[[str], Sequence[tuple[str, str]]]
    state: Callable[[], State]
    mute: Callable[[str, int], None]
    labels: LabelDesk
    feeds: FeedDesk
    subscriptions: SubscriptionDesk
