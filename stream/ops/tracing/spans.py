"""What a commit means for the traces of items: pure, and the same when it is decided again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from stream.delivering.request import DeliveryRequest
from stream.engine.stage import Event, Result
from stream.log import topics
from stream.log.records import Out, Record
from stream.log.topics import ALERTS
from stream.log.trace_context import PARENTS, item_of, span_id, trace_id
from stream.records import Delivery, Item, Poll, decode

__all__ = ["Span", "spans_of"]

Attributes = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Span:
    """One step of an item's way; times in ms, `parent` is empty for the first. `failed` says why, if it has."""

    trace: str
    span: str
    parent: str
    name: str
    start: int
    end: int
    attributes: Attributes = field(default_factory=dict)
    failed: str = ""


def spans_of(stage: str, events: Sequence[Event], outs: Sequence[Out], now: int) -> Iterator[Span]:
    """The steps that a commit at `now` (ms) has brought to their end.

    A step begins when what it is about came: with its record's append, or with the poll that showed the item.
    """
    try:
        match stage:
            case "collect":
                yield from _polled(outs, now)
            case "tag" | "story" | "match":
                yield from _passed(stage, events, outs, now)
            case "deliver":
                yield from _delivered(events, outs, now)
    except msgspec.MsgspecError:  # what is no record of its kind is dead, and is reported as such
        return


def _polled(outs: Sequence[Out], now: int) -> Iterator[Span]:
    polls = [decode(out.value, Poll) for out in outs if out.topic == topics.POLLS and out.value is not None]
    began = {poll.feed: poll.at - round(poll.seconds * 1000) for poll in polls}
    for out in outs:
        if out.topic == topics.ITEMS and out.value is not None:
            item = decode(out.value, Item)
            about: Attributes = {"themewire.feed": item.feed, "themewire.revision": item.revision}
            yield _span("collect", item.id, min(began.get(item.feed, item.first_seen), now), now, about)


def _passed(stage: str, events: Sequence[Event], outs: Sequence[Out], now: int) -> Iterator[Span]:
    made: dict[str, list[str]] = {}
    for out in outs:
        if item := item_of(out.topic, out.value):
            made.setdefault(item, []).append(out.topic)
    for event in events:
        if isinstance(event, Record) and (item := item_of(event.topic, event.value)):
            about: Attributes = {
                "themewire.input": event.topic,
                "themewire.outputs": ",".join(dict.fromkeys(made.get(item, ()))),
                **({"themewire.theme": event.topic.removeprefix(ALERTS)} if event.topic.startswith(ALERTS) else {}),
            }
            yield _span(stage, item, min(event.timestamp or now, now), now, about)


def _delivered(events: Sequence[Event], outs: Sequence[Out], now: int) -> Iterator[Span]:
    said = {
        (found.delivery, found.attempt): found
        for out in outs
        if out.topic == topics.DELIVERIES and out.value is not None
        for found in (decode(out.value, Delivery),)
    }
    for event in events:
        if not isinstance(event, Result):
            continue
        outbound = msgspec.json.decode(event.request.body, type=DeliveryRequest).outbound
        if outbound.alert is None or not outbound.alert.sources:
            continue
        for (delivery, attempt), told in said.items():
            if delivery == outbound.delivery:
                about: Attributes = {
                    "themewire.subscription": told.subscription,
                    "themewire.channel": told.channel,
                    "themewire.outcome": told.outcome,
                    "themewire.attempt": attempt,
                    "themewire.status": told.status,
                }
                failed = "" if told.outcome == "delivered" else told.outcome
                item, own = outbound.alert.sources[0].item, f"{delivery}/{attempt}"
                yield _span("deliver", item, min(outbound.at, now), now, about, own, failed)


def _span(
    stage: str, item: str, start: int, end: int, attributes: Attributes, attempt: str = "", failed: str = ""
) -> Span:
    parent = span_id(item, PARENTS[stage]) if PARENTS[stage] else ""
    about = {"themewire.item": item, **attributes}
    return Span(trace_id(item), span_id(item, stage, attempt), parent, stage, start, end, about, failed)
