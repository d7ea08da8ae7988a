"""The routes of the page, and what all its views share: who is asking, the index, and refusals in words."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stream.index.session import open_index
from stream.log.port import LogError
from stream.sqlite.database import Database
from stream.web.access import Access, Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form, Shown, form_of
from stream.web.page.alerts import alerts_view
from stream.web.page.changes import Changes
from stream.web.page.items import items_view, why_not_view
from stream.web.page.label import LabelActs, label_view
from stream.web.page.rendering import HEADERS, rendered, static_file
from stream.web.page.review import ReviewActs, review_view
from stream.web.page.source_acts import OPML_PATH, SourceActs, opml_file
from stream.web.page.sources import sources_view
from stream.web.page.subscriptions import SubscriptionActs, subscriptions_view
from stream.web.page.system import SystemActs, system_view
from stream.web.page.theme_form import ThemeActs
from stream.web.page.themes import themes_view
from stream.web.page.training import TrainingActs, training_view
from stream.web.page.workbench import Workbench

__all__ = ["PageSite"]

View = Callable[[Workbench, Database, Mapping[str, str]], tuple[str, dict[str, Any]]]

VIEWS: tuple[tuple[str, str, View], ...] = (
    ("/", "Alerts", alerts_view),
    ("/items", "Archive", items_view),
    ("/label", "Label", label_view),
    ("/sources", "Sources", sources_view),
    ("/subscriptions", "Subscriptions", subscriptions_view),
    ("/themes", "Themes", themes_view),
    ("/system", "System", system_view),
)
WITHIN: tuple[tuple[str, View], ...] = (  # one of the views
    ("/label/review", review_view),
    ("/label/train", training_view),
    ("/why-not", why_not_view),
)


@dataclass(frozen=True)
class PageSite:
    """The page over this workbench, for those whom `access` lets in."""

    bench: Workbench
    access: Access
    _opened: list[Database] = field(default_factory=list)

    def routes(self) -> list[BaseRoute]:
        """Where the views are."""
        changes = Changes(self._index)
        subjects = (
            LabelActs(self.bench),
            ReviewActs(self.bench),
            TrainingActs(self.bench),
            SourceActs(self.bench),
            SubscriptionActs(self.bench),
            ThemeActs(self.bench),
            SystemActs(self.bench),
        )
        acts = [act for subject in subjects for act in subject.acts()]
        return [
            *(Route(path, self._shown(path, view)) for path, _, view in VIEWS),
            *(Route(path, self._shown(path, view)) for path, view in WITHIN),
            *(Route(act.path, self._done(act), methods=["POST"]) for act in acts),
            Route("/changes", self._let_in(self._followed(changes))),
            Route(OPML_PATH, self._let_in(self._opml)),
            Route("/static/{name}", _static),
        ]

    def _shown(self, path: str, view: View) -> Callable[[Request], Awaitable[Response]]:
        async def show(request: Request) -> Response:
            self._caller(request, Role.READER)
            return await run_in_threadpool(self._made, request, path, view)

        return self._let_in(show)

    def _followed(self, changes: Changes) -> Callable[[Request], Awaitable[Response]]:
        async def follow(request: Request) -> Response:
            self._caller(request, Role.READER)
            return await changes.show(request)

        return follow

    async def _opml(self, request: Request) -> Response:
        self._caller(request, Role.READER)
        return await run_in_threadpool(opml_file, self.bench)

    def _done(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def do(request: Request) -> Response:
            caller, form = self._caller(request, act.role), await form_of(request, act.file)
            return await run_in_threadpool(self._acted, request, act, form, caller)

        return self._let_in(do)

    def _caller(self, request: Request, role: Role) -> Caller:
        """Who asks; raises `RequestRefused` for less than this role."""
        caller = self.access.caller(request)
        request.state.caller = caller
        if caller.role < role:
            raise RequestRefused(403, f"This is for the role {role.name.lower()}.")
        return caller

    def _made(self, request: Request, path: str, view: View) -> Response:
        """The view, in a thread: it reads the index, and the themes from the stream."""
        template, context = view(self.bench, self._index(), dict(request.query_params))
        return self._answered(request, Shown(path, template, context))

    def _acted(self, request: Request, act: Act, form: Form, caller: Caller) -> Response:
        """What comes of a form, in a thread."""
        done = act.do(form, caller)
        return self._answered(request, done) if isinstance(done, Shown) else RedirectResponse(done, 303, HEADERS)

    def _answered(self, request: Request, shown: Shown) -> Response:
        themes = {theme.id: (n, theme) for n, theme in enumerate(self.bench.themes())}
        frame = self._frame(request, shown.path)
        return rendered(request, shown.template, shown.status, theme_of=themes, **frame, **shown.context)

    def _index(self) -> Database:
        """The index; raises `RequestRefused` where there is none yet."""
        if not self._opened:
            if not self.bench.index.exists():
                raise RequestRefused(503, "The index is being made. This takes seconds on a new stream.")
            self._opened.append(open_index(self.bench.index))
        return self._opened[0]

    def _frame(self, request: Request, path: str) -> dict[str, Any]:
        """What stands around every view, and around a refusal: nothing that can fail. `role` is the caller's."""
        caller: Caller | None = getattr(request.state, "caller", None)
        role = caller.role if caller else Role.SUBSCRIBER
        return {
            "nav": [(at, name) for at, name, _ in VIEWS],
            "path": path and f"/{path[1:].partition('/')[0]}",
            "now": self.bench.clock(),
            "role": role,
        }

    def _let_in(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestRefused as refused:
                status, sentence = refused.status, str(refused)
            except LogError as error:
                status, sentence = 503, str(error)
            return rendered(request, "refused.html", status, sentence=sentence, **self._frame(request, ""))

        return handle


async def _static(request: Request) -> Response:
    return static_file(request.path_params["name"]) or Response("there is no such file\n", 404)
