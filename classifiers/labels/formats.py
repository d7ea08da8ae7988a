"""Labels as files: JSON lines, CSV, and the JSON of Label Studio; what is written can be read again, and counts once.

A row of JSON lines or CSV has `title`, and as it is known `summary`, `lang`, `url`, `item`, `id`, `who`, `at`,
`origin`, and either `yes` and `no` (themes it is and is not of; nothing is said of the others) or `themes` (it is of
these and of no other). In CSV several themes are set apart by spaces or commas. `standing`, `alert` and `receiver` are
those of a label that was exported; whoever imports a row without is a labeller.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from stream.ids import hashed
from stream.records import Item, Label, Standing
from stream.text.links import canonical_link, item_of
from stream.text.names import checked_name
from stream.units import LATEST, utc

__all__ = ["FORMATS", "Imported", "read_labels_of", "write_labels"]

FORMATS = ("jsonl", "csv", "label-studio")
LONGEST_TITLE, LONGEST_SUMMARY = 20_000, 200_000
NONE = "none"  # Label Studio's choice for: of no theme
_META = ("undoes", "origin", "standing", "alert", "receiver")  # what Label Studio has no place for
_COLUMNS = ("id", "item", "title", "summary", "lang", "url", "yes", "no", "who", "at", *_META)
_CLAIMS = ("yes", "no", "themes")


class _Row(msgspec.Struct):
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
class Imported:
    """The labels of a file, a sentence on each row that is none, and on what else was not read."""

    labels: tuple[Label, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _By:
    """What a row that does not say it was labelled by, when, and from where."""

    who: str
    at: int
    origin: str


def read_labels_of(text: str, form: str, themes: Sequence[str], *, who: str, at: int, origin: str) -> Imported:
    """Return the labels in a file's text of one of `FORMATS`; a row that says nothing usable is a problem, and the rest
    goes on."""
    read = {"jsonl": _json_lines, "csv": _csv_rows, "label-studio": _tasks}[form]
    labels, problems = [], []
    skipped: Counter[str] = Counter()
    for number, row in read(text, skipped):
        try:
            labels.append(_label(row() if callable(row) else row, themes, _By(who, at, origin)))
        except (ValueError, msgspec.MsgspecError) as error:
            problems.append(f"{number} is passed over: {error}")
    notes = tuple(f"not read: {what} ({count} of its rows)" for what, count in sorted(skipped.items()) if count)
    if not labels and not problems:
        raise ValueError("; ".join(("there is no label in it", *notes)))
    return Imported(tuple(labels), tuple(problems), notes)


def write_labels(labels: Iterable[Label], form: str) -> str:
    """Return the labels as a file of one of `FORMATS`."""
    rows = [_row(label) for label in labels]
    if form == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "yes": " ".join(row["yes"]), "no": " ".join(row["no"])} for row in rows)
        return out.getvalue()
    if form == "label-studio":
        return json.dumps([_task(row) for row in rows], ensure_ascii=False, indent=1) + "\n"
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _json_lines(text: str, skipped: Counter[str]) -> Iterator[tuple[str, Callable[[], _Row]]]:
    for number, row in enumerate(text.split("\n"), start=1):
        if row.strip():
            yield f"line {number}", lambda row=row: _from_json(row, skipped)  # type: ignore[misc]


def _from_json(text: str, skipped: Counter[str]) -> _Row:
    row = msgspec.json.decode(text, type=_Row)
    skipped.update(f"the field {name!r}" for name in json.loads(text) if name not in _Row.__struct_fields__)
    return row


def _csv_rows(text: str, skipped: Counter[str]) -> Iterator[tuple[str, Callable[[], _Row]]]:
    reader = csv.DictReader(io.StringIO(text))
    names = reader.fieldnames = [name.strip().casefold() for name in reader.fieldnames or ()]
    if "title" not in names or not set(names) & set(_CLAIMS):
        found = ", ".join(map(repr, names)) or "none"
        raise ValueError(
            f"its columns are {found}; it needs `title`, and `themes`, or `yes` and `no`, set apart by commas"
        )
    for number, row in enumerate(reader, start=2):
        skipped.update(f"the column {name!r}" for name in row if name and name not in (*_COLUMNS, "themes"))
        yield f"row {number}", lambda row=row: _from_csv(row)  # type: ignore[misc]


def _from_csv(row: Mapping[str | None, Any]) -> _Row:
    if None in row:
        raise ValueError("it has more columns than the first row")
    plain = {str(name): value or "" for name, value in row.items()}
    lists = {name: tuple(re.findall(r"[^\s,]+", plain[name])) for name in _CLAIMS if name in plain}
    at = {"at": int(plain["at"])} if plain.get("at") else dict[str, int]()
    known: dict[str, Any] = {n: v for n, v in plain.items() if v and n in _COLUMNS and n not in ("yes", "no", "at")}
    return msgspec.convert(known | lists | at, _Row)


def _tasks(text: str, skipped: Counter[str]) -> Iterator[tuple[str, Callable[[], _Row]]]:
    try:
        tasks = json.loads(text)
    except ValueError as error:
        raise ValueError(f"the file is not JSON: {error}") from error
    if not isinstance(tasks, list):
        raise ValueError("the file is not a list of tasks")
    for number, task in enumerate(tasks, start=1):
        annotations = task.get("annotations") if isinstance(task, dict) else None
        where = f"task {task.get('id', number) if isinstance(task, dict) else number}"
        given = [one for one in annotations or [] if not (isinstance(one, dict) and one.get("was_cancelled"))]
        skipped["a task without an annotation"] += not given
        for annotation in given:
            yield where, lambda task=task, own=annotation: _from_task(task, own)  # type: ignore[misc]


def _from_task(task: dict[str, Any], annotation: dict[str, Any]) -> _Row:
    """A task's text with one person's choices; what is not chosen it is not of."""
    if not isinstance(annotation, dict) or not isinstance(task.get("data"), dict):
        raise ValueError("it is no task with data and annotations")
    data = {name: value for name, value in task["data"].items() if name in _Row.__struct_fields__}
    results = [part["value"]["choices"] for part in annotation.get("result", ()) if part.get("type") == "choices"]
    if not results:
        raise ValueError("its annotation has no choices")
    chosen = [choice for choices in results for choice in choices if choice != NONE]
    person = annotation.get("completed_by", "")
    who = person.get("email", "") if isinstance(person, dict) else f"user {person}" if person != "" else ""
    own = {"themes": chosen, "id": str(annotation.get("unique_id") or annotation.get("id") or ""), "who": who}
    if created := annotation.get("created_at"):
        own["at"] = int(datetime.fromisoformat(created).timestamp() * 1000)
    if "meta" in annotation and "yes" in annotation["meta"]:  # our own export says what was left unsaid
        said = {name: annotation["meta"][name] for name in ("yes", "no", *_META) if name in annotation["meta"]}
        own = {**own, **said, "themes": None}
    return msgspec.convert({**data, **own}, _Row, strict=False)


def _label(row: _Row, themes: Sequence[str], by: _By) -> Label:
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


def _check(row: _Row) -> None:
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


def _item(row: _Row, by: _By) -> Item:
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


def _row(label: Label) -> dict[str, Any]:
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
        **{name: getattr(label, name) for name in _META},
    }


def _task(row: dict[str, Any]) -> dict[str, Any]:
    """A task with one annotation; `meta` keeps what Label Studio has no place for."""
    choices = row["yes"] or [NONE]
    result = {"from_name": "themes", "to_name": "text", "type": "choices", "value": {"choices": choices}}
    return {
        "data": {name: row[name] for name in ("item", "title", "summary", "lang", "url")},
        "annotations": [
            {
                "unique_id": row["id"],
                "completed_by": {"email": row["who"]},
                "created_at": utc(row["at"]).isoformat(),
                "result": [result],
                "meta": {name: row[name] for name in ("yes", "no", *_META)},
            }
        ],
    }
