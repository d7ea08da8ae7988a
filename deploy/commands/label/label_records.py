"""Labels: made, checked, and put on the stream."""

import getpass
import uuid
from collections.abc import Sequence

import click

from deploy.options import CommandError
from deploy.settings.locations import clock
from stream.index.stage import ItemDoc
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Item, Label, encode
from stream.text.names import checked_name
from stream.themes.rules import no_such_theme

__all__ = ["append", "checked_themes", "label_of", "me", "told_of_contrary"]


def me() -> str:
    """Who is at the terminal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, as in a bare container
        return "unknown"


def append(log: Log, labels: list[Label]) -> None:
    """Puts labels on the stream."""
    log.append([Out(topics.LABELS, label.item.id, encode(label)) for label in labels])


def checked_themes(known: Sequence[str], yes: tuple[str, ...], no: tuple[str, ...]) -> None:
    """Refuses a theme that does not exist, and one that an item is said to be of and not to be of."""
    for theme in (*yes, *no):
        if theme not in known:
            raise CommandError(no_such_theme(theme, known))
    if both := sorted(set(yes) & set(no)):
        raise CommandError(f"an item cannot be both of and not of the theme {both[0]!r}")


def label_of(
    item: Item,
    who: str,
    origin: str,
    yes: tuple[str, ...] = (),
    no: tuple[str, ...] = (),
    *,
    undoes: str = "",
    contrary: bool = False,
    confirmed: bool = False,
) -> Label:
    """A label of an item by `who`, given now."""
    return Label(
        id=uuid.uuid4().hex,
        item=item,
        who=checked_name(who, "who says it"),
        origin=origin,
        at=clock(),
        yes=yes,
        no=no,
        undoes=undoes,
        contrary=contrary,
        confirmed=confirmed,
    )


def told_of_contrary(doc: ItemDoc, label: Label) -> None:
    """Says at once that the model is sure of the contrary of a label that nobody has confirmed."""
    if label.contrary and not label.confirmed:
        sure = ", ".join(f"{theme} {doc.themes.get(theme, 0.0):.2f}" for theme in (*label.yes, *label.no)[:4])
        click.echo(
            f"the model is sure of the contrary ({sure}): the item is tagged as you say, and training learns it once "
            "other labels bear it out or it is confirmed: --confirm, the same label again, or `label review`",
            err=True,
        )
