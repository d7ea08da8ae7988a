"""`themewire label add`."""

import click

from deploy.commands.label.label_records import append, checked_themes, label_of, me, told_of_contrary
from deploy.inspect.index_reader import find_item, index
from deploy.options import common, opened
from deploy.settings.model import Settings
from stream.index.contrary import is_contrary
from stream.themes.saved import every_theme

__all__ = ["command"]

ORIGIN = "command line"


@click.command("add")
@click.argument("item")
@click.option("--is", "yes", multiple=True, metavar="THEME", help="A theme that the item is about; repeatable.")
@click.option("--is-not", "no", multiple=True, metavar="THEME", help="A theme that the item is not about; repeatable.")
@click.option("--only", is_flag=True, help="The item is about no theme but those of --is.")
@click.option("--none", "nothing", is_flag=True, help="The item is about none of the themes.")
@click.option("--confirm", is_flag=True, help="You are sure, whatever the model says.")
@click.option("--who", default=me, show_default="the user", help="Who says so.")
@common
def command(
    settings: Settings,
    item: str,
    yes: tuple[str, ...],
    no: tuple[str, ...],
    only: bool,
    nothing: bool,
    confirm: bool,
    who: str,
) -> None:
    """Say which themes an item is about, and which not.

    ITEM is an item's id or link. Nothing is said about themes that are not named, unless --only or --none is given.
    Prints the id of the label, with which it can be undone.

    Where the model is sure of the contrary you are told so, and training learns the label once other labels bear it
    out, or you confirm it: with --confirm, by the same label again, or with `themewire label review`.
    """
    if nothing and (yes or no):
        raise click.UsageError("--none cannot be combined with --is or --is-not")
    if only and not yes:
        raise click.UsageError("--only needs --is; use --none for an item about no theme")
    if not (yes or no or nothing):
        raise click.UsageError("give --is THEME, --is-not THEME or --none")
    with opened(settings) as log:
        known = every_theme(log)
        checked_themes(known, yes, no)
        rest = tuple(theme for theme in known if theme not in yes) if only or nothing else no
        with index(settings, log) as found:
            doc = find_item(found, item)
        contrary = is_contrary(doc, yes, rest)
        label = label_of(doc.item, who, ORIGIN, yes, rest, contrary=contrary, confirmed=confirm)
        append(log, [label])
    told_of_contrary(doc, label)
    click.echo(label.id)
