"""The themes of a stream: read, saved and removed, whoever asks for it."""

from msgspec.structs import replace

from seeds.themes import load_themes
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.port import Log
from stream.log.records import Out
from stream.log.topics import alerts_of
from stream.records import HealthEvent, OwnTheme, decode, encode
from stream.themes.rules import InvalidTheme, checked, no_such_theme
from stream.themes.watched import watched

__all__ = ["every_theme", "find_theme", "read_own_themes", "remove_theme", "save_theme", "shipped_themes"]


def shipped_themes() -> tuple[str, ...]:
    """The ids of the themes that ship."""
    return tuple(theme.id for theme in load_themes())


def read_own_themes(log: Log) -> dict[str, OwnTheme]:
    """Every theme of one's own as of now, by id, those that were removed too; raises `LogError`."""
    return {name: decode(value, OwnTheme) for name, value in sorted(read_table(log, topics.THEMES).items())}


def every_theme(log: Log) -> tuple[str, ...]:
    """The ids of all themes that are watched, as of now: those that ship, and then one's own."""
    return (*shipped_themes(), *(theme.id for theme in watched(read_own_themes(log))))


def find_theme(log: Log, name: str) -> OwnTheme:
    """The theme of one's own of this id; raises `InvalidTheme`."""
    found = read_own_themes(log).get(name)
    if found is not None and not found.removed_at:
        return found
    if name in shipped_themes():
        raise InvalidTheme(f"the theme {name!r} ships with themewire: it is none of your own")
    raise InvalidTheme(no_such_theme(name, every_theme(log)))


def save_theme(log: Log, theme: OwnTheme, now: int) -> OwnTheme:
    """Saves a theme in its next revision, once its topic is there, and returns it; raises `InvalidTheme`.

    Whoever reads of the theme finds its topic: so no process has to be started again for it.
    """
    own = read_own_themes(log)
    made = checked(theme, shipped_themes(), own)
    log.ensure([alerts_of(made.id)])
    before = own.get(made.id)
    is_new = before is None or before.removed_at
    log.append([Out(topics.THEMES, made.id, encode(made)), *([_event(made, "added", now)] if is_new else [])])
    return made


def remove_theme(log: Log, name: str, now: int) -> OwnTheme:
    """Stops watching a theme, and returns it; its alerts and labels stay. Raises `InvalidTheme`."""
    theme = find_theme(log, name)
    gone = replace(theme, revision=theme.revision + 1, removed_at=now, head=b"", sure=False)
    log.append([Out(topics.THEMES, name, encode(gone)), _event(gone, "removed", now)])
    return gone


def _event(theme: OwnTheme, what: str, now: int) -> Out:
    """Tells operators, and has the stage match look who can never match any more."""
    event = HealthEvent(
        subject=f"themes/{theme.id}", kind=f"theme {what}", message=f"the theme {theme.id} was {what}", at=now
    )
    return Out(topics.EVENTS, event.subject, encode(event))
