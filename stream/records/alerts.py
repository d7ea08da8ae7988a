"""Alerts as they are published, sent and delivered."""

from typing import Literal

import msgspec

from stream.records.classification import Reason, Source
from stream.records.message import Message
from stream.records.operations import HealthEvent

__all__ = ["Alert", "Delivery", "Feedback", "Mute", "Outbound", "Related"]


class Related(msgspec.Struct, frozen=True):
    """Another alert of the theme that is likely about the same event (`probability`), but not surely enough to be one.

    `title` and `url` are what it displayed when this was written.
    """

    alert: str
    probability: float
    title: str = ""
    url: str = ""


class Alert(Message, frozen=True, kw_only=True):
    """The public contract: something happened in a theme, or has changed since.

    `excerpt` is the passage that was judged so, where that is not what `title` and `summary` begin with.
    `sure` is false where the tagger's probability reaches the theme's threshold and its decision is still `unsure`.
    `rule` names what decided in the model's place, as rules by their ids, or `label` for people. `related` are alerts
    that stood when this was written, the most probable first.
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
    rule: str = ""
    excerpt: str = ""
    related: tuple[Related, ...] = ()


class Outbound(Message, frozen=True, kw_only=True):
    """A decision to send something to a subscription: an alert, the `alerts` of a digest, or a health event.

    The delivery id is the idempotency key of all attempts. `test`: a person sends it to try the channel. What is
    `held` has waited for a digest, for the end of quiet hours or of a mute, or for a cap's next hour. `thread` is the
    alert in whose thread this one is told, where that is another: one that it is related to.
    """

    delivery: str
    subscription: str
    revision: int
    alert: Alert | None = None
    event: HealthEvent | None = None
    alerts: tuple[Alert, ...] = ()
    test: bool = False
    held: bool = False
    thread: str = ""
    why: str
    at: int

    @property
    def prompt(self) -> bool:
        """Whether it is to arrive within the objective: a new alert that nothing held back and no person's word raised.

        Such a word may come at any time after the item was seen.
        """
        return self.alert is not None and self.alert.kind == "new" and not self.held and self.alert.rule != "label"


class Delivery(Message, frozen=True, kw_only=True):
    """One attempt to deliver, and its answer; `alert` is empty where a health event or a digest was sent.

    `at` is when the answer came: where the outcome is `delivered`, that is when the alert was. `first_seen`,
    `tagged_at` and `alerted_at` are the alert's own, 0 where there is none, and `sent_at` is when it was decided to
    send it, so this record alone tells how long each span of the way took. `published` is 0 as well where its date is
    not to be trusted. `prompt`: the objective of 60 s asks about it. `channel` is the kind of the subscription's
    channel, or `none` where the subscription was removed before.
    """

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
    first_seen: int = 0
    tagged_at: int = 0
    alerted_at: int = 0
    sent_at: int = 0
    prompt: bool = False
    published: int = 0
    channel: str = "none"


class Feedback(Message, frozen=True, kw_only=True):
    """What a subscription says of an alert that it was sent, as that stands now: None once its word was undone."""

    subscription: str
    alert: str
    theme: str
    item: str
    right: bool | None
    at: int


class Mute(Message, frozen=True, kw_only=True):
    """That nobody is sent more of an alert, but that it is retracted; it holds until its record is deleted."""

    alert: str
    theme: str
    who: str
    at: int
