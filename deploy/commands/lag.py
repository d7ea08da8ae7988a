"""`themewire lag`."""

import click

from deploy.options import common, opened, print_json
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.log.access import accesses
from stream.themes.saved import every_theme

__all__ = ["command"]


@click.command("lag")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """Show how many records wait for each role, and for how long the oldest has.

    They are counted as records. Tools that subtract offsets show 1 at rest on each partition that was written to, as a
    transaction ends with a marker.
    """
    with opened(settings) as log:
        for access in accesses(every_theme(log)):
            if not access.inputs:
                continue
            lag = log.lag(access.role, sorted(access.inputs))
            seconds = 0.0 if lag.since is None else max(0, clock() - lag.since) / 1000
            if as_json:
                print_json({"role": access.role, "records": lag.records, "seconds": seconds})
            else:
                click.echo(f"{access.role:8} {lag.records:>9,} records" + (f", for {seconds:.0f} s" if seconds else ""))
