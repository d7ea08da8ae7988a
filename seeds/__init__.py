"""What the service knows on its first day: feeds, themes, demo items and training statements, each with a loader.

    feeds.toml ─► load_feeds()    themes.toml ─► load_themes()    canary.toml ─► load_canary()
    demo.toml ─► load_demo() ─► load_world() ─► DemoServer        with events/ and world.toml

The room imports nothing of ours. Its loaders return frozen dataclasses and read their data from the package, so they
work from a wheel as from a checkout. Here is what they share: rows of a TOML file, checked, or one sentence that says
what is wrong.
"""

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files

__all__ = ["package_text", "parse_rows", "text_of"]


def package_text(name: str) -> str:
    """Return the text of a data file that ships with this package."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def parse_rows(text: str, source: str, table: str) -> Sequence[Mapping[str, object]]:
    """Return the `[[table]]` rows of a TOML text; raises ValueError, one sentence that names the source."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{source} is not valid TOML: {error}.") from error
    rows = document.get(table)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{source} needs at least one [[{table}]] entry.")
    return rows


def text_of(row: Mapping[str, object], field: str, where: str) -> str:
    """Return a field that must be a text with something in it; raises ValueError, one sentence."""
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where} needs {field!r}, a text that is not empty.")
    return value
