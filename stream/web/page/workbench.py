"""What the page asks of the rooms above: handed in by the composition root, since the stream knows none of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stream.index.reading import OpenIndex
from stream.log.port import Log
from stream.ops.balance import Balance
from stream.records import Item, Label, ModelRecord
from stream.web.page.dead_desk import DeadDesk, DeadRow
from stream.web.page.feed_desk import FeedDesk
from stream.web.page.job import Job
from stream.web.page.search_desk import SearchDesk
from stream.web.page.subscription_desk import SubscriptionDesk
from stream.web.page.theme_desk import ThemeDesk

__all__ = ["Doubted", "Fact", "LabelDesk", "ModelDesk", "StageState", "State", "Theme", "Workbench"]


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
    """How the system is: `about` names backend and version, `dead` are the dead records that wait, and `balance` is
    what was counted of what came and what became of it."""

    about: str
    stages: Sequence[StageState]
    facts: Sequence[Fact]
    dead: Sequence[DeadRow] = ()
    balance: Sequence[Balance] = ()


@dataclass(frozen=True)
class Doubted:
    """A labelled item that waits for somebody to confirm it: what is said of it, by whom, the ids of these labels, and
    what is thought of it without any label, where that is known."""

    item: Item
    yes: tuple[str, ...]
    no: tuple[str, ...]
    people: tuple[str, ...]
    labels: tuple[str, ...]
    themes: Mapping[str, float]


@dataclass(frozen=True)
class LabelDesk:
    """Labelling: the ids of items that wait, those that teach most first; the labels since a moment (ms) that stand,
    the newest first; the `doubted` ones; and what one says: item, who, themes that it is of and is not of, and whether
    one insists, for the label's id, and item, who and that id again.
    """

    queue: Callable[[], Sequence[str]]
    since: Callable[[int], Sequence[Label]]
    doubted: Callable[[], Sequence[Doubted]]
    say: Callable[[str, str, tuple[str, ...], tuple[str, ...], bool], str]
    undo: Callable[[str, str, str], None]


@dataclass(frozen=True)
class ModelDesk:
    """Training: `begin`, `replay` (of a model by its id) and `cancel` (by name of the job), which is `train` or
    `replay`; the `models` without their data, the serving one first; and what a person decides on one by its id.
    """

    job: Callable[[str], Job | None]
    begin: Callable[[], None]
    replay: Callable[[str], None]
    cancel: Callable[[str], None]
    models: Callable[[], Sequence[ModelRecord]]
    promote: Callable[[str], None]
    refuse: Callable[[str, str], None]


@dataclass(frozen=True)
class Workbench:
    """The stream, its index, the themes, the clock (ms), and what answers questions.

    `why_not` takes a link or id and returns the steps of its way as (word, sentence). `mute` takes the name of a
    subscription and the moment (ms) until which it is sent nothing. `work` is another number after each step of a job.
    """

    stream: Log
    index: OpenIndex
    themes: Callable[[], Sequence[Theme]]
    clock: Callable[[], int]
    why_not: Callable[[str], Sequence[tuple[str, str]]]
    state: Callable[[], State]
    mute: Callable[[str, int], None]
    labels: LabelDesk
    models: ModelDesk
    feeds: FeedDesk
    subscriptions: SubscriptionDesk
    own: ThemeDesk
    dead: DeadDesk
    searches: SearchDesk
    work: Callable[[], int]
