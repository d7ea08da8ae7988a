"""A theme of one's own as somebody wants it, and the items that are examples of it, on the command line or the page."""

import uuid
from collections.abc import Iterable, Iterator, Sequence

from deploy.settings.locations import clock
from stream.ids import hashed
from stream.log.port import Log
from stream.records import Item, Label, OwnTheme
from stream.text.names import checked_name
from stream.themes.rules import InvalidTheme, checked, no_such_theme, renewed
from stream.themes.saved import every_theme, read_own_themes, shipped_themes

__all__ = ["example_item", "example_labels", "made_theme"]

ORIGIN = "themes add"
TITLE_ENDS = 200  # characters of an example that are its title, where no line or sentence ends before


def made_theme(
    log: Log, theme: str, about: str, name: str, not_about: Sequence[str]
) -> tuple[OwnTheme | None, OwnTheme]:
    """Return the theme as it is saved, and as it is to be: a new one, or the one that is there with what was given.

    Raises `InvalidTheme`.
    """
    own = read_own_themes(log)
    before = own.get(theme)
    if before is not None and before.removed_at and not about:
        before = None
    if before is None and not about:
        raise InvalidTheme(f"{no_such_theme(theme, every_theme(log))}; a new one needs --about")
    known = before or OwnTheme(id=theme, name=name, about=about, added_at=clock())
    changed = renewed(known, about, name, not_about)
    return before, known if changed == before else checked(changed, shipped_themes(), own)


def example_item(text: str) -> Item:
    """Return a headline, with what follows it, as an item that never came by; raises `InvalidTheme` for none."""
    title, rest = _split(text)
    if not title:
        raise InvalidTheme("an example is a headline, or a link; one of these is empty")
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


def example_labels(theme: str, examples: Iterable[Item], others: Iterable[Item], who: str) -> Iterator[Label]:
    """Yield what these items teach of the theme; raises `InvalidTheme` where one is both an example and none."""
    of, not_of = {item.id: item for item in examples}, {item.id: item for item in others}
    if both := of.keys() & not_of.keys():
        title = of[min(both)].title
        raise InvalidTheme(f"{title!r} cannot be both an example of the theme and none")
    name = checked_name(who, "who says it")
    for item in (*of.values(), *not_of.values()):
        yes, no = ((theme,), ()) if item.id in of else ((), (theme,))
        yield Label(id=uuid.uuid4().hex, item=item, who=name, origin=ORIGIN, at=clock(), yes=yes, no=no)


def _split(text: str) -> tuple[str, str]:
    """A headline and what follows it, on further lines or after a space and a dash."""
    title, _, rest = text.strip().partition("\n")
    if not rest and len(title) > TITLE_ENDS:
        cut = title.rfind(" ", 0, TITLE_ENDS)
        title, rest = title[:cut], title[cut:]
    return " ".join(title.split()), " ".join(rest.split())
