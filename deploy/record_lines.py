"""Records as lines for people: an alert, a health event, and any other record of a topic."""

from deploy.options import printable, show_time
from deploy.wording import plural
from stream.log import topics
from stream.log.records import Record
from stream.log.topics import ALERTS
from stream.records import Alert, HealthEvent, decode

__all__ = ["alert_line", "record_line"]


def record_line(record: Record) -> str:
    """A record of any topic on a line; what is no alert and no event stands there as JSON."""
    if record.value is not None and record.topic.startswith(ALERTS):
        return alert_line(decode(record.value, Alert))
    if record.value is not None and record.topic == topics.EVENTS:
        event = decode(record.value, HealthEvent)
        return printable(f"{show_time(event.at)}  {event.kind}: {event.message}")
    value = "(deleted)" if record.value is None else record.value.decode()
    return printable(f"{show_time(record.timestamp)}  {record.partition}:{record.offset}  {record.key}  {value}")


def alert_line(alert: Alert) -> str:
    """An alert on a line: when, what, how probable, and where."""
    sources = f", {plural(alert.independent, 'independent source')}" if alert.independent > 1 else ""
    kind = "" if alert.kind == "new" else f" ({alert.kind}{sources})"
    unsure = "" if alert.sure else " unsure"
    text = f"{show_time(alert.alerted_at)}  {alert.theme}{kind}  {alert.probability:.2f}{unsure}"
    return printable(f"{text}  [{alert.lang}] {alert.title}" + (f"  {alert.url}" if alert.url else ""))
