"""`themewire themes add`."""

from collections.abc import Iterator, Sequence

import click

from classifiers.labels.collected import read_labels
from deploy.commands.label.label_records import append, label_of, me
from deploy.commands.themes.theme_lines import status_of
from deploy.inspect.index_reader import find_item, index
from deploy.options import CommandError, common, opened, printable
from deploy.running.own_themes import learnt_themes, put_learnt
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.ids import hashed
from stream.index.stage import ItemDoc
from stream.log.port import Log
from stream.records import Item, Label, OwnTheme
from stream.themes.rules import checked, no_such_theme, renewed
from stream.themes.saved import every_theme, read_own_themes, save_theme, shipped_themes

__all__ = ["command"]

ORIGIN = "themes add"
TITLE_ENDS = 200  # characters of an example that are its title, where no line or sentence ends before


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
        before, made = _made(log, theme, about, name, not_about)
        with index(settings, log) as rows:
            items = {
                text: _item(text, find_item(rows, text) if "://" in text else None) for text in (*examples, *others)
            }
        append(log, list(_labels(theme, items, examples, others, who)))
        (learnt,) = learnt_themes([made], read_labels(log), lambda _: None)
        if made == before:
            put_learnt(log, [learnt])
        else:
            save_theme(log, learnt, clock())
    click.echo(printable(f"{theme}, revision {made.revision}: {status_of(learnt)}"))
    click.echo(f"next: `themewire label next --theme {theme}` asks for the labels that teach it most", err=True)


def _made(log: Log, theme: str, about: str, name: str, not_about: Sequence[str]) -> tuple[OwnTheme | None, OwnTheme]:
    """The theme as it is saved, and as it is to be: a new one, or the one that is there with what was given.

    It is saved once it has been learnt: nobody else has to learn it then.
    """
    own = read_own_themes(log)
    before = own.get(theme)
    if before is not None and before.removed_at and not about:
        before = None
    if before is None and not about:
        raise CommandError(f"{no_such_theme(theme, every_theme(log))}; a new one needs --about")
    known = before or OwnTheme(id=theme, name=name, about=about, added_at=clock())
    changed = renewed(known, about, name, not_about)
    return before, known if changed == before else checked(changed, shipped_themes(), own)


def _item(text: str, doc: ItemDoc | None) -> Item:
    if doc is not None:
        return doc.item
    if "://" in text:
        raise CommandError(f"no item of the link {text} has come by: give its headline instead")
    title, rest = _split(text)
    if not title:
        raise CommandError("an example is a headline, or a link; one of these is empty")
    now = clock()
    return Item(
        id=hashed("example", title, rest),
        feed="",
        source=ORIGIN,
        entry="",
        revision=0,
        url="",
        title=title,
        summary=rest,
        lang="",
        published=now,
        date_quality="",
        first_seen=now,
        baseline=True,
    )


def _split(text: str) -> tuple[str, str]:
    """A headline and what follows it, on further lines or after a space and a dash."""
    title, _, rest = text.strip().partition("\n")
    if not rest and len(title) > TITLE_ENDS:
        cut = title.rfind(" ", 0, TITLE_ENDS)
        title, rest = title[:cut], title[cut:]
    return " ".join(title.split()), " ".join(rest.split())


def _labels(
    theme: str, items: dict[str, Item], examples: Sequence[str], others: Sequence[str], who: str
) -> Iterator[Label]:
    if both := set(examples) & set(others):
        raise CommandError(f"{min(both)!r} cannot be both an example of the theme and none")
    for text in examples:
        yield label_of(items[text], who, ORIGIN, yes=(theme,))
    for text in others:
        yield label_of(items[text], who, ORIGIN, no=(theme,))
