"""`themewire themes add`."""

import click

from classifiers.labels.collected import read_labels
from deploy.commands.label.label_records import append, me
from deploy.inspect.index_reader import find_item, index
from deploy.options import CommandError, common, opened, printable
from deploy.running.own_themes import learnt_themes, put_learnt, status_of
from deploy.running.theme_making import example_item, example_labels, made_theme
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.log.records import Rows
from stream.records import Item
from stream.themes.saved import save_theme

__all__ = ["command"]


@click.command("add")
@click.argument("theme", metavar="ID")
@click.option("--about", default="", metavar="TEXT", help="What belongs to it, in a sentence with its own words.")
@click.option("--name", default="", help="Its name for people; by default made of the id.")
@click.option("--not-about", "not_about", multiple=True, metavar="TEXT", help="What only resembles it; repeatable.")
@click.option(
    "--example",
    "examples",
    multiple=True,
    metavar="URL|TEXT",
    help="An item that is of it: the link of one that has come by, or a headline with or without more; repeatable.",
)
@click.option("--not", "others", multiple=True, metavar="URL|TEXT", help="An item that is not of it; repeatable.")
@click.option("--who", default=me, show_default="the user", help="Who says so.")
@common
def command(
    settings: Settings,
    theme: str,
    about: str,
    name: str,
    not_about: tuple[str, ...],
    examples: tuple[str, ...],
    others: tuple[str, ...],
    who: str,
) -> None:
    """Add a theme of your own, or examples of one.

    It is watched at once, wherever themewire runs on this stream. What it tags by its description alone is unsure;
    examples and labels teach it, and once it passes its promotion gate its alerts are sure.
    """
    with opened(settings) as log:
        before, made = made_theme(log, theme, about, name, not_about)
        with index(settings, log) as rows:
            of, not_of = ([_item(rows, text) for text in texts] for texts in (examples, others))
        append(log, list(example_labels(theme, of, not_of, who)))
        (learnt,) = learnt_themes([made], read_labels(log), lambda _: None)
        if made == before:
            put_learnt(log, [learnt])
        else:
            save_theme(log, learnt, clock())
    click.echo(printable(f"{theme}, revision {made.revision}: {status_of(learnt)}"))
    click.echo(f"next: `themewire label next --theme {theme}` asks for the labels that teach it most", err=True)


def _item(rows: Rows, text: str) -> Item:
    if "://" not in text:
        return example_item(text)
    try:
        return find_item(rows, text).item
    except CommandError as error:
        raise CommandError(f"no item of the link {text} has come by: give its headline instead") from error
