"""The view for labelling: one item at a time, those that teach most first, by keys alone if one likes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream.sqlite.database import Database
from stream.units import DAY
from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form
from stream.web.page.query import number_of
from stream.web.page.workbench import Workbench

__all__ = ["LabelActs", "label_view"]

PATH = "/label"
NOBODY = "page"  # who labels where nobody is named: whoever sits at this machine
POOL = 60


def label_view(bench: Workbench, _: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    skipped = number_of(query.get("skip", ""))
    docs = bench.labels.waiting(POOL)
    doc = docs[skipped] if skipped < len(docs) else None
    return "label.html", {
        "doc": doc,
        "waiting": len(docs),
        "skipped": skipped,
        "today": bench.labels.since(bench.clock() // DAY * DAY),
        "done": query.get("done", ""),
        "of": query.get("of", ""),
    }


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
        """Labels an item as of the themes that are ticked and of no other; returns where to go on."""
        themes = [theme.id for theme in self.bench.themes()]
        yes = tuple(theme for theme in themes if form.fields.get(f"is-{theme}"))
        if not yes and "none" not in form.fields:
            raise RequestRefused(422, "Tick a theme, or say that it is none of them.")
        no = tuple(theme for theme in themes if theme not in yes)
        label = self.bench.labels.say(form["item"], caller.who or NOBODY, yes, no)
        return f"{PATH}?skip={number_of(form.fields.get('skip', ''))}&done={label}&of={form['item']}"

    def undo(self, form: Form, caller: Caller) -> str:
        """Takes a label back; returns where to go on."""
        self.bench.labels.undo(form["item"], caller.who or NOBODY, form["label"])
        return f"{PATH}?skip={number_of(form.fields.get('skip', ''))}"
