"""The training statements: news items in sixteen languages, written for this, each with its themes and its manner.

A file a language. The manner says what kind of text a statement is written like: a logbook, an abstract, a ruling.
"""

import itertools
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import msgspec

__all__ = ["Statement", "load_statements", "parse_statements"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A written news item; no `themes` makes it a contrast, and `near` may name the theme it only resembles.

    Those of one `group` tell the same story, or nearly; without one it tells a story of its own.
    """

    id: str
    lang: str
    themes: tuple[str, ...]
    near: str
    title: str
    summary: str
    manner: str = ""
    group: str = ""


class _Row(msgspec.Struct):
    id: str
    title: str
    themes: tuple[str, ...] = ()
    near: str = ""
    summary: str = ""
    manner: str = ""
    group: str = ""


def load_statements(own: Path | None = None) -> tuple[Statement, ...]:
    """Return the statements that ship with the package, or those of a folder of one's own, sorted by id.

    Raises ValueError, one sentence.
    """
    folder = own or files(__package__).joinpath("statements")
    try:
        texts = {
            file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".jsonl")
        }
    except OSError as error:
        raise ValueError(f"The statements in {folder} cannot be read: {error}.") from error
    statements = [statement for name, text in sorted(texts.items()) for statement in parse_statements(text, name)]
    if not statements:
        raise ValueError(f"There are no statements in {folder}: they are files such as en.jsonl.")
    return tuple(_unique(sorted(statements, key=lambda statement: statement.id)))


def parse_statements(text: str, source: str) -> tuple[Statement, ...]:
    """Return the statements of a file named after its language (`en.jsonl`, `en2.jsonl`); raises ValueError."""
    lang = re.sub(r"\d+$", "", source.removesuffix(".jsonl"))
    statements = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=_Row)
        except msgspec.MsgspecError as error:
            raise ValueError(f"{source}, line {number}, is not a statement: {error}.") from error
        if not row.id or not row.title.strip():
            raise ValueError(f"{source}, line {number}, needs an id and a title.")
        statements.append(Statement(row.id, lang, row.themes, row.near, row.title, row.summary, row.manner, row.group))
    return tuple(statements)


def _unique(statements: list[Statement]) -> list[Statement]:
    for one, other in itertools.pairwise(statements):
        if one.id == other.id:
            raise ValueError(f"Two statements have the id {one.id!r}.")
    return statements
