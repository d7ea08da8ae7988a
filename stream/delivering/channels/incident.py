"""What a message is to those who are on call: the incident that it opens, adds to or resolves."""

from dataclasses import dataclass
from typing import Literal

from stream.delivering.sanitising import web_link
from stream.ids import hashed
from stream.records import Outbound

__all__ = ["Incident", "incident_of"]

RECOVERED = ("feed healthy", "subscription heard again")


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
        return Incident(hashed("event", event.subject), "resolve" if event.kind in RECOVERED else "open")
    return Incident(out.delivery, "open")
