"""`themewire dead show`."""

import click

from deploy.inspect.dead_records import dead_row, find
from deploy.options import common, opened, print_json
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("show")
@click.argument("origin")
@common
def command(settings: Settings, origin: str) -> None:
    """Show a dead record with its traceback and value.

    ORIGIN is as `themewire dead list` prints it.
    """
    with opened(settings) as log:
        found = find(log, origin)
    for _, dead in found:
        value = "" if dead.value is None else dead.value.decode(errors="replace")
        print_json({"origin": origin, **dead_row(dead), "traceback": dead.traceback, "value": value})
