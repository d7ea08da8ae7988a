"""`themewire restore`."""

from pathlib import Path

import click

from deploy.keeping.backup import restore
from deploy.options import common, show_time
from deploy.settings.model import Settings
from deploy.wording import plural

__all__ = ["command"]


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace what is there; it is kept aside in the data folder.")
@common
def command(settings: Settings, file: Path, replace: bool) -> None:
    """Put a backup in place: the stream and the files of the data folder.

    Stop everything that runs on that stream first. All files are compared with what was written before any is
    replaced.
    """
    archive, aside = restore(settings, file, replace)
    click.echo(f"restored {plural(len(archive.files), 'file')} as of {show_time(archive.at)} UTC")
    if aside is not None:
        click.echo(f"what was there before is in {aside}: delete it once you do not need it", err=True)
