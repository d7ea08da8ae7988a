"""What a theme of one's own may be: checked before it is saved, whoever asks for it."""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from msgspec.structs import replace

from stream.errors import ThemewireError
from stream.records import OwnTheme, Subscription

__all__ = ["InvalidTheme", "check_removal", "checked", "no_such_theme", "renewed"]

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_RESERVED = frozenset({"all", "any", "canary", "none", "not-judged", "other", "tagged", "test", "theme", "unsure"})
_LEAST_LETTERS = 24  # of what a theme is about; an ideogram counts for three
_LEAST_WORDS = 4
_MOST = 600  # characters that are read of it
_IDEOGRAM = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class InvalidTheme(ThemewireError):
    """A theme makes no sense, or is not there; the sentence says what to do."""


def no_such_theme(name: str, known: Collection[str]) -> str:
    """Return the sentence for a name that no theme has, with the one that was probably meant."""
    near = get_close_matches(name, known, 1)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    return f"there is no theme {name!r}{meant}; there are: {', '.join(known)}"


def checked(theme: OwnTheme, shipped: Collection[str], saved: Mapping[str, OwnTheme]) -> OwnTheme:
    """Return the theme in its next revision, with its texts made tidy; raises `InvalidTheme`."""
    if not _ID.fullmatch(theme.id):
        raise InvalidTheme(f"{theme.id!r} is no id of a theme: one is made of a-z, 0-9 and dashes, up to 60 of them")
    if theme.id in shipped:
        raise InvalidTheme(f"the theme {theme.id!r} ships with themewire: choose another id; labels teach that one")
    if theme.id in _RESERVED:
        raise InvalidTheme(f"the id {theme.id!r} is reserved, since it means something else elsewhere: choose another")
    about = " ".join(theme.about.split())
    if not _says_enough(about):
        raise InvalidTheme(
            f"{about!r} says too little for a theme: say in a sentence what belongs to it, with the words that its "
            "news would use"
        )
    if len(about) > _MOST:
        raise InvalidTheme(f"the description has {len(about)} characters, and {_MOST} are read: shorten it")
    before = saved.get(theme.id)
    revision = before.revision + 1 if before else 1
    name = " ".join(theme.name.split()) or theme.id.replace("-", " ").capitalize()
    not_about = tuple(" ".join(text.split()) for text in theme.not_about)
    return replace(theme, about=about, name=name, not_about=not_about, revision=revision, removed_at=0)


def renewed(theme: OwnTheme, about: str, name: str, not_about: Sequence[str]) -> OwnTheme:
    """Return the theme with what was given; with another description it has to be learnt again."""
    changed = replace(
        theme,
        about=about or theme.about,
        name=name or theme.name,
        not_about=tuple(not_about) or theme.not_about,
        removed_at=0,
    )
    same = (changed.about, changed.not_about) == (theme.about, theme.not_about)
    return changed if same else replace(changed, labels={})


def check_removal(name: str, subscriptions: Mapping[str, Subscription]) -> None:
    """Raises `InvalidTheme` where subscriptions ask for it."""
    if asking := [each.id for each in subscriptions.values() if name in each.themes and not each.ended]:
        raise InvalidTheme(f"{name!r} is asked for by {', '.join(asking)}: change those first, or add --force")


def _says_enough(about: str) -> bool:
    ideograms = len(_IDEOGRAM.findall(about))
    letters = sum(character.isalpha() for character in about) + 2 * ideograms
    return letters >= _LEAST_LETTERS and (len(about.split()) >= _LEAST_WORDS or 3 * ideograms >= _LEAST_LETTERS)
