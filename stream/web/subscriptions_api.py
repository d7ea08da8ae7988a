"""The API of subscriptions: GET and PUT and DELETE on /api/subscriptions/NAME.

    PUT {"revision": 3, "themes": ["standards"], "threshold": 0.8, "webhook": "https://…", "secret": "env:HOOK"}

In place of `webhook` it may have `mail`, an address, or `apprise`, a reference to one. `revision` is the one that was
seen, 0 for a subscription that is new; where another stands the answer is 409.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stream.log import topics
from stream.log.global_tables import GlobalTable
from stream.log.port import Log, LogError
from stream.log.records import Out
from stream.records import ContractItem, Subscription, decode, encode
from stream.subscriptions.rules import Conflict, Wrong, accepted, check_removal
from stream.web.access import Refused
from stream.web.operations import Operation, decoded

__all__ = ["Subscriptions"]

PATH = "/api/subscriptions"


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """A subscription as it is wished for; see `stream.records.Subscription`."""

    webhook: str = ""
    mail: str = ""
    apprise: str = ""
    fallback: str = ""
    themes: tuple[str, ...] = ()
    revision: int | None = None
    threshold: float = 0.0
    unsure: bool = False
    updates: bool = True
    secret: str = ""
    events: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    not_sources: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    least_sources: int = 1
    digest: tuple[str, ...] = ()
    quiet: str = ""
    zone: str = "UTC"
    cap: int = 0
    muted_until: int = 0
    contract: tuple[ContractItem, ...] = ()


@dataclass(frozen=True)
class Subscriptions:
    """The operations, over this stream, for these themes."""

    stream: Log
    themes: Sequence[str]
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)  # between looking and writing

    def operations(self) -> list[Operation]:
        """What may be asked."""
        found, none = {200: "as it stands"}, {404: "there is none of this name"}
        one, conflict = f"{PATH}/{{name}}", {409: "another revision stands, or others rely on it"}
        return [
            Operation("GET", PATH, "Every subscription", self._list, {200: "a list"}),
            Operation("GET", one, "A subscription", self._show, found | none),
            Operation("PUT", one, "Add or replace a subscription", self._put, found | {201: "new"} | conflict, Wish),
            Operation("DELETE", one, "Remove a subscription", self._remove, {204: "removed"} | none | conflict),
        ]

    def find(self, name: str) -> Subscription:
        """The subscription of this name; raises `Refused`."""
        if (found := self._all().get(name)) is None:
            raise Refused(404, f"there is no subscription {name!r}")
        return found

    def mute(self, name: str, until: int) -> None:
        """Sends it nothing until then (ms), by a revision that leaves all else as it is; raises `Refused`."""
        with self._one_at_a_time:
            found = self.find(name)
            self._append(name, encode(replace(found, revision=found.revision + 1, muted_until=until)))

    async def _list(self, _: Request) -> Response:
        return JSONResponse(msgspec.to_builtins(list((await run_in_threadpool(self._all)).values())))

    async def _show(self, request: Request) -> Response:
        found = await run_in_threadpool(self.find, request.path_params["name"])
        return JSONResponse(msgspec.to_builtins(found))

    async def _put(self, request: Request) -> Response:
        wish = decoded(await request.body(), Wish)
        made = await run_in_threadpool(self._accept, request.path_params["name"], wish)
        return JSONResponse(msgspec.to_builtins(made), 201 if made.revision == 1 else 200)

    async def _remove(self, request: Request) -> Response:
        await run_in_threadpool(self._delete, request.path_params["name"])
        return Response(status_code=204)

    def _accept(self, name: str, wish: Wish) -> Subscription:
        asked = {key: value for key, value in msgspec.structs.asdict(wish).items() if key != "revision"}
        with self._one_at_a_time:
            try:
                made = accepted(Subscription(id=name, revision=0, **asked), self._all(), self.themes, wish.revision)
            except Conflict as error:
                raise Refused(409, str(error)) from error
            except Wrong as error:
                raise Refused(422, str(error)) from error
            self._append(name, encode(made))
        return made

    def _delete(self, name: str) -> None:
        with self._one_at_a_time:
            self.find(name)
            try:
                check_removal(name, self._all())
            except Conflict as error:
                raise Refused(409, str(error)) from error
            self._append(name, None)

    def _append(self, name: str, value: bytes | None) -> None:
        try:
            self.stream.append([Out(topics.SUBSCRIPTIONS, name, value)])
        except LogError as error:
            raise Refused(503, f"the subscription was not taken: {error}") from error

    def _all(self) -> dict[str, Subscription]:
        try:
            view = GlobalTable(self.stream.reader([topics.SUBSCRIPTIONS]))
        except LogError as error:
            raise Refused(503, f"the subscriptions cannot be read: {error}") from error
        view.close()
        return {key: decode(value, Subscription) for key, value in sorted(view.rows.items())}
