"""`themewire doctor`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
import msgspec

from deploy.options import CommandError, common, print_json, printable
from deploy.settings.locations import open_log, stream_exists
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.errors import ThemewireError

if TYPE_CHECKING:
    from deploy.doctor import Finding

__all__ = ["command"]


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """Check everything that has to be well, and say what to do where it is not.

    Checks versions, disk, stream, rights on Kafka, clock, consumer groups, model and encoders, DNS, feeds, channels and
    dead records, also while themewire runs. Changes nothing. Exits with 1 if there is something to do.
    """
    to_do = 0
    for each in _findings(settings):
        to_do += not each.ok
        if as_json:
            print_json(msgspec.to_builtins(each))
        else:
            click.echo(printable(f"{'ok   ' if each.ok else 'TO DO'}  {each.check:<8}  {each.text}"))
    if to_do:
        raise CommandError(f"{plural(to_do, 'thing')} to do")


def _findings(settings: Settings) -> Iterator["Finding"]:
    """Of all checks; where the stream cannot be opened, of those that need none. None is made."""
    from deploy.doctor import WITHOUT_STREAM, Finding, examine  # only now: what they look at takes a while to load

    try:
        log = open_log(settings) if stream_exists(settings) else None
    except ThemewireError as error:
        yield Finding("stream", False, str(error))
        yield from examine(settings, None, WITHOUT_STREAM)
        return
    try:
        yield from examine(settings, log)
    finally:
        if log is not None:
            log.close()
