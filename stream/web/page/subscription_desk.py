"""What the page asks of those who know how subscriptions are kept, tried and sent to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stream.records import Alert, Subscription

__all__ = ["Forecast", "Sending", "SubscriptionDesk", "Trial"]


@dataclass(frozen=True)
class Sending:
    """One message that would have been sent at a moment (ms), with its alerts."""

    at: int
    alerts: Sequence[Alert]


@dataclass(frozen=True)
class Forecast:
    """What a subscription would have been sent in the last `days`: of how many `alerts`, `messages` the newest first,
    and how many alerts each filter kept away."""

    days: int
    alerts: int
    messages: Sequence[Sending]
    kept_away: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Trial:
    """What came of a test message: whether it was taken, its steps, and the receiver's answer after so many seconds."""

    taken: bool
    steps: Sequence[str]
    answer: str
    seconds: float


@dataclass(frozen=True)
class SubscriptionDesk:
    """Subscriptions: `all` by name, as of now; what becomes of one that is asked for; and what is done with one.

    `check` and `save`, which takes the revision that was seen, raise `InvalidSubscription`; what takes a name raises
    `RequestRefused`. `again` takes the id of a delivery that was given up. `atom` returns the address of a feed, and
    `revoke` makes it good no more and returns the next. `warnings` are what keeps alerts away as things are.
    """

    all: Callable[[], Mapping[str, Subscription]]
    check: Callable[[Subscription], None]
    save: Callable[[Subscription, int], Subscription]
    remove: Callable[[str], None]
    preview: Callable[[Subscription], Forecast]
    test: Callable[[str], Trial]
    again: Callable[[str], None]
    atom: Callable[[str], str]
    revoke: Callable[[str], str]
    warnings: Callable[[Subscription], Sequence[str]]
