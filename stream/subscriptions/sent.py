"""What was sent and what became of it, by the records; and sending again what was given up."""

from collections.abc import Iterator

from msgspec.structs import replace

from stream.errors import ThemewireError
from stream.log import topics
from stream.log.port import Log, records
from stream.log.readable import readable_records
from stream.log.records import Out
from stream.log.topics import retry_topic
from stream.records import Delivery, Outbound, encode

__all__ = ["NotGivenUp", "last_attempts", "outbounds", "send_again", "subject"]


class NotGivenUp(ThemewireError):
    """A delivery cannot be sent again: it was not given up, or is older than what is kept."""


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


def send_again(log: Log, delivery: str, now: int) -> Outbound:
    """Sends what was given up again under the same id, for as many days as at first; raises `NotGivenUp`."""
    found = last_attempts(log).get(delivery)
    if found is None or found.outcome != "given up":
        raise NotGivenUp(f"no delivery {delivery!r} was given up: `themewire deliveries list --given-up` shows them")
    outbound = next((out for out in outbounds(log) if out.delivery == delivery), None)
    if outbound is None:
        raise NotGivenUp(f"what {delivery} held is older than the topic outbox keeps")
    anew = replace(outbound, at=now)
    log.append([Out(retry_topic("deliver"), anew.subscription, encode(anew))])
    return anew
