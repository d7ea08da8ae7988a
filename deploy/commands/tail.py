"""`themewire tail`."""

from collections.abc import Mapping

import click
import msgspec

from deploy.options import common, opened, print_json, printable, show_time
from deploy.running.until_stopped import until_stopped
from deploy.settings.model import Settings
from stream.log.records import Record
from stream.log.topics import ALERTS
from stream.records import Alert, decode

__all__ = ["command", "show_alert"]

POLL_SECONDS = 0.5


@click.command("tail")
@click.argument("topic")
@click.option("--from-start", is_flag=True, help="Begin with what is there, not with what comes.")
@click.option("--no-follow", is_flag=True, help="End at the end of what is there.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@common
def command(settings: Settings, topic: str, from_start: bool, no_follow: bool, as_json: bool) -> None:
    """Follow TOPIC, such as alerts.standards, items or polls."""
    with opened(settings) as log, until_stopped() as stop:
        start: Mapping[tuple[str, int], int] = {} if from_start else log.ends([topic])
        reader = log.reader([topic], start)
        try:
            while not stop.is_set() and not (no_follow and reader.caught_up()):
                for record in reader.poll(POLL_SECONDS):
                    print_json(_envelope(record)) if as_json else click.echo(_line(record))
        finally:
            reader.close()


def _envelope(record: Record) -> dict[str, object]:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "timestamp": record.timestamp,
        "value": None if record.value is None else msgspec.json.decode(record.value),
    }


def _line(record: Record) -> str:
    if record.topic.startswith(ALERTS) and record.value is not None:
        return show_alert(decode(record.value, Alert))
    value = "(deleted)" if record.value is None else record.value.decode()
    return printable(f"{show_time(record.timestamp)}  {record.partition}:{record.offset}  {record.key}  {value}")


def show_alert(alert: Alert) -> str:
    """An alert on a line, for people."""
    told_by = f", told by {alert.independent}" if alert.independent > 1 else ""
    again = "" if alert.kind == "new" else f" ({alert.kind}{told_by})"
    sure = "" if alert.sure else "?"
    what = f"{alert.theme}{again}  {alert.probability:.2f}{sure}  [{alert.lang}] {alert.title}"
    text = f"{show_time(alert.alerted_at)}  {what}"
    return printable(f"{text}  {alert.url}" if alert.url else text)
