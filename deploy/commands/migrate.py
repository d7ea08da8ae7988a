"""`themewire migrate`."""

import click

from deploy.keeping.migrate import migrate
from deploy.options import common
from deploy.settings.model import Settings
from deploy.wording import plural

__all__ = ["command"]


@click.command("migrate")
@click.argument("url", metavar="KAFKA_URL")
@common
def command(settings: Settings, url: str) -> None:
    """Move the embedded stream to Kafka, with nothing lost or told again.

    Copies all topics, the stages' tables and how far each stage has come to KAFKA_URL, kafka://HOST:PORT,HOST:PORT,
    reads them again and compares. Stop everything first; the topics there must be empty. The embedded stream stays as
    it is. Afterwards set stream.url, and keep stream.partitions.
    """
    moved = migrate(settings, url, lambda line: click.echo(line, err=True))
    click.echo(
        f"moved {plural(moved.records, 'record')} and {plural(moved.rows, 'row')} of {plural(moved.groups, 'stage')}, "
        f"all read again and compared: set stream.url to {url}"
    )
