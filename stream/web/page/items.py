"""The archive: all that was judged, with its probabilities and why; labelled from here; and what became of one link."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from stream.index.queries import Page, find_items, languages, sources
from stream.index.session import IndexRows
from stream.index.stage import ItemDoc, find_item
from stream.secrets import SecretMissing
from stream.sqlite.database import Database
from stream.web.access import Caller, RequestRefused, Role
from stream.web.atom_search import Search
from stream.web.page.acting import Act, Form, person
from stream.web.page.freshness import troubles
from stream.web.page.query import address, wanted_of
from stream.web.page.workbench import Workbench

__all__ = ["ItemActs", "items_view", "why_not_view"]

PATH = "/items"
DECISIONS = ("tagged", "unsure", "none")
FILTERS = ("theme", "decision", "lang", "source", "feed", "since", "until", "q")
LONGEST = 2_000  # characters of a link


def items_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    page = find_items(index, wanted_of(query))
    filtered = any(query.get(name) for name in FILTERS)
    return "items.html", {
        "page": page,
        "opened": _opened(index, query.get("open", ""), page),
        "query": query,
        "filtered": filtered,
        "troubles": [] if page.docs or filtered else troubles(bench),
        "to": lambda **changed: address(PATH, query, **changed),
        "subscribe": _subscribed(query),
        **_atom(bench, query),
        "languages": languages(index, "item"),
        "sources": sources(index, "item"),
        "decisions": DECISIONS,
    }


def why_not_view(bench: Workbench, _: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    link = query.get("link", "").strip()[:LONGEST]
    return "why_not.html", {"link": link, "steps": bench.why_not(link) if link else []}


@dataclass(frozen=True)
class ItemActs:
    """What the forms of an opened item do; each leads back to the search it was sent from, with that item opened."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return (
            Act(f"{PATH}/say", Role.LABELLER, self.say),
            Act(f"{PATH}/undo", Role.LABELLER, self.undo),
            Act(f"{PATH}/revoke", Role.OPERATOR, self.revoke),
        )

    def say(self, form: Form, caller: Caller) -> str:
        """Labels an item as of the themes that are ticked and of no other."""
        themes = [theme.id for theme in self.bench.themes()]
        yes = () if "none" in form.fields else tuple(theme for theme in themes if form.fields.get(f"is-{theme}"))
        if not yes and "none" not in form.fields:
            raise RequestRefused(422, "Tick a theme, or say that it is none of them.")
        no = tuple(theme for theme in themes if theme not in yes)
        label = self.bench.labels.say(form["item"], person(caller), yes, no, False)
        return form.returning(PATH, open=form["item"], said="labelled", label=label)

    def revoke(self, form: Form, _: Caller) -> str:
        """Makes the Atom address of a search good no more."""
        try:
            self.bench.searches.revoke(_search(form.fields))
        except msgspec.ValidationError as error:
            raise RequestRefused(422, "There is no such search.") from error
        return form.returning(PATH, atom="1")

    def undo(self, form: Form, caller: Caller) -> str:
        """Takes a label back."""
        self.bench.labels.undo(form["item"], person(caller), form["label"])
        return form.returning(PATH, open=form["item"], said="undone")


def _search(fields: Mapping[str, str]) -> Search:
    """What a feed can look for of a search: what is newest, of whatever day."""
    return msgspec.convert({name: fields.get(name, "") for name in Search.__struct_fields__}, Search)


def _atom(bench: Workbench, query: Mapping[str, str]) -> dict[str, Any]:
    """The Atom address of a search where it is asked for, or why there is none."""
    try:
        search = _search(query)
    except msgspec.ValidationError:  # no decision, or a name that is longer than any
        return {"followed": False, "atom": "", "why": ""}
    if not query.get("atom"):
        return {"followed": search != Search(), "atom": "", "why": ""}
    try:
        return {"followed": True, "atom": bench.searches.atom(search), "why": ""}
    except SecretMissing as error:
        return {"followed": True, "atom": "", "why": str(error)}


def _opened(index: Database, name: str, page: Page[ItemDoc]) -> ItemDoc | None:
    if not name:
        return page.docs[0] if page.docs else None
    if (doc := find_item(IndexRows(index), name)) is None:
        raise RequestRefused(404, "There is no such item. It may be older than what is kept.")
    return doc


def _subscribed(query: Mapping[str, str]) -> str:
    """The form of a subscription that asks for what this search does; empty where it asks for nothing of the kind."""
    asked = {"theme": "theme", "lang": "lang", "source": "source", "q": "words"}
    found = {to: query[name] for name, to in asked.items() if query.get(name)}
    return f"/subscriptions?{urlencode(found)}" if found else ""
