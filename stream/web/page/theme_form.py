"""A theme that is made, or given more examples: what it is about, and what of the archive is of it and what is not."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stream.index.queries import find_items
from stream.index.session import IndexRows
from stream.index.stage import find_item
from stream.sqlite.database import Database
from stream.themes.rules import InvalidTheme
from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form, Shown, person
from stream.web.page.query import wanted_of
from stream.web.page.theme_desk import ThemeWish
from stream.web.page.wording import sentence
from stream.web.page.workbench import Workbench

__all__ = ["ThemeActs", "theme_form", "theme_id"]

PATH = "/themes"
FOUND = 12  # items that a search shows
OF, NOT = "is-", "not-"  # before the id of an item that is an example, or none
KINDS = ("learn", "preview", "search")


def theme_form(bench: Workbench, index: Database, fields: Mapping[str, str], error: str = "") -> dict[str, Any]:
    """Return what is in the form: what was said so far, the examples that were chosen, and what the words find."""
    name = fields.get("theme", "")
    mine = next((each for each in bench.own.own() if each.id == name), None)
    if name and mine is None:
        raise RequestRefused(404, "There is no such theme of your own. Those that ship learn from labels.")
    words = fields.get("q", "").strip()
    docs = find_items(index, wanted_of({"q": words})).docs[:FOUND] if words else []
    shown, rows = {doc.item.id for doc in docs}, IndexRows(index)
    chosen = [
        doc for item in {*_of(fields, OF), *_of(fields, NOT)} - shown if (doc := find_item(rows, item)) is not None
    ]
    return {
        "fields": fields,
        "mine": mine,
        "words": words,
        "found": docs,
        "chosen": sorted(chosen, key=lambda doc: doc.item.id),
        "error": sentence(error),
    }


def theme_id(name: str) -> str:
    """Return an id made of a name: `Export controls` is `export-controls`; empty where it has no Latin letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


@dataclass(frozen=True)
class ThemeActs:
    """What the forms of the views do."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return (
            Act(f"{PATH}/save", Role.OPERATOR, self.save),
            Act(f"{PATH}/work", Role.OPERATOR, self.work),
            Act(f"{PATH}/stop", Role.OPERATOR, self.stop),
            Act(f"{PATH}/remove", Role.OPERATOR, self.remove),
        )

    def save(self, form: Form, caller: Caller) -> str | Shown:
        """Makes the theme, or gives it more examples; shows the form again where it was only searched, or is wrong."""
        if "find" in form.fields:
            return self._form(form)
        wish = _wish(form.fields)
        try:
            if not wish.id:
                raise InvalidTheme("give it an id of letters a-z, digits and dashes: its name has none to make one of")
            if wish.id != form.fields.get("theme", "") and wish.id in {each.id for each in self.bench.themes()}:
                raise InvalidTheme(f"there is a theme {wish.id!r} already: choose another name")
            self.bench.own.save(wish, person(caller))
        except InvalidTheme as error:
            return self._form(form, str(error))
        return _address(wish.id)

    def work(self, form: Form, _: Caller) -> str:
        """Begins to learn it, to preview it, or to search what teaches it; returns where that can be followed."""
        kind, theme = form["kind"], form["theme"]
        if kind not in KINDS:
            raise RequestRefused(422, "There is nothing of the kind to be done.")
        with _refusing():
            self.bench.own.work(kind, theme)
        return f"/label?{urlencode({'theme': theme})}" if kind == "search" else _address(theme)

    def stop(self, form: Form, _: Caller) -> str:
        """Ends what goes on; returns where to go on."""
        self.bench.own.cancel(form["job"])
        return _address(form["job"].partition(" ")[2])

    def remove(self, form: Form, _: Caller) -> str:
        """Stops watching it; returns where to go on."""
        with _refusing():
            self.bench.own.remove(form["theme"], "force" in form.fields)
        return PATH

    def _form(self, form: Form, error: str = "") -> Shown:
        found = theme_form(self.bench, self.bench.index.database(), form.fields, error)
        return Shown(PATH, "theme_form.html", found, 422 if error else 200)


@contextmanager
def _refusing() -> Iterator[None]:
    """What makes no sense is refused with its sentence."""
    try:
        yield
    except InvalidTheme as error:
        raise RequestRefused(409, sentence(str(error))) from error


def _wish(fields: Mapping[str, str]) -> ThemeWish:
    name = fields.get("name", "").strip()
    return ThemeWish(
        id=fields.get("theme", "") or fields.get("id", "").strip() or theme_id(name),
        name=name,
        about=fields.get("about", "").strip(),
        not_about=_lines(fields.get("not_about", "")),
        examples=_of(fields, OF),
        others=_of(fields, NOT),
        example_texts=_paragraphs(fields.get("examples", "")),
        other_texts=_paragraphs(fields.get("others", "")),
    )


def _of(fields: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(prefix) for name in fields if name.startswith(prefix))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _paragraphs(text: str) -> tuple[str, ...]:
    """What stands between empty lines: a headline each, with what follows it."""
    return tuple(part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip())


def _address(theme: str) -> str:
    return f"{PATH}?{urlencode({'theme': theme})}"
