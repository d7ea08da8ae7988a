"""The contract with programs as documents that tools read: AsyncAPI 3 and JSON Schema, made from the types."""

from typing import Any

import msgspec

from stream.log.topics import alerts_topic
from stream.records import Alert

__all__ = ["alert_schema", "asyncapi"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HEADERS = {
    "ce_specversion": "Always 1.0.",
    "ce_id": "The same for the same topic, key and value, so that duplicates can be recognised.",
    "ce_source": "Always themewire.",
    "ce_type": "themewire.TOPIC.v1; the number is the major version.",
    "ce_time": "When it was appended (RFC 3339).",
    "content-type": "Always application/json.",
}


def alert_schema() -> dict[str, Any]:
    """Return the JSON Schema of a record on `alerts.*`, whole in itself."""
    return {"$schema": _DIALECT, "title": "Alert", **msgspec.json.schema(Alert)}


def asyncapi(themes: tuple[str, ...]) -> dict[str, Any]:
    """Return the AsyncAPI document of the alerts of these themes."""
    (payload,), schemas = msgspec.json.schema_components([Alert], ref_template="#/components/schemas/{name}")
    text = {"type": "string"}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "themewire alerts",
            "version": "1.0.0",
            "description": "Read with isolation.level=read_committed. The record key is the story id.",
        },
        "defaultContentType": "application/json",
        "channels": {
            theme: {
                "address": alerts_topic(theme),
                "messages": {"alert": {"$ref": "#/components/messages/alert"}},
                "bindings": {"kafka": {"partitions": 1}},
            }
            for theme in themes
        },
        "operations": {
            f"hear-{theme}": {"action": "receive", "channel": {"$ref": f"#/channels/{theme}"}} for theme in themes
        },
        "components": {
            "messages": {
                "alert": {
                    "title": "An alert: new, updated or retracted",
                    "payload": payload,
                    "headers": {
                        "type": "object",
                        "required": sorted(_HEADERS),
                        "properties": {name: {**text, "description": what} for name, what in _HEADERS.items()},
                    },
                    "bindings": {"kafka": {"key": text}},
                }
            },
            "schemas": schemas,
        },
    }
