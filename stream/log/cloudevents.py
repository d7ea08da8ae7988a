"""CloudEvents 1.0 around a record, in Kafka's binary mode: the attributes are headers, the value stays as it is."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from stream.log.trace_context import traceparent

__all__ = ["SOURCE", "event_id", "headers"]

SOURCE = "themewire"


def event_id(topic: str, key: str, value: bytes | None) -> str:
    """The same for the same topic, key and value, so that a consumer can tell a repetition."""
    parts = (topic.encode(), key.encode(), b"" if value is None else b"1" + value)
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)  # lengths keep ("ab", "c") and ("a", "bc") apart
    return digest.hexdigest()[:32]


def headers(topic: str, key: str, value: bytes | None, now: int, traced: bool = False) -> Mapping[str, bytes]:
    """The headers of a record that is appended at `now` (ms); a tombstone has no content type.

    `traced`: an item's record has the extension `traceparent`, the context of its trace.
    """
    moment = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": event_id(topic, key, value),
        "ce_source": SOURCE,
        "ce_type": f"themewire.{topic}.v1",
        "ce_time": moment,
    }
    if traced and (context := traceparent(topic, value)):
        attributes["ce_traceparent"] = context
    if value is not None:
        attributes["content-type"] = "application/json"
    return {name: text.encode() for name, text in attributes.items()}
