"""The view for labelling: one item at a time, those that teach most first, by keys alone if one likes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stream.index.session import IndexRows
from stream.index.stage import ItemDoc, find_item
from stream.sqlite.database import Database
from stream.units import DAY
from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form, person
from stream.web.page.query import number_of
from stream.web.page.workbench import Theme, Workbench

__all__ = ["LabelActs", "label_view", "why_asked"]

PATH = "/label"
SHOWN = 20  # labels of today
NEAR = 0.15  # between two themes that are nearly as likely
LIKELY = 0.25


def label_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    skipped, asked, theme = number_of(query.get("skip", "")), query.get("item", ""), query.get("theme", "")
    queue, rows = _queue(bench, theme), IndexRows(index)
    if asked and (doc := find_item(rows, asked)) is None:
        raise RequestRefused(404, "There is no such item. It may be older than what is kept.")
    if not asked:
        doc = next((found for item in queue[skipped:] if (found := find_item(rows, item)) is not None), None)
    if theme and theme not in {each.id for each in bench.own.own()}:
        raise RequestRefused(404, "There is no such theme of your own.")
    today = bench.labels.since(bench.clock() // DAY * DAY)
    themes = [each for each in bench.themes() if not theme or each.id == theme]
    return "label.html", {
        "doc": doc,
        "why": "" if doc is None else why_asked(doc, themes),
        "asked": bool(asked),
        "asking": themes,
        "theme": theme,
        "waiting": len(queue),
        "skipped": skipped,
        "today": today,
        "shown": today[:SHOWN],
        "doubted": len(bench.labels.doubted()),
        "job": bench.own.job("search", theme) if theme else None,
        "done": query.get("done", ""),
        "of": query.get("of", ""),
        "nothing_said": "missing" in query,
    }


def why_asked(doc: ItemDoc, themes: Sequence[Theme]) -> str:
    """Return in words why a label of this item teaches much."""
    names = {theme.id: theme.name for theme in themes}
    likely = sorted(((p, id_) for id_, p in doc.themes.items() if id_ in names), reverse=True)
    if doc.item.partial:
        return "Asked because it was too long to be read to its end"
    if not likely:
        return "Asked because nothing is known of it yet"
    (first, of), (second, other) = likely[0], likely[1] if len(likely) > 1 else (0.0, "")
    if second >= LIKELY and first - second <= NEAR:
        return f"Asked because {names[of]} and {names[other]} are nearly as likely"
    if doc.decision == "unsure":
        return f"Asked because the model is unsure whether it is of {names[of]}"
    return f"Asked because {names[of]} is the closest call among the rest"


@dataclass(frozen=True)
class LabelActs:
    """What the forms of the view do."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return (
            Act(f"{PATH}/say", Role.LABELLER, self.say),
            Act(f"{PATH}/undo", Role.LABELLER, self.undo),
        )

    def say(self, form: Form, caller: Caller) -> str:
        """Labels an item as of the themes that are ticked and of no other that was asked of; returns where to go on."""
        theme = form.fields.get("theme", "")
        asked = [each.id for each in self.bench.themes() if not theme or each.id == theme]
        yes = tuple(each for each in asked if form.fields.get(f"is-{each}"))
        on = {"theme": theme, "skip": str(number_of(form.fields.get("skip", "")) or "")}
        if not yes and "none" not in form.fields:
            return _address(**on, item=form["item"], missing="1")
        no = tuple(each for each in asked if each not in yes)
        label = self.bench.labels.say(form["item"], person(caller), yes, no, False)
        return _address(**on, done=label, of=form["item"])

    def undo(self, form: Form, caller: Caller) -> str:
        """Takes a label back, and shows its item again; returns where to go on."""
        self.bench.labels.undo(form["item"], person(caller), form["label"])
        return _address(theme=form.fields.get("theme", ""), skip=form.fields.get("skip", ""), item=form["item"])


def _queue(bench: Workbench, theme: str) -> Sequence[str]:
    """The items that wait to be labelled, those that teach most first; of one's own theme those that were found."""
    if not theme:
        return bench.labels.queue()
    job = bench.own.job("search", theme)
    said = {each.item.id for each in bench.own.said(theme)}
    return [item for item in (job.result or () if job else ()) if item not in said]


def _address(**query: str) -> str:
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{PATH}?{asked}" if asked else PATH
