"""`themewire label undo`."""

from collections.abc import Sequence

import click

from classifiers.labels.collected import read_labels
from deploy.commands.label.label_records import append, label_of, me
from deploy.inspect.index_reader import find_item, index
from deploy.options import CommandError, common, opened, printable
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.records import Label
from stream.text.links import canonical_link, item_of

__all__ = ["command"]

ORIGIN = "command line"


@click.command("undo")
@click.argument("what")
@click.option("--who", default=me, show_default="the user", help="Whose label is undone.")
@common
def command(settings: Settings, what: str, who: str) -> None:
    """Undo a label.

    WHAT is the label's id, or an item's id or link, whose last label by you is undone. Where there is none, those of
    others are named.
    """

    with opened(settings) as log:
        labels = [label for _, _, label in read_labels(log).records]
        undone = {label.undoes for label in labels}
        open_ = {label.id: label for label in labels if label.id not in undone and not label.undoes}
        named = open_.get(what)
        if named is None:
            item = _item_id(settings, log, what)
            of_item = [label for label in open_.values() if label.item.id == item]
            named = next((label for label in reversed(of_item) if label.who == who), None)
            if named is None:
                raise CommandError(printable(_nothing(what, who, of_item)))
        append(log, [label_of(named.item, who, ORIGIN, undoes=named.id)])
    click.echo(printable(f"undid {_shown(named)}: {named.item.title}"))


def _nothing(what: str, who: str, of_item: Sequence[Label]) -> str:
    """That there is nothing to undo, and whose labels there are on the item."""
    if not of_item:
        return f"there is no label {what!r}, and none on an item with this id or link"
    theirs = "; ".join(map(_shown, of_item))
    return f"there is no label by {who} on {what}; there are: {theirs}: name one by its id, or give --who"


def _shown(label: Label) -> str:
    says = [f"is {theme}" for theme in label.yes] + [f"is not {theme}" for theme in label.no]
    standing = " (subscriber)" if label.standing == "subscriber" else ""
    return f"{label.id} by {label.who}{standing} ({', '.join(says)})"


def _item_id(settings: Settings, log: Log, name: str) -> str:
    """The item of an id or a link, also where it is no longer in the index: labels outlive items."""

    if "://" not in name:
        return name
    try:
        with index(settings, log) as found:
            return find_item(found, name).item.id
    except CommandError:
        return item_of(canonical_link(name))
