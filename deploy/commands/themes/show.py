"""`themewire themes show`."""

import click

from deploy.commands.themes.theme_lines import theme_row
from deploy.options import common, opened, print_json, printable, show_time
from deploy.running.own_themes import status_of
from deploy.settings.model import Settings
from stream.records import Check, OwnTheme
from stream.subscriptions.saved import read_subscriptions
from stream.themes.saved import find_theme

__all__ = ["command"]


@click.command("show")
@click.argument("theme", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def command(settings: Settings, theme: str, as_json: bool) -> None:
    """Show a theme of your own: what it is about, how far it is, and the table of its promotion gate."""
    with opened(settings) as log:
        found = find_theme(log, theme)
        asking = sorted(each.id for each in read_subscriptions(log).values() if theme in each.themes)
    if as_json:
        print_json({**theme_row(found), "subscriptions": asking})
        return
    _print(found, asking)


def _print(theme: OwnTheme, asking: list[str]) -> None:
    click.echo(printable(f"{theme.id}: {theme.name}"))
    click.echo(printable(f"  {theme.about}"))
    for text in theme.not_about:
        click.echo(printable(f"  not: {text}"))
    click.echo(printable(status_of(theme)))
    if theme.trained_at:
        click.echo(f"learnt {show_time(theme.trained_at)}, {theme.model}")
    for check in theme.checks:
        click.echo(f"  {'good' if check.good else 'NOT GOOD':8}  {_row(check)}")
    click.echo(f"asked for by {', '.join(asking) or 'no subscription yet'}")
    click.echo(f"next: `themewire label next --theme {theme.id}`, `themewire themes preview {theme.id}`", err=True)


def _row(check: Check) -> str:
    before = "" if check.serving is None else f", its description {check.serving:.2f}"
    what = f"{check.what} {check.subject}".strip()
    return f"{what}: {check.challenger:g}, limit {check.limit:g}{before}"
