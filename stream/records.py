"""The records between the rooms, as frozen structs in JSON; times are UTC milliseconds.

Evolution: unknown fields are ignored, a minor version adds optional ones, and a newer major version (`v`) than ours
stops the stage that reads it.
"""

from typing import Literal, TypeVar

import msgspec

__all__ = [
    "EVENT_KINDS",
    "FEED_STATES",
    "Alert",
    "Candidate",
    "Dead",
    "Decision",
    "Delivery",
    "Event",
    "Failure",
    "Feed",
    "Item",
    "ModelRecord",
    "NewerVersion",
    "Outbound",
    "Poll",
    "Reason",
    "Source",
    "Subscription",
    "Tagged",
    "decode",
    "encode",
]

FEED_STATES = ("new", "healthy", "failing", "silent", "gone", "paused")
EVENT_KINDS = (
    *(f"feed {what}" for what in (*FEED_STATES[1:], "moved", "gap", "held back")),
    "request failed",
    "decision failed",
)
Decision = Literal["tagged", "none", "unsure", "not judged"]


class NewerVersion(Exception):
    """A record was written by a newer major version: this process must be upgraded before it goes on."""


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What all records share: the major version of their form."""

    v: int = 1


class Failure(msgspec.Struct, frozen=True):
    """Why something failed: a kind of a closed list, and a sentence."""

    kind: str
    message: str


class Feed(Message, frozen=True, kw_only=True):
    """A wish to have a feed polled, written by people only.

    `interval` and `longest` bound the seconds between polls; 0 leaves `interval` to the setting, and `longest` to
    `interval` where one is given. `credentials` is a reference, never the secret. What was held back up to `released`
    (ms) is to be let through.
    """

    id: str
    url: str
    title: str = ""
    lang: str = ""
    interval: float = 0
    longest: float = 0
    paused: bool = False
    credentials: str = ""
    released: int = 0


class Item(Message, frozen=True, kw_only=True):
    """One revision of one entry of one feed, as clean text; `url` is the canonical link or empty."""

    id: str
    feed: str
    source: str
    entry: str
    revision: int
    url: str
    title: str
    summary: str
    lang: str
    published: int
    date_quality: str
    first_seen: int
    baseline: bool


class Poll(Message, frozen=True, kw_only=True):
    """How a poll ended; entries = new + revised + seen + held_back + refused, and `baseline` counts within new.

    `shown` is how many entries the feed's last document has, also where this poll read none, and `held` how many are
    held back in all. `gap`: none of the entries was known, so some may have been missed. `since` is when the state
    began, `moved_to` where the feed is polled instead of at its wish's address, `rhythm` the usual seconds between
    items and `last_item` the time of the newest; each is empty where it is not known.
    """

    feed: str
    url: str
    title: str
    at: int
    outcome: str
    error: Failure | None
    state: str
    entries: int = 0
    shown: int = 0
    new: int = 0
    revised: int = 0
    seen: int = 0
    held_back: int = 0
    refused: int = 0
    baseline: int = 0
    interval: float = 0
    next_poll: int | None = None
    seconds: float = 0
    held: int = 0
    gap: bool = False
    failures: int = 0
    since: int | None = None
    moved_to: str = ""
    rhythm: float = 0
    last_item: int | None = None


class Reason(msgspec.Struct, frozen=True):
    """A span of title or summary that carried a theme's decision, and by how much."""

    theme: str
    field: str
    start: int
    end: int
    weight: float


class Source(msgspec.Struct, frozen=True):
    """Where a story was read."""

    name: str
    url: str
    item: str


class Tagged(Message, frozen=True, kw_only=True):
    """An item with what the classifier says of it; `rule` names a rule that decided in its place.

    `joined` is another feed's record of an item that was judged before: it only adds a source.
    """

    item: Item
    themes: dict[str, float]
    tags: tuple[str, ...]
    decision: Decision
    reasons: tuple[Reason, ...]
    model: str
    rule: str = ""
    sources: tuple[Source, ...] = ()
    joined: bool = False
    at: int = 0


class Candidate(Message, frozen=True, kw_only=True):
    """An item that is tagged with `theme` now (`stands`) or was before."""

    theme: str
    stands: bool
    tagged: Tagged


class Alert(Message, frozen=True, kw_only=True):
    """The public contract: something happened in a theme, or what was said of it has changed.

    `sure` is false where the tagger's probability reaches the theme's threshold and its decision is still `unsure`.
    """

    id: str
    seq: int
    kind: Literal["new", "update", "retracted"]
    theme: str
    story: str
    title: str
    summary: str
    url: str
    lang: str
    sources: tuple[Source, ...]
    independent: int
    probability: float
    sure: bool = True
    reasons: tuple[Reason, ...]
    model: str
    published: int
    date_quality: str
    first_seen: int
    tagged_at: int
    alerted_at: int


class Subscription(Message, frozen=True, kw_only=True):
    """Who wants to hear of what, and where; `secret` is a reference (`env:NAME` or `file:PATH`), never the secret.

    `events` are kinds of health events for operators, `all` for every kind.
    """

    id: str
    revision: int
    themes: tuple[str, ...]
    threshold: float
    updates: bool
    webhook: str
    secret: str = ""
    events: tuple[str, ...] = ()


class Outbound(Message, frozen=True, kw_only=True):
    """A decision to send an alert, or a health event, to a subscription.

    The delivery id is the idempotency key of all attempts. Exactly one of `alert` and `event` is there.
    """

    delivery: str
    subscription: str
    revision: int
    alert: Alert | None = None
    event: "Event | None" = None
    why: str
    at: int


class Delivery(Message, frozen=True, kw_only=True):
    """One attempt to deliver, and its answer; `alert` is empty where a health event was sent."""

    delivery: str
    subscription: str
    alert: str
    seq: int
    attempt: int
    outcome: Literal["delivered", "failed", "given up"]
    status: int
    message: str
    at: int
    next_try: int | None = None


class Event(Message, frozen=True, kw_only=True):
    """A change of health that an operator may want to hear of; `kind` is one of `EVENT_KINDS`."""

    subject: str
    kind: str
    message: str
    at: int
    before: str = ""  # a feed's state until now


class Dead(Message, frozen=True, kw_only=True):
    """A record on which a stage's decision raised; `value` is what it was, None when it was too large to keep."""

    stage: str
    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    error: str
    at: int


class ModelRecord(Message, frozen=True, kw_only=True):
    """A trained model; the one promoted last serves."""

    id: str
    data: bytes
    training_hash: str
    weights_hash: str
    promoted_at: int
    evaluation: dict[str, float] = {}


M = TypeVar("M", bound=Message)


class _Version(msgspec.Struct):
    v: int = 1


def encode(message: Message) -> bytes:
    """The record's JSON."""
    return msgspec.json.encode(message)


def decode(data: bytes | None, kind: type[M]) -> M:
    """The record of this JSON; raises `NewerVersion`, or msgspec's `ValidationError` or `DecodeError` for no record."""
    if data is None:
        raise msgspec.ValidationError(f"a tombstone where a {kind.__name__} was expected")
    try:
        message = msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        _check_version(data, kind)
        raise
    _check_version(data, kind) if message.v > 1 else None
    return message


def _check_version(data: bytes, kind: type[Message]) -> None:
    """A newer form may not fit our type at all, so its version is looked at on its own."""
    version = msgspec.json.decode(data, type=_Version).v
    if version > 1:
        raise NewerVersion(
            f"a {kind.__name__} of version {version} was met and this themewire reads version 1: upgrade it"
        )
