"""What a message is to those who are on call: the incident that it opens, adds to or resolves."""

from dataclasses import dataclass
from typing import Literal

from stream.delivering.sanitising import web_link
from stream.ids import hashed
from stream.records import FEED_STATES, Outbound

__all__ = ["Incident", "incident_of"]

HEALTHY, HEARD, SILENT = "feed healthy", "subscription heard again", "subscription silent"
STATES = tuple(f"feed {state}" for state in FEED_STATES)


@dataclass(frozen=True)
class Incident:
    """The key is the same for all that is about it: that of an alert is its id."""

    key: str
    action: Literal["open", "update", "resolve"]
    url: str = ""


def incident_of(out: Outbound) -> Incident:
    """Return that of an alert, of a feed or subscription that has one, or of a digest, which only people resolve."""
    if alert := out.alert:
        actions: dict[str, Literal["open", "update", "resolve"]] = {"update": "update", "retracted": "resolve"}
        return Incident(alert.id, actions.get(alert.kind, "open"), web_link(alert.url))
    if event := out.event:
        what = "feed state" if event.kind in STATES else SILENT if event.kind == HEARD else event.kind
        key = hashed("event", event.subject, what)
        return Incident(key, "resolve" if event.kind in (HEALTHY, HEARD) else "open")
    return Incident(out.delivery, "open")
