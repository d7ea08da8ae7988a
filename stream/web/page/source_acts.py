"""What people do with sources: find, add, pause, let through, remove; and OPML in and out."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form, Shown
from stream.web.page.rendering import HEADERS
from stream.web.page.workbench import Workbench

__all__ = ["OPML_PATH", "SourceActs", "opml_file"]

PATH = "/sources"
OPML_PATH = f"{PATH}/feeds.opml"
LONGEST = 2_000  # characters of an address
OPTION = "option-"  # before the name of one, in a form
SHOWN = 50  # sentences of what was refused


@dataclass(frozen=True)
class SourceActs:
    """What the forms of the view do."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return (
            Act(f"{PATH}/find", Role.OPERATOR, self.find),
            Act(f"{PATH}/add", Role.OPERATOR, self.add),
            Act(f"{PATH}/pause", Role.OPERATOR, lambda form, _: self._pause(form, True)),
            Act(f"{PATH}/resume", Role.OPERATOR, lambda form, _: self._pause(form, False)),
            Act(f"{PATH}/release", Role.OPERATOR, self.release),
            Act(f"{PATH}/remove", Role.OPERATOR, self.remove),
            Act(f"{PATH}/import", Role.OPERATOR, self.take, file=True),
        )

    def find(self, form: Form, _: Caller) -> Shown:
        """Shows what an address would bring; nothing is saved."""
        address = form["address"].strip()
        try:
            if len(address) > LONGEST:
                raise RequestRefused(422, f"An address has at most {LONGEST:,} characters.")
            found, refused, status = self.bench.feeds.found(address, form.fields.get("kind", "")), "", 200
        except RequestRefused as error:
            found, refused, status = None, str(error), error.status
        context = {"found": found, "refused": refused, "address": address[:LONGEST]}
        return Shown(PATH, "source_found.html", context, status)

    def add(self, form: Form, _: Caller) -> str:
        """Saves what was found; returns its own view."""
        kind, title = form.fields.get("kind", ""), form.fields.get("title", "")
        options = {name.removeprefix(OPTION): value for name, value in form.fields.items() if name.startswith(OPTION)}
        feed = self.bench.feeds.save(form["address"], kind, title, options)
        return f"{PATH}?{urlencode({'feed': feed})}"

    def release(self, form: Form, _: Caller) -> str:
        """Lets through what is held back of it."""
        self.bench.feeds.release(form["feed"])
        return form.back

    def remove(self, form: Form, _: Caller) -> str:
        """Removes a source; returns the list."""
        self.bench.feeds.remove(form["feed"])
        return PATH

    def take(self, form: Form, _: Caller) -> Shown:
        """Adds the feeds of an OPML file, and says what became of each kind."""
        if not (data := form.files.get("file", b"")):
            raise RequestRefused(422, "Choose an OPML file.")
        taken = self.bench.feeds.take(data)
        return Shown(PATH, "sources_imported.html", {"taken": taken, "most": SHOWN})

    def _pause(self, form: Form, paused: bool) -> str:
        self.bench.feeds.pause(form["feed"], paused)
        return form.back


def opml_file(bench: Workbench) -> Response:
    """All feeds, as a file that any feed reader imports."""
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="themewire-feeds.opml"'}
    return Response(bench.feeds.opml(), media_type="text/x-opml; charset=utf-8", headers=headers)
