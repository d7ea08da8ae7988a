"""`themewire label add|undo`."""

import getpass
import uuid

import click

from deploy.inspect.index_reader import find_item, index
from deploy.options import CommandError, common, opened, printable
from deploy.settings.locations import clock, theme_ids
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Item, Label, encode

__all__ = ["add", "append", "checked_themes", "me", "undo"]

ORIGIN = "command line"


def me() -> str:
    """Who is at the terminal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, as in a bare container
        return "unknown"


def append(log: Log, labels: list[Label]) -> None:
    """Puts labels on the stream."""
    log.append([Out(topics.LABELS, label.item.id, encode(label)) for label in labels])


def checked_themes(settings: Settings, *given: tuple[str, ...]) -> None:
    """Refuses a theme that does not exist, and one that is given twice."""
    known, seen = theme_ids(settings), set[str]()
    for theme in (theme for group in given for theme in group):
        if theme not in known:
            raise CommandError(f"there is no theme {theme!r}; there are: {', '.join(known)}")
        if theme in seen:
            raise CommandError(f"the item is said to be and not to be of {theme!r}, or twice to be of it")
        seen.add(theme)


@click.command("add")
@click.argument("item")
@click.option("--is", "yes", multiple=True, metavar="THEME", help="A theme that it is of; may be given several times.")
@click.option("--is-not", "no", multiple=True, metavar="THEME", help="A theme that it is not of.")
@click.option("--only", is_flag=True, help="It is of no other themes than those of --is.")
@click.option("--none", "nothing", is_flag=True, help="It is of no theme at all.")
@click.option("--who", default=me, show_default="the user", help="Whose word it is.")
@common
def add(
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
        label = _label(doc.item, who, yes=yes, no=rest)
        append(log, [label])
    click.echo(label.id)


@click.command("undo")
@click.argument("what")
@click.option("--who", default=me, show_default="the user", help="Who takes it back, and whose last word it was.")
@common
def undo(settings: Settings, what: str, who: str) -> None:
    """Take back a label: WHAT is its id, or an item's id or link, of which your last label is meant."""
    from classifiers.labels.collected import read_labels

    with opened(settings) as log:
        labels = [label for _, _, label in read_labels(log).records]
        undone = {label.undoes for label in labels}
        open_ = [label for label in labels if label.id not in undone and not label.undoes]
        named = [label for label in open_ if label.id == what]
        if not named:
            item = _item_id(settings, log, what)
            named = [label for label in open_ if label.item.id == item and label.who == who]
        if not named:
            raise CommandError(f"there is no label {what!r}, and none of {who} on an item of this id or link")
        append(log, [_label(named[-1].item, who, undoes=named[-1].id)])
    click.echo(printable(f"{named[-1].id} is taken back: {named[-1].item.title}"))


def _item_id(settings: Settings, log: Log, name: str) -> str:
    """The item of an id or a link, also where it is no longer in the index: labels outlive items."""
    from stream.text.links import canonical_link, item_of

    if "://" not in name:
        return name
    try:
        with index(settings, log) as found:
            return find_item(found, name).item.id
    except CommandError:
        return item_of(canonical_link(name))


def _label(item: Item, who: str, yes: tuple[str, ...] = (), no: tuple[str, ...] = (), undoes: str = "") -> Label:
    return Label(id=uuid.uuid4().hex, item=item, who=who, origin=ORIGIN, at=clock(), yes=yes, no=no, undoes=undoes)
