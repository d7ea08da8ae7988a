"""`themewire tail`."""

from collections.abc import Mapping
from difflib import get_close_matches

import click
import msgspec

from deploy.options import CommandError, common, opened, print_json
from deploy.record_lines import record_line
from deploy.running.until_stopped import until_stopped
from deploy.settings.model import Settings
from stream.log.port import Log, LogError
from stream.log.records import Record
from stream.log.topics import all_topics
from stream.themes.saved import every_theme

__all__ = ["command"]

POLL_SECONDS = 0.5
NEAR = 3


@click.command("tail")
@click.argument("topic")
@click.option("--from-start", is_flag=True, help="Begin with the oldest record instead of the next one.")
@click.option("--no-follow", is_flag=True, help="Stop at the end instead of waiting for new records.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@common
def command(settings: Settings, topic: str, from_start: bool, no_follow: bool, as_json: bool) -> None:
    """Print the records of TOPIC as they arrive.

    \b
    alerts.THEME   alerts of a theme, such as alerts.standards
    events         changes of health: feeds, models, subscriptions
    items          every new item, before it is classified
    tagged         every item with its themes
    polls          how each poll of a feed ended
    deliveries     every attempt to deliver an alert
    dead           records that a stage could not handle
    feeds, subscriptions, themes, labels, feedback, models, candidates, outbox, hosts, addresses,
    mutes, imports, pushes
                   what the stages and the commands tell one another
    """
    with opened(settings) as log, until_stopped() as stop:
        ends = _ends(log, topic)
        start: Mapping[tuple[str, int], int] = {} if from_start else ends
        reader = log.reader([topic], start)
        try:
            while not stop.is_set() and not (no_follow and reader.caught_up()):
                for record in reader.poll(POLL_SECONDS):
                    print_json(_envelope(record)) if as_json else click.echo(record_line(record))
        finally:
            reader.close()


def _ends(log: Log, topic: str) -> Mapping[tuple[str, int], int]:
    """Where the topic ends now; a name that is wrong is told the near ones."""
    try:
        return log.ends([topic])
    except LogError as error:
        known = [each.name for each in all_topics(every_theme(log), 1)]
        if topic in known:
            raise
        near = get_close_matches(topic, known, NEAR) or [name for name in known if topic and topic in name][:NEAR]
        hint = f"did you mean {' or '.join(near)}?" if near else "`themewire tail --help` lists them"
        raise CommandError(f"there is no topic {topic!r}: {hint}") from error


def _envelope(record: Record) -> dict[str, object]:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "timestamp": record.timestamp,
        "value": None if record.value is None else msgspec.json.decode(record.value),
    }
