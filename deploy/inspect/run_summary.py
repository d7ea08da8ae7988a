"""The summary of `run --once`, counted from the records that were appended to the stream since it started."""

from collections.abc import Mapping, Sequence

import msgspec

from stream.log import topics
from stream.log.port import Log
from stream.log.records import Record
from stream.log.topics import ALERTS, alerts_topic
from stream.records import Alert, Dead, Delivery, Outbound, Poll, Tagged, decode

__all__ = ["Summary", "counted_topics", "summary"]


class Summary(msgspec.Struct):
    """Counts of one run; `entries` are those read, before deduplication, and `baseline` counts within `items_new`.

    `lost` is what this process decided on and what came to nothing, by what it was (`stream.ops.balance`): a defect.
    """

    polled: int = 0
    not_modified: int = 0
    failed: dict[str, int] = {}
    entries: int = 0
    items_new: int = 0
    items_revised: int = 0
    seen: int = 0
    baseline: int = 0
    held_back: int = 0
    refused: int = 0
    tagged: int = 0
    none: int = 0
    unsure: int = 0
    not_judged: int = 0
    alerts: int = 0
    updates: int = 0
    retracted: int = 0
    delivered: int = 0
    pending: int = 0
    given_up: int = 0
    dead: int = 0
    lost: dict[str, int] = {}
    seconds: float = 0.0


def counted_topics(themes: Sequence[str]) -> list[str]:
    """The topics that a summary counts."""
    return [topics.POLLS, topics.TAGGED, *map(alerts_topic, themes), topics.OUTBOX, topics.DELIVERIES, topics.DEAD]


def summary(log: Log, themes: Sequence[str], start: Mapping[tuple[str, int], int], seconds: float) -> Summary:
    """The counts of all records after `start`."""
    total = Summary(failed={}, seconds=round(seconds, 3))
    sent: set[str] = set()
    ended: set[str] = set()
    reader = log.reader(counted_topics(themes), start)
    while not reader.caught_up():
        for record in reader.poll(1.0):
            _count(total, sent, ended, record)
    reader.close()
    total.pending = len(sent - ended)
    return total


def _count(total: Summary, sent: set[str], ended: set[str], record: Record) -> None:
    if record.topic == topics.POLLS:
        _count_poll(total, decode(record.value, Poll))
    elif record.topic == topics.TAGGED:
        tagged = decode(record.value, Tagged)
        if not tagged.joined:
            _add(total, tagged.decision.replace(" ", "_"))
    elif record.topic.startswith(ALERTS):
        _add(total, {"new": "alerts", "update": "updates"}.get(kind := decode(record.value, Alert).kind, kind))
    elif record.topic == topics.OUTBOX:
        sent.add(decode(record.value, Outbound).delivery)
    elif record.topic == topics.DELIVERIES:
        delivery = decode(record.value, Delivery)
        (sent if delivery.outcome == "failed" else ended).add(delivery.delivery)
        if delivery.outcome != "failed":
            _add(total, delivery.outcome.replace(" ", "_"))
    else:
        total.dead += not decode(record.value, Dead).requeued_at


def _add(total: Summary, name: str) -> None:
    setattr(total, name, getattr(total, name) + 1)


def _count_poll(total: Summary, poll: Poll) -> None:
    total.polled += not poll.url.startswith("import:")  # a file is read, and not polled
    total.not_modified += poll.outcome == "not_modified"
    if poll.error is not None:
        total.failed[poll.error.kind] = total.failed.get(poll.error.kind, 0) + 1
    total.items_new += poll.new
    total.items_revised += poll.revised
    for name in ("entries", "seen", "baseline", "held_back", "refused"):
        setattr(total, name, getattr(total, name) + getattr(poll, name))
