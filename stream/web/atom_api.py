"""Atom feeds for ordinary readers: GET /atom/KIND/NAME/SIGNATURE, and the API that says and revokes the addresses.

The feed of a subscription has the alerts that pass its filters as they are now, whether or not it is muted; that of a
search has the newest items that it finds.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import cast, get_args
from xml.etree import ElementTree as ET

import msgspec
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stream.index.reading import OpenIndex
from stream.log.port import Log, LogError
from stream.matching.filters import refusal
from stream.records import Alert
from stream.secrets import SecretMissing
from stream.web.access import RequestRefused, Role
from stream.web.alerts_api import latest_alerts
from stream.web.atom import alerts_feed, atom_response, items_feed
from stream.web.atom_address import PATH, Kind, Revoked, Unknown, address_of, check_address, revoke
from stream.web.atom_search import Search, found_by, name_of, search_of, title_of
from stream.web.operations import Operation, answered, asked
from stream.web.problems import problem
from stream.web.subscriptions_api import SubscriptionsApi

__all__ = ["AtomApi"]

MOST = 300  # alerts of a feed


class AtomAddress(msgspec.Struct, frozen=True):
    """The address of a feed, for readers that know no token."""

    atom: str


@dataclass(frozen=True)
class AtomApi:
    """The feeds and their addresses, over this stream and its index, for these themes; people reach us at `base`."""

    stream: Log
    index: OpenIndex
    themes: Sequence[str]
    subscriptions: SubscriptionsApi
    clock: Callable[[], int]
    key: Callable[[], bytes]
    base: str

    def operations(self) -> list[Operation]:
        """What may be asked."""
        told = {200: "its address"}
        named = told | {404: "there is none of this name"}
        return [
            *_of("theme", "/api/themes/{name}/atom", self._theme, named),
            *_of("subscription", "/api/subscriptions/{name}/atom", self._subscription, named),
            *_of("search", "/api/search/atom", self._search, told, Search),
        ]

    def routes(self) -> list[BaseRoute]:
        """The feeds: the signature is the right."""
        return [Route(f"{PATH}/{{kind}}/{{name}}/{{signature}}", self._feed)]

    async def _theme(self, request: Request) -> Response:
        return await self._show(request, "theme", request.path_params["name"])

    async def _subscription(self, request: Request) -> Response:
        return await self._show(request, "subscription", request.path_params["name"])

    async def _search(self, request: Request) -> Response:
        return await self._show(request, "search", name_of(asked(request, Search)))

    async def _show(self, request: Request, kind: Kind, name: str) -> Response:
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
            if kind not in get_args(Kind):
                raise RequestRefused(404, "there is no such feed")
            found = await run_in_threadpool(self._found, request.url.path, cast(Kind, kind), name)
        except RequestRefused as refused:
            return problem(refused.status, str(refused))
        return atom_response(request, found, self.base + request.url.path if self.base else str(request.url))

    def _found(self, path: str, kind: Kind, name: str) -> ET.Element:
        try:
            check_address(self.stream, self.key(), path, kind, name)
        except Unknown as error:
            raise RequestRefused(410 if isinstance(error, Revoked) else 403, str(error)) from error
        except (LogError, SecretMissing) as error:
            raise RequestRefused(503, f"the feed cannot be read: {error}") from error
        if kind == "search":
            search = search_of(name)
            return items_feed(name, title_of(search), found_by(self.index.database(), search))
        self._check(kind, name)
        return alerts_feed(name, latest_alerts(self.stream, name) if kind == "theme" else self._passed(name))

    def _passed(self, name: str) -> list[Alert]:
        subscription, now = replace(self.subscriptions.find(name), muted_until=0), self.clock()
        themes = [theme for theme in self.themes if theme in subscription.themes]
        alerts = [alert for theme in themes for alert in latest_alerts(self.stream, theme)]
        passed = [alert for alert in alerts if not refusal(subscription, alert, now)]
        return sorted(passed, key=lambda alert: alert.alerted_at, reverse=True)[:MOST]

    def _check(self, kind: Kind, name: str) -> None:
        if kind == "subscription":
            self.subscriptions.find(name)
        elif kind == "theme" and name not in self.themes:
            raise RequestRefused(404, f"there is no theme {name!r}; there are: {', '.join(self.themes)}")


def _of(
    kind: Kind,
    path: str,
    show: Callable[[Request], Awaitable[Response]],
    told: dict[int, str],
    query: type[msgspec.Struct] | None = None,
) -> list[Operation]:
    """What may be asked about the address of a kind of feed."""
    about = {
        "GET": (f"The Atom address of a {kind}", Role.READER),
        "DELETE": ("Revoke it; the answer is a new one", Role.OPERATOR),
    }
    return [
        Operation(method, path, summary, show, told, query=query, gives=AtomAddress, role=role)
        for method, (summary, role) in about.items()
    ]
