"""A label as a row of a file: what it may say, what is refused, and the label that it is.

A row has `title`, and as it is known `summary`, `lang`, `url`, `item`, `id`, `who`, `at`, `origin`, and either `yes`
and `no` (themes it is and is not of; nothing is said of the others) or `themes` (it is of these and of no other).
`standing`, `alert` and `receiver` are those of a label that was exported; whoever imports a row without is a labeller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stream.ids import hashed
from stream.records import Item, Label, Standing
from stream.text.links import canonical_link, item_of
from stream.text.names import checked_name
from stream.units import LATEST

__all__ = ["META", "LabelRow", "LabelledBy", "label_of", "row_of"]

LONGEST_TITLE, LONGEST_SUMMARY = 20_000, 200_000
META = ("undoes", "origin", "standing", "alert", "receiver")  # what other tools' files have no place for


class LabelRow(msgspec.Struct):
    """What a row of a file may say."""

    title: str = ""
    summary: str = ""
    lang: str = ""
    url: str = ""
    item: str = ""
    id: str | int = ""
    who: str = ""
    origin: str = ""
    at: int = 0
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    themes: tuple[str, ...] | None = None
    undoes: str = ""
    standing: Standing = "labeller"
    alert: str = ""
    receiver: str = ""


@dataclass(frozen=True)
class LabelledBy:
    """What a row that does not say it was labelled by, when, and from where."""

    who: str
    at: int
    origin: str


def label_of(row: LabelRow, themes: Sequence[str], by: LabelledBy) -> Label:
    """The label that a row is; raises `ValueError` with what is wrong with it."""
    if not row.title.strip() and not row.undoes:
        raise ValueError("it has no title")
    yes = row.yes if row.themes is None else row.themes
    no = row.no if row.themes is None else tuple(theme for theme in themes if theme not in row.themes)
    if unknown := [theme for theme in (*yes, *no) if theme not in themes]:
        raise ValueError(f"there is no theme {unknown[0]!r}; there are: {', '.join(themes)}")
    if both := [theme for theme in yes if theme in no]:
        raise ValueError(f"it is said to be and not to be of {both[0]!r}")
    if not yes and not no and not row.undoes:
        raise ValueError("it says of no theme whether the item is of it (`themes`, `yes` or `no`)")
    _check(row)
    item = _item(row, by)
    who = row.who or by.who
    own = str(row.id) if row.themes is None else ""  # the id of a row of a data set is not that of a label
    name = own or hashed(item.id, who, *yes, "not", *no, row.undoes)
    return Label(
        id=name,
        item=item,
        who=who,
        origin=row.origin or by.origin,
        at=row.at or by.at,
        yes=tuple(yes),
        no=tuple(no),
        undoes=row.undoes,
        standing=row.standing,
        alert=row.alert,
        receiver=row.receiver,
    )


def row_of(label: Label) -> dict[str, Any]:
    """A label as the fields of a row."""
    item = label.item
    return {
        "id": label.id,
        "item": item.id,
        "title": item.title,
        "summary": item.summary,
        "lang": item.lang,
        "url": item.url,
        "yes": list(label.yes),
        "no": list(label.no),
        "who": label.who,
        "at": label.at,
        **{name: getattr(label, name) for name in META},
    }


def _check(row: LabelRow) -> None:
    for text, what in (
        (row.who, "who says it"),
        (row.origin, "the origin"),
        (str(row.id), "the id"),
        (row.item, "the item's id"),
        (row.undoes, "the id of what it undoes"),
    ):
        checked_name(text, what)
    if not 0 <= row.at <= LATEST:
        raise ValueError("`at` is no time from 1970 to 9999, in UTC milliseconds")
    if len(row.title) > LONGEST_TITLE or len(row.summary) > LONGEST_SUMMARY:
        raise ValueError(f"a title has at most {LONGEST_TITLE:,} characters, a summary {LONGEST_SUMMARY:,}")


def _item(row: LabelRow, by: LabelledBy) -> Item:
    """The item as far as the row tells; one with a link is the item of that link."""
    url = canonical_link(row.url) if row.url else ""
    name = row.item or (item_of(url) if url else hashed("text", row.title, row.summary))
    return Item(
        id=name,
        feed="",
        source=by.origin,
        entry="",
        revision=0,
        url=url,
        title=row.title,
        summary=row.summary,
        lang=row.lang,
        published=row.at or by.at,
        date_quality="",
        first_seen=row.at or by.at,
        baseline=True,
    )
