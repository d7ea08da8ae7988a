"""What operators are notified of: changes of health, and records that could not be handled."""

from stream.records.ingest import FEED_STATES
from stream.records.message import Message

__all__ = ["EVENT_KINDS", "GIVEN_UP", "Dead", "HealthEvent"]

GIVEN_UP = "delivery given up"

EVENT_KINDS = (
    *(f"feed {what}" for what in (*FEED_STATES[1:], "moved", "gap", "held back")),
    "request failed",
    "decision failed",
    "subscription silent",
    "subscription heard again",
    "subscription ended",
    GIVEN_UP,
    *(f"theme {what}" for what in ("added", "removed", "sure", "unsure")),
    *(f"model {what}" for what in ("promoted", "refused", "rolled back", "drifting")),
)


class HealthEvent(Message, frozen=True, kw_only=True):
    """A change of health that an operator may want to hear of; `kind` is one of `EVENT_KINDS`."""

    subject: str
    kind: str
    message: str
    at: int
    before: str = ""  # a feed's state until now


class Dead(Message, frozen=True, kw_only=True):
    """A record on which a stage's decision raised; `value` is what it was, None when it was too large to keep.

    `traceback` is where it raised, shortened at its beginning. `requeued_at` (ms) is set on a further record of the
    same origin, written when it was given back to its stage.
    """

    stage: str
    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    error: str
    at: int
    traceback: str = ""
    requeued_at: int = 0
