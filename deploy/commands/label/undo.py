"""`themewire label undo`."""

import click

from classifiers.labels.collected import read_labels
from deploy.commands.label.label_records import append, label_of, me
from deploy.inspect.index_reader import find_item, index
from deploy.options import CommandError, common, opened, printable
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.text.links import canonical_link, item_of

__all__ = ["command"]

ORIGIN = "command line"


@click.command("undo")
@click.argument("what")
@click.option("--who", default=me, show_default="the user", help="Whose label is undone.")
@common
def command(settings: Settings, what: str, who: str) -> None:
    """Undo a label.

    WHAT is the label's id, or an item's id or link, whose last label by you is undone.
    """

    with opened(settings) as log:
        labels = [label for _, _, label in read_labels(log).records]
        undone = {label.undoes for label in labels}
        open_ = [label for label in labels if label.id not in undone and not label.undoes]
        named = [label for label in open_ if label.id == what]
        if not named:
            item = _item_id(settings, log, what)
            named = [label for label in open_ if label.item.id == item and label.who == who]
        if not named:
            raise CommandError(f"there is no label {what!r}, and none by {who} on an item with this id or link")
        append(log, [label_of(named[-1].item, who, ORIGIN, undoes=named[-1].id)])
    click.echo(printable(f"undid {named[-1].id}: {named[-1].item.title}"))


def _item_id(settings: Settings, log: Log, name: str) -> str:
    """The item of an id or a link, also where it is no longer in the index: labels outlive items."""

    if "://" not in name:
        return name
    try:
        with index(settings, log) as found:
            return find_item(found, name).item.id
    except CommandError:
        return item_of(canonical_link(name))
