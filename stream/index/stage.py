"""Decides like any other stage; in whatever order the topics are read, the rows come out the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from stream.engine.stage import Effects, Event
from stream.engine.tables import Tables
from stream.index.rows import (
    ACTIVITY,
    ALERTS,
    DELIVERIES,
    HOURS,
    attempted,
    counted,
    polled,
    raised,
    seen,
)
from stream.log import topics
from stream.log.records import Record, Rows
from stream.log.topics import ALERTS as ALERT_TOPICS
from stream.log.topics import alerts_topic
from stream.records import Alert, Delivery, Feed, Item, Message, Mute, Opinion, Poll, Reason, Source, Tagged, decode
from stream.text.links import canonical_link, former_page, page_of
from stream.units import HOUR

__all__ = ["AlertNote", "IndexStage", "ItemDoc", "find_item"]


_AS_THEY_ARE: Mapping[str, type[Message]] = {topics.FEEDS: Feed, topics.MUTES: Mute}  # by key, the last record


class AlertNote(msgspec.Struct, frozen=True):
    """The last record of an alert."""

    id: str
    seq: int
    kind: str


class ItemDoc(msgspec.Struct, frozen=True):
    """What became of an item."""

    item: Item
    themes: dict[str, float]
    tags: tuple[str, ...]
    decision: str
    model: str
    rule: str
    sources: tuple[Source, ...]
    at: int
    alerts: dict[str, AlertNote] = {}
    reasons: tuple[Reason, ...] = ()
    opinions: tuple[Opinion, ...] = ()


@dataclass(frozen=True)
class IndexStage:
    """Decides which rows of the read model a record changes: `feeds`, `polls` (the last one), `items`, `links` from a
    page to its item, `alerts` with their course, those that are muted (`mutes`), the `activity` of each feed, and
    the last `deliveries` of each subscription, and what there was in each of the last `hours`."""

    themes: tuple[str, ...]
    name: str = "index"
    views: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the read model is made of."""
        alerts = map(alerts_topic, self.themes)
        return (topics.FEEDS, topics.POLLS, topics.TAGGED, topics.DELIVERIES, topics.MUTES, *alerts)

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """Rows only; see `stream.engine.stage.Stage`."""
        for event in events:
            if isinstance(event, Record):
                _index(tables, event)
        return Effects(changes=tables.changes)


def find_item(rows: Rows, name: str) -> ItemDoc | None:
    """The item of this id or link, where it is in the index."""
    link = canonical_link(name) if "://" in name else ""
    known = rows.get("links", page_of(link)) or rows.get("links", former_page(link))
    key = (known or b"").decode() if link else name
    row = rows.get("items", key)
    return msgspec.json.decode(row, type=ItemDoc) if row else None


def _index(tables: Tables, record: Record) -> None:
    if record.topic.startswith(ALERT_TOPICS):
        _note_alert(tables, decode(record.value, Alert))
    elif record.topic == topics.TAGGED:
        _note_tagged(tables, decode(record.value, Tagged))
    elif record.topic == topics.DELIVERIES:
        made = decode(record.value, Delivery)
        DELIVERIES.put(tables, made.subscription, attempted(DELIVERIES.get(tables, made.subscription), made))
        _count(tables, made.at, delivery=made.outcome)
    elif record.value is None:
        tables.delete(record.topic, record.key)  # not its last poll: what comes of two topics must not hang on order
    elif record.topic in _AS_THEY_ARE:
        decode(record.value, _AS_THEY_ARE[record.topic])
        tables.put(record.topic, record.key, record.value)
    else:
        poll = decode(record.value, Poll)
        tables.put(record.topic, record.key, record.value)
        ACTIVITY.put(tables, record.key, polled(ACTIVITY.get(tables, record.key), poll))
        _count(tables, poll.at, poll=poll.outcome)


def _count(tables: Tables, at: int, **outcome: str) -> None:
    hour = str(at // HOUR)
    HOURS.put(tables, hour, counted(HOURS.get(tables, hour), **outcome))


def _doc(tables: Tables, item: str) -> ItemDoc | None:
    row = tables.get("items", item)
    return msgspec.json.decode(row, type=ItemDoc) if row else None


def _note_tagged(tables: Tables, tagged: Tagged) -> None:
    item, old = tagged.item, _doc(tables, tagged.item.id)
    if not old or tagged.joined:
        ACTIVITY.put(tables, item.feed, seen(ACTIVITY.get(tables, item.feed), item.first_seen, bool(tagged.tags)))
    if old and tagged.joined:
        tables.put("items", item.id, msgspec.json.encode(msgspec.structs.replace(old, sources=tagged.sources)))
        return
    doc = ItemDoc(
        item=item,
        themes=tagged.themes,
        tags=tagged.tags,
        decision=tagged.decision,
        model=tagged.model,
        rule=tagged.rule,
        sources=tagged.sources,
        at=tagged.at,
        alerts=old.alerts if old else _early_notes(tables, item.id),
        reasons=tagged.reasons,
        opinions=tagged.opinions,
    )
    if item.url:
        tables.put("links", page_of(item.url), item.id.encode())
    tables.delete("early", item.id)
    tables.put("items", item.id, msgspec.json.encode(doc))


def _note_alert(tables: Tables, alert: Alert) -> None:
    def noted(notes: Mapping[str, AlertNote]) -> dict[str, AlertNote]:
        return dict(sorted({**notes, alert.theme: AlertNote(alert.id, alert.seq, alert.kind)}.items()))

    ALERTS.put(tables, alert.id, raised(ALERTS.get(tables, alert.id), alert))
    for source in alert.sources:
        if (doc := _doc(tables, source.item)) is not None:
            doc = msgspec.structs.replace(doc, alerts=noted(doc.alerts))
            tables.put("items", source.item, msgspec.json.encode(doc))
        else:
            tables.put("early", source.item, msgspec.json.encode(noted(_early_notes(tables, source.item))))


def _early_notes(tables: Tables, item: str) -> dict[str, AlertNote]:
    """Notes of alerts that were read before their item: between topics there is no order."""
    row = tables.get("early", item)
    return msgspec.json.decode(row, type=dict[str, AlertNote]) if row else {}
