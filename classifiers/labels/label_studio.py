"""The JSON of Label Studio: tasks with the annotations of people, who choose themes of an item or `none`."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from classifiers.labels.label_row import META, LabelRow
from stream.units import utc

__all__ = ["read_tasks", "task_of"]

NONE = "none"  # the choice for: of no theme


def read_tasks(text: str, skipped: Counter[str]) -> Iterator[tuple[str, Callable[[], LabelRow]]]:
    """Yield of each annotation where it stands, and what reads it; raises `ValueError` for what is no list of tasks."""
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


def _from_task(task: dict[str, Any], annotation: dict[str, Any]) -> LabelRow:
    """A task's text with one person's choices; what is not chosen it is not of."""
    if not isinstance(annotation, dict) or not isinstance(task.get("data"), dict):
        raise ValueError("it is no task with data and annotations")
    data = {name: value for name, value in task["data"].items() if name in LabelRow.__struct_fields__}
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
        said = {name: annotation["meta"][name] for name in ("yes", "no", *META) if name in annotation["meta"]}
        own = {**own, **said, "themes": None}
    return msgspec.convert({**data, **own}, LabelRow, strict=False)


def task_of(row: dict[str, Any]) -> dict[str, Any]:
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
                "meta": {name: row[name] for name in ("yes", "no", *META)},
            }
        ],
    }
