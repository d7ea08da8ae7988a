"""The records of deliveries."""

from collections.abc import Iterator

from stream.log import topics
from stream.log.port import Log, records
from stream.log.readable import readable_records
from stream.records import Delivery, Outbound

__all__ = ["last_attempts", "outbounds", "subject"]


def last_attempts(log: Log) -> dict[str, Delivery]:
    """The last attempt by delivery id."""
    found = ((record.key, record.value) for record in records(log, [topics.DELIVERIES]))
    return {each.delivery: each for _, each in readable_records(found, Delivery)}


def outbounds(log: Log) -> Iterator[Outbound]:
    """Everything that was decided to be sent, in order."""
    found = ((record.key, record.value) for record in records(log, [topics.OUTBOX]))
    return (each for _, each in readable_records(found, Outbound))


def subject(out: Outbound) -> tuple[str, str]:
    """The theme and the title of what was sent; of a digest the themes, and how many alerts it has."""
    if out.event:
        return "event", f"{out.event.kind}: {out.event.subject}"
    if out.alert:
        return out.alert.theme, out.alert.title
    return ", ".join(sorted({alert.theme for alert in out.alerts})), f"a digest of {len(out.alerts)} alerts"
