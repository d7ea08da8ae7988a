"""The routes of the page, and what all its views share: who is asking, the index, and refusals in words."""

import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stream.index.reading import NoIndex
from stream.log.port import LogError
from stream.sqlite.database import Database
from stream.web.access import Access, Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form, Shown, form_of, person
from stream.web.page.alerts import alerts_view
from stream.web.page.answering import AlertActs
from stream.web.page.badges import Badges
from stream.web.page.changes import BEAT, Changes, version_of
from stream.web.page.freshness import staleness
from stream.web.page.items import ItemActs, items_view, why_not_view
from stream.web.page.label import LabelActs, label_view
from stream.web.page.login import Login
from stream.web.page.rendering import HEADERS, rendered, static_file
from stream.web.page.review import ReviewActs, review_view
from stream.web.page.source_acts import OPML_PATH, SourceActs, opml_file
from stream.web.page.sources import sources_view
from stream.web.page.subscription_acts import SubscriptionActs
from stream.web.page.subscriptions import subscriptions_view
from stream.web.page.system import SystemActs, system_view
from stream.web.page.theme_form import ThemeActs
from stream.web.page.themes import themes_view
from stream.web.page.training import TrainingActs, training_view
from stream.web.page.wording import sentence
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
ACTS = (
    AlertActs,
    ItemActs,
    LabelActs,
    ReviewActs,
    TrainingActs,
    SourceActs,
    SubscriptionActs,
    ThemeActs,
    SystemActs,
)


@dataclass(frozen=True)
class PageSite:
    """The page over this workbench, for those whom `access` lets in.

    An open list hears a `beat` (s) where nothing changes, and no more once `stopped` is set.
    """

    bench: Workbench
    access: Access
    stopped: threading.Event = field(default_factory=threading.Event)
    beat: float = BEAT
    _badges: Badges = field(default_factory=Badges)

    def routes(self) -> list[BaseRoute]:
        """Where the views are."""
        of = {"changed": lambda: version_of(self.bench.index.database()), "work": self.bench.work}
        changes = Changes(of, self.stopped, self.beat)
        acts = [each for subject in ACTS for each in subject(self.bench).acts()]
        return [
            *(Route(path, self._shown(path, view)) for path, _, view in VIEWS),
            *(Route(path, self._shown(path, view)) for path, view in WITHIN),
            *(Route(act.path, self._done(act), methods=["POST"]) for act in acts),
            *self._login.routes(),
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
            request.state.back = form.back
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
        template, context = view(self.bench, self.bench.index.database(), dict(request.query_params))
        return self._answered(request, Shown(path, template, context))

    def _acted(self, request: Request, act: Act, form: Form, caller: Caller) -> Response:
        """What comes of a form, in a thread."""
        done = act.do(form, caller)
        return self._answered(request, done) if isinstance(done, Shown) else RedirectResponse(done, 303, HEADERS)

    def _answered(self, request: Request, shown: Shown) -> Response:
        themes = {theme.id: (n, theme) for n, theme in enumerate(self.bench.themes())}
        around = {**self._frame(request, shown.path), **self._of_index()}
        return rendered(request, shown.template, shown.status, theme_of=themes, **around, **shown.context)

    def _of_index(self) -> dict[str, Any]:
        """What the index says to every view: what waits for somebody, and whether it is behind."""
        try:
            index = self.bench.index.database()
        except NoIndex:
            return {"badges": {}, "stale": ""}
        return {"badges": self._badges.of(index), "stale": staleness(self.bench.stream, index)}

    @property
    def _login(self) -> Login:
        return Login(self.access, lambda request: self._frame(request, ""))

    def _frame(self, request: Request, path: str) -> dict[str, Any]:
        """What stands around every view, and around a refusal: nothing that can fail. `role` is the caller's."""
        caller: Caller | None = getattr(request.state, "caller", None)
        role = caller.role if caller else Role.SUBSCRIBER
        nav = [(at, name) for at, name, _ in VIEWS]
        return {
            "nav": nav,
            "path": path and f"/{path[1:].partition('/')[0]}",
            "now": self.bench.clock(),
            "role": role,
            "who": person(caller) if caller else "",
        }

    def _let_in(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestRefused as refused:
                if refused.status == 401:
                    here = f"{request.url.path}?{request.url.query}".rstrip("?") if request.method == "GET" else "/"
                    return self._login.asked(request, back=here)
                status, why = refused.status, str(refused)
            except LogError as error:
                status, why = 503, str(error)
            return self.refused(request, status, why)

        return handle

    def refused(self, request: Request, status: int, why: str) -> Response:
        """The page that says why there is nothing else to see."""
        here = f"{request.url.path}?{request.url.query}".removesuffix("?") if request.method == "GET" else "/"
        told = {"sentence": sentence(why), "kind": status, "back": getattr(request.state, "back", here)}
        may_log_in = status == 403 and self.access.has_login
        return rendered(request, "refused.html", status, may_log_in=may_log_in, **told, **self._frame(request, ""))


async def _static(request: Request) -> Response:
    return static_file(request.path_params["name"], request.url.query) or Response("there is no such file\n", 404)
