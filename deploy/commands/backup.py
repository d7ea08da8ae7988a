"""`themewire backup`."""

from pathlib import Path

import click

from deploy.keeping.backup import back_up
from deploy.options import common, show_time
from deploy.settings.locations import stream_file
from deploy.settings.model import Settings
from deploy.wording import plural

__all__ = ["command"]


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@common
def command(settings: Settings, file: Path) -> None:
    """Write the stream and the data folder to FILE, also while running.

    FILE is a tar archive. It is written under another name, read again and compared, and only then renamed. It
    contains the key that signs feedback links, so only you may read it. The index and the cache are left out, since
    they are made again. A stream on Kafka is left out as well.
    """
    archive = back_up(settings, file)
    size = sum(entry.size for entry in archive.files)
    click.echo(f"{file}: {plural(len(archive.files), 'file')}, {size:,} bytes, as of {show_time(archive.at)} UTC")
    if stream_file(settings) is None:
        click.echo("the stream is on Kafka and not part of this backup: its brokers keep it", err=True)
