"""Logging in with a token, for browsers that come from elsewhere, and logging out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stream.web.access import Access, RequestRefused
from stream.web.browsers import from_another_site, led_here
from stream.web.page.acting import Form, form_of
from stream.web.page.rendering import HEADERS, rendered
from stream.web.sessions import LOGIN

__all__ = ["Login"]

LOGOUT = "/logout"


@dataclass(frozen=True)
class Login:
    """Both, for those whom `access` knows by a token; `frame` is what stands around a view."""

    access: Access
    frame: Callable[[Request], Mapping[str, Any]]

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        return [
            Route(LOGIN, self._answer, methods=["GET", "POST"]),
            Route(LOGOUT, self._end, methods=["POST"]),
        ]

    def asked(self, request: Request, status: int = 401, sentence: str = "", back: str = "/") -> Response:
        """The page that asks who it is, and says what to do without a token."""
        answer = rendered(
            request,
            "login.html",
            status,
            sentence=sentence,
            back=back,
            has_login=self.access.has_login,
            **self.frame(request),
        )
        if status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
        if led_here(request):  # with a link of another site no cookie comes: our own page asks once more
            answer.headers["Refresh"] = "0"
        return answer

    async def _answer(self, request: Request) -> Response:
        form = Form(dict(request.query_params))
        if request.method != "POST":
            return self.asked(request, 200, back=form.back)
        try:
            form = await form_of(request)
            answer = RedirectResponse(form.back, 303, HEADERS)
            self.access.log_in(request, form.fields.get("token", "").strip(), answer)
        except RequestRefused as refused:
            return self.asked(request, refused.status, str(refused), form.back)
        return answer

    async def _end(self, request: Request) -> Response:
        answer = RedirectResponse(LOGIN, 303, HEADERS)
        if self.access.sessions and not from_another_site(request):
            self.access.sessions.end(request, answer)
        return answer
