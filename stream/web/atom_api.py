"""Atom feeds for ordinary readers: GET /atom/KIND/NAME/SIGNATURE, and the API that says and revokes the addresses.

The feed of a subscription has the alerts that pass its filters as they are now, whether or not it is muted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stream.log.port import Log, LogError
from stream.matching.filters import refusal
from stream.records import Alert
from stream.secrets import SecretMissing
from stream.web.access import RequestRefused, Role
from stream.web.alerts_api import latest_alerts
from stream.web.atom import atom_response
from stream.web.atom_address import PATH, Kind, Revoked, Unknown, address_of, check_address, revoke
from stream.web.operations import Operation, answered
from stream.web.problems import problem
from stream.web.subscriptions_api import SubscriptionsApi

__all__ = ["AtomApi"]

MOST = 300  # alerts of a feed


class AtomAddress(msgspec.Struct, frozen=True):
    """The address of a feed, for readers that know no token."""

    atom: str


@dataclass(frozen=True)
class AtomApi:
    """The feeds and their addresses, over this stream, for these themes; `base` is where people reach us."""

    stream: Log
    themes: Sequence[str]
    subscriptions: SubscriptionsApi
    clock: Callable[[], int]
    key: Callable[[], bytes]
    base: str

    def operations(self) -> list[Operation]:
        """What may be asked."""
        none = {404: "there is none of this name"}
        made = []
        for kind, path in (("theme", "/api/themes/{name}/atom"), ("subscription", "/api/subscriptions/{name}/atom")):
            told = {200: "its address"} | none
            made += [
                Operation(
                    "GET",
                    path,
                    f"The Atom address of a {kind}",
                    self._show,
                    told,
                    gives=AtomAddress,
                    role=Role.READER,
                ),
                Operation(
                    "DELETE",
                    path,
                    "Revoke it; the answer is a new one",
                    self._show,
                    told,
                    gives=AtomAddress,
                    role=Role.OPERATOR,
                ),
            ]
        return made

    def routes(self) -> list[BaseRoute]:
        """The feeds: the signature is the right."""
        return [Route(f"{PATH}/{{kind}}/{{name}}/{{signature}}", self._feed)]

    async def _show(self, request: Request) -> Response:
        kind: Kind = "theme" if request.url.path.startswith("/api/themes/") else "subscription"
        name = request.path_params["name"]

        def made() -> str:
            self._check(kind, name)
            if request.method == "DELETE":
                return revoke(self.stream, self.key(), kind, name, self.clock())
            return address_of(self.stream, self.key(), kind, name)

        try:
            return answered(AtomAddress(self.base + await run_in_threadpool(made)))
        except (LogError, SecretMissing) as error:
            raise RequestRefused(503, f"its address cannot be made or read now: {error}") from error

    async def _feed(self, request: Request) -> Response:
        kind, name = request.path_params["kind"], request.path_params["name"]
        try:
            if kind not in ("theme", "subscription"):
                raise RequestRefused(404, "there is no such feed")
            found = await run_in_threadpool(self._found, request.url.path, cast(Kind, kind), name)
        except RequestRefused as refused:
            return problem(refused.status, str(refused))
        return atom_response(request, name, found, self.base + request.url.path if self.base else str(request.url))

    def _found(self, path: str, kind: Kind, name: str) -> list[Alert]:
        try:
            check_address(self.stream, self.key(), path, kind, name)
        except Unknown as error:
            raise RequestRefused(410 if isinstance(error, Revoked) else 403, str(error)) from error
        except (LogError, SecretMissing) as error:
            raise RequestRefused(503, f"the alerts cannot be read: {error}") from error
        self._check(kind, name)
        if kind == "theme":
            return latest_alerts(self.stream, name)
        subscription, now = replace(self.subscriptions.find(name), muted_until=0), self.clock()
        themes = [theme for theme in self.themes if theme in subscription.themes]
        alerts = [alert for theme in themes for alert in latest_alerts(self.stream, theme)]
        passed = [alert for alert in alerts if not refusal(subscription, alert, now)]
        return sorted(passed, key=lambda alert: alert.alerted_at, reverse=True)[:MOST]

    def _check(self, kind: Kind, name: str) -> None:
        if kind == "subscription":
            self.subscriptions.find(name)
        elif name not in self.themes:
            raise RequestRefused(404, f"there is no theme {name!r}; there are: {', '.join(self.themes)}")
