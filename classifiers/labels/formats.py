"""Labels as files: JSON lines, CSV, and the JSON of Label Studio; what is written can be read again, and counts once.

What a row may say stands in `label_row.py`. In CSV several themes are set apart by spaces or commas.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from classifiers.labels.label_row import META, LabelledBy, LabelRow, label_of, row_of
from classifiers.labels.label_studio import read_tasks, task_of
from stream.records import Label

__all__ = ["FORMATS", "Imported", "read_labels_of", "write_labels"]

FORMATS = ("jsonl", "csv", "label-studio")
_COLUMNS = ("id", "item", "title", "summary", "lang", "url", "yes", "no", "who", "at", *META)
_CLAIMS = ("yes", "no", "themes")


@dataclass(frozen=True)
class Imported:
    """The labels of a file, a sentence on each row that is none, and on what else was not read."""

    labels: tuple[Label, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_labels_of(text: str, form: str, themes: Sequence[str], *, who: str, at: int, origin: str) -> Imported:
    """Return the labels in a file's text of one of `FORMATS`; a row that says nothing usable is a problem, and the rest
    goes on."""
    read = {"jsonl": _json_lines, "csv": _csv_rows, "label-studio": read_tasks}[form]
    labels, problems = [], []
    skipped: Counter[str] = Counter()
    for number, row in read(text, skipped):
        try:
            labels.append(label_of(row() if callable(row) else row, themes, LabelledBy(who, at, origin)))
        except (ValueError, msgspec.MsgspecError) as error:
            problems.append(f"{number} is passed over: {error}")
    notes = tuple(f"not read: {what} ({count} of its rows)" for what, count in sorted(skipped.items()) if count)
    if not labels and not problems:
        raise ValueError("; ".join(("there is no label in it", *notes)))
    return Imported(tuple(labels), tuple(problems), notes)


def write_labels(labels: Iterable[Label], form: str) -> str:
    """Return the labels as a file of one of `FORMATS`."""
    rows = [row_of(label) for label in labels]
    if form == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "yes": " ".join(row["yes"]), "no": " ".join(row["no"])} for row in rows)
        return out.getvalue()
    if form == "label-studio":
        return json.dumps([task_of(row) for row in rows], ensure_ascii=False, indent=1) + "\n"
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _json_lines(text: str, skipped: Counter[str]) -> Iterator[tuple[str, Callable[[], LabelRow]]]:
    for number, row in enumerate(text.split("\n"), start=1):
        if row.strip():
            yield f"line {number}", lambda row=row: _from_json(row, skipped)  # type: ignore[misc]


def _from_json(text: str, skipped: Counter[str]) -> LabelRow:
    row = msgspec.json.decode(text, type=LabelRow)
    skipped.update(f"the field {name!r}" for name in json.loads(text) if name not in LabelRow.__struct_fields__)
    return row


def _csv_rows(text: str, skipped: Counter[str]) -> Iterator[tuple[str, Callable[[], LabelRow]]]:
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


def _from_csv(row: Mapping[str | None, Any]) -> LabelRow:
    if None in row:
        raise ValueError("it has more columns than the first row")
    plain = {str(name): value or "" for name, value in row.items()}
    lists = {name: tuple(re.findall(r"[^\s,]+", plain[name])) for name in _CLAIMS if name in plain}
    at = {"at": int(plain["at"])} if plain.get("at") else dict[str, int]()
    known: dict[str, Any] = {n: v for n, v in plain.items() if v and n in _COLUMNS and n not in ("yes", "no", "at")}
    return msgspec.convert(known | lists | at, LabelRow)
