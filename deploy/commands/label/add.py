"""`themewire label add`."""

import click

from deploy.commands.label.label_records import append, checked_themes, label_of, me
from deploy.inspect.index_reader import find_item, index
from deploy.options import common, opened
from deploy.settings.locations import theme_ids
from deploy.settings.model import Settings

__all__ = ["command"]

ORIGIN = "command line"


@click.command("add")
@click.argument("item")
@click.option("--is", "yes", multiple=True, metavar="THEME", help="A theme that it is of; may be given several times.")
@click.option("--is-not", "no", multiple=True, metavar="THEME", help="A theme that it is not of.")
@click.option("--only", is_flag=True, help="It is of no other themes than those of --is.")
@click.option("--none", "nothing", is_flag=True, help="It is of no theme at all.")
@click.option("--who", default=me, show_default="the user", help="Whose word it is.")
@common
def command(
    settings: Settings, item: str, yes: tuple[str, ...], no: tuple[str, ...], only: bool, nothing: bool, who: str
) -> None:
    """Say of ITEM, an item's id or link, which themes it is of and is not of.

    Of themes that are not named nothing is said, unless --only or --none is given.
    """
    if nothing and (yes or no):
        raise click.UsageError("--none stands alone")
    if only and not yes:
        raise click.UsageError("--only goes with --is; for an item of no theme there is --none")
    if not (yes or no or nothing):
        raise click.UsageError("give --is THEME, --is-not THEME or --none")
    checked_themes(settings, yes, no)
    rest = tuple(theme for theme in theme_ids(settings) if theme not in yes) if only or nothing else no
    with opened(settings) as log:
        with index(settings, log) as found:
            doc = find_item(found, item)
        label = label_of(doc.item, who, ORIGIN, yes=yes, no=rest)
        append(log, [label])
    click.echo(label.id)
