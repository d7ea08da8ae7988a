"""The themes that items are judged by: data, so that a fifth one touches no code."""

import re
from dataclasses import dataclass
from pathlib import Path

from seeds import package_text, parse_rows, text_of

__all__ = ["Theme", "load_themes", "parse_themes", "themes_in"]

_ID = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: `id` is a topic suffix and a label value, `about` says in one sentence what belongs to it."""

    id: str
    name: str
    about: str


def load_themes() -> tuple[Theme, ...]:
    """Return the themes that ship."""
    return parse_themes(package_text("themes.toml"), "themes.toml")


def themes_in(path: Path) -> tuple[Theme, ...]:
    """Return the themes of a user's own file; raises ValueError, one sentence, if it cannot be read or is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"The themes file {path} cannot be read: {error}.") from error
    return parse_themes(text, str(path))


def parse_themes(text: str, source: str) -> tuple[Theme, ...]:
    """Return the themes of a TOML text with `[[theme]]` entries; raises ValueError, one sentence naming the source."""
    themes: dict[str, Theme] = {}
    for number, row in enumerate(parse_rows(text, source, "theme"), start=1):
        where = f"{source}, theme {number}"
        theme = Theme(*(text_of(row, field, where) for field in ("id", "name", "about")))
        if not _ID.fullmatch(theme.id):
            raise ValueError(f"{where} has the id {theme.id!r}; an id is made of a-z, 0-9 and '-'.")
        if theme.id in themes:
            raise ValueError(f"{where} repeats the id {theme.id!r}.")
        themes[theme.id] = theme
    return tuple(themes.values())
