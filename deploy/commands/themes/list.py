"""`themewire themes list`."""

import click

from deploy.commands.themes.theme_lines import theme_row
from deploy.options import common, opened, print_json, printable
from deploy.running.own_themes import status_of
from deploy.settings.model import Settings
from seeds.themes import load_themes
from stream.themes.saved import read_own_themes
from stream.themes.watched import watched

__all__ = ["command"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """List all themes that are watched: those that ship, then your own and how far each is."""
    with opened(settings) as log:
        own = watched(read_own_themes(log))
    if as_json:
        ships = [{"id": each.id, "ships": True, "name": each.name, "about": each.about} for each in load_themes()]
        print_json([*ships, *map(theme_row, own)])
        return
    for theme in load_themes():
        click.echo(f"{theme.id}  ships with themewire")
    for each in own:
        click.echo(printable(f"{each.id}  {status_of(each)}"))
