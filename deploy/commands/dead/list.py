"""`themewire dead list`."""

import click

from deploy.inspect.dead_records import dead_row
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings
from stream.ops.dead import dead_records

__all__ = ["command"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """List all dead records: origin, stage, time and error."""
    with opened(settings) as log:
        for origin, dead in dead_records(log):
            if as_json:
                print_json({"origin": origin, **dead_row(dead)})
            else:
                again = f"  (requeued {show_time(dead.requeued_at)})" if dead.requeued_at else ""
                click.echo(printable(f"{origin}  {dead.stage}  {show_time(dead.at)}  {dead.error}{again}"))
