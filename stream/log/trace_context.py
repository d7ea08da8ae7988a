"""The trace of an item: its ids are hashes of the item's own id, so that no stage has to hand a context on.

A trace holds an item's whole way: poll, decision, story, match and delivery. An alert belongs to the trace of its
story's first item. Whoever reads a record can tell its trace, on either backend, and whoever writes it again after a
crash gives it the same ids.
"""

import hashlib

import msgspec

from stream.log import topics
from stream.log.topics import ALERTS

__all__ = ["PARENTS", "item_of", "span_id", "trace_id", "traceparent"]

# The stage that writes a topic's records: theirs is the span that a record stands for.
WRITERS = {
    topics.ITEMS: "collect",
    topics.TAGGED: "tag",
    topics.CANDIDATES: "tag",
    ALERTS: "story",
    topics.OUTBOX: "match",
}
PARENTS = {"collect": "", "tag": "collect", "story": "tag", "match": "story", "deliver": "match"}


class _Item(msgspec.Struct, frozen=True):
    id: str = ""


class _Source(msgspec.Struct, frozen=True):
    item: str = ""


class _Alert(msgspec.Struct, frozen=True):
    sources: tuple[_Source, ...] = ()


class _Tagged(msgspec.Struct, frozen=True):
    item: _Item = _Item()


class _Candidate(msgspec.Struct, frozen=True):
    tagged: _Tagged = _Tagged()


class _Outbound(msgspec.Struct, frozen=True):
    alert: _Alert | None = None


def trace_id(item: str) -> str:
    """32 hexadecimal digits."""
    return hashlib.sha256(b"trace\0" + item.encode()).hexdigest()[:32]


def span_id(item: str, stage: str, attempt: str = "") -> str:
    """16 hexadecimal digits: of what a stage has done for an item; `attempt` tells apart what it does several times."""
    return hashlib.sha256(f"span\0{item}\0{stage}\0{attempt}".encode()).hexdigest()[:16]


def item_of(topic: str, value: bytes | None) -> str:
    """The item whose way a record is a step of; empty for a record of anything else."""
    if value is None:
        return ""
    try:
        match ALERTS if topic.startswith(ALERTS) else topic:
            case topics.ITEMS:
                return msgspec.json.decode(value, type=_Item).id
            case topics.TAGGED:
                return msgspec.json.decode(value, type=_Tagged).item.id
            case topics.CANDIDATES:
                return msgspec.json.decode(value, type=_Candidate).tagged.item.id
            case "alerts.":
                return _first(msgspec.json.decode(value, type=_Alert))
            case topics.OUTBOX:
                return _first(msgspec.json.decode(value, type=_Outbound).alert)
    except msgspec.MsgspecError:  # whoever reads it for its sake reports that
        return ""
    return ""


def traceparent(topic: str, value: bytes | None) -> str:
    """The W3C trace context of a record, sampled; empty for a record of no item."""
    item = item_of(topic, value)
    stage = WRITERS[ALERTS if topic.startswith(ALERTS) else topic] if item else ""
    return f"00-{trace_id(item)}-{span_id(item, stage)}-01" if item else ""


def _first(alert: _Alert | None) -> str:
    return alert.sources[0].item if alert is not None and alert.sources else ""
