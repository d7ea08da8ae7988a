"""The view of labels that contradict what is sure: the most contrary first, to confirm or to take back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stream.index.session import IndexRows
from stream.index.stage import find_item
from stream.sqlite.database import Database
from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form, person
from stream.web.page.query import number_of
from stream.web.page.workbench import Doubted, Workbench

__all__ = ["ReviewActs", "review_view"]

PATH = "/label/review"
SAID = {"confirmed": "Confirmed: the next training learns it.", "withdrawn": "Taken back."}


def review_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    skipped, waiting = number_of(query.get("skip", "")), bench.labels.doubted()
    row = waiting[skipped] if skipped < len(waiting) else None
    return "review.html", {
        "row": row,
        "doc": None if row is None else find_item(IndexRows(index), row.item.id),
        "waiting": len(waiting),
        "skipped": skipped,
        "said": SAID.get(query.get("said", ""), ""),
        "of": query.get("of", ""),
        "label": query.get("label", ""),
        "again": {name: query[name] for name in ("yes", "no") if query.get(name)},
    }


@dataclass(frozen=True)
class ReviewActs:
    """What the forms of the view do."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return (
            Act(f"{PATH}/confirm", Role.LABELLER, self.confirm),
            Act(f"{PATH}/withdraw", Role.LABELLER, self.withdraw),
            Act(f"{PATH}/undo", Role.LABELLER, self.undo),
        )

    def confirm(self, form: Form, caller: Caller) -> str:
        """Says the same again and insists; returns where to go on."""
        row = self._row(form)
        label = self.bench.labels.say(row.item.id, person(caller), row.yes, row.no, True)
        return self._on(form, said="confirmed", of=row.item.id, label=label)

    def withdraw(self, form: Form, caller: Caller) -> str:
        """Takes every label of it back; returns where to go on."""
        row = self._row(form)
        for label in row.labels:
            self.bench.labels.undo(row.item.id, person(caller), label)
        return self._on(form, said="withdrawn", of=row.item.id, yes=" ".join(row.yes), no=" ".join(row.no))

    def undo(self, form: Form, caller: Caller) -> str:
        """Takes a confirmation back, or says again what was taken back; returns where to go on."""
        yes, no = (self._themes(form, name) for name in ("yes", "no"))
        if yes or no:
            self.bench.labels.say(form["item"], person(caller), yes, no, False)
        else:
            self.bench.labels.undo(form["item"], person(caller), form["label"])
        return self._on(form)

    def _row(self, form: Form) -> Doubted:
        """The item, as it waits now; raises `RequestRefused` where somebody was quicker."""
        found = next((row for row in self.bench.labels.doubted() if row.item.id == form["item"]), None)
        if found is None:
            raise RequestRefused(409, "This label no longer waits: somebody has settled it.")
        return found

    def _themes(self, form: Form, name: str) -> tuple[str, ...]:
        known = {theme.id for theme in self.bench.themes()}
        return tuple(theme for theme in form.fields.get(name, "").split() if theme in known)

    def _on(self, form: Form, **query: str) -> str:
        skip = number_of(form.fields.get("skip", ""))
        return f"{PATH}?{urlencode({**({'skip': skip} if skip else {}), **query})}".removesuffix("?")
