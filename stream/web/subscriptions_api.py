"""The API of subscriptions: GET and PUT and DELETE on /api/subscriptions/NAME.

    PUT {"revision": 3, "themes": ["standards"], "threshold": 0.8,
         "channel": {"kind": "webhook", "address": "https://…", "options": {"secret": "env:HOOK"}}}

`revision` is the one that was seen, 0 for a subscription that is new; where another one is saved the answer is 409.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import msgspec
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stream.log import topics
from stream.log.latest import Latest
from stream.log.port import Log, LogError
from stream.log.records import Out
from stream.records import Subscription, encode
from stream.subscriptions.fields import SubscriptionBody, subscription_of
from stream.subscriptions.rules import InvalidSubscription, SubscriptionConflict, check
from stream.subscriptions.saved import remove_subscription, save_subscription, saved_subscriptions
from stream.web.access import RequestRefused, Role
from stream.web.operations import Operation, answered, asked, decoded
from stream.web.paging import Listed, PageQuery, by_key

__all__ = ["SubscriptionsApi"]

PATH = "/api/subscriptions"


@dataclass(frozen=True)
class SubscriptionsApi:
    """The operations, over this stream, for these themes."""

    stream: Log
    themes: Sequence[str]
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)  # between looking and writing

    @cached_property
    def _saved(self) -> Latest[Subscription]:
        return saved_subscriptions(self.stream)

    def operations(self) -> list[Operation]:
        """What may be asked."""
        found, none = {200: "as it is saved"}, {404: "there is none of this name"}
        one, conflict = f"{PATH}/{{name}}", {409: "another revision is saved, or others rely on it"}
        return [
            Operation(
                "GET",
                PATH,
                "Every subscription, by name",
                self._list,
                {200: "a page"},
                query=PageQuery,
                gives=Listed[Subscription],
                role=Role.READER,
            ),
            Operation("GET", one, "A subscription", self._show, found | none, gives=Subscription, role=Role.READER),
            Operation(
                "PUT",
                one,
                "Add or replace a subscription",
                self._put,
                found | {201: "new"} | conflict,
                SubscriptionBody,
                gives=Subscription,
                role=Role.OPERATOR,
            ),
            Operation(
                "DELETE",
                one,
                "Remove a subscription",
                self._delete,
                {204: "removed"} | none | conflict,
                role=Role.OPERATOR,
            ),
        ]

    def find(self, name: str) -> Subscription:
        """The subscription of this name; raises `RequestRefused`."""
        if (found := self._all().get(name)) is None:
            raise RequestRefused(404, f"there is no subscription {name!r}")
        return found

    def mute(self, name: str, until: int) -> None:
        """Sends it nothing until then (ms), by a revision that leaves all else as it is; raises `RequestRefused`."""
        with self._one_at_a_time, _refusing():
            found = self.find(name)
            muted = replace(found, revision=found.revision + 1, muted_until=until)
            self.stream.append([Out(topics.SUBSCRIPTIONS, name, encode(muted))])

    async def _list(self, request: Request) -> Response:
        query = asked(request, PageQuery)
        return answered(by_key((await run_in_threadpool(self._all)).items(), query))

    async def _show(self, request: Request) -> Response:
        found = await run_in_threadpool(self.find, request.path_params["name"])
        return answered(found)

    async def _put(self, request: Request) -> Response:
        body = decoded(await request.body(), SubscriptionBody)
        saved = await run_in_threadpool(self._save, request.path_params["name"], body)
        return answered(saved, 201 if saved.revision == 1 else 200)

    async def _delete(self, request: Request) -> Response:
        await run_in_threadpool(self.remove, request.path_params["name"])
        return Response(status_code=204)

    def check(self, asked: Subscription) -> None:
        """Raises `InvalidSubscription` for what makes no sense; it may name no file of this machine."""
        check(asked, self.themes, remote=True)

    def save(self, asked: Subscription, seen: int | None) -> Subscription:
        """Saves it in its next revision; raises what `check` and `save_subscription` do."""
        self.check(asked)  # before anybody waits for it
        with self._one_at_a_time:
            return save_subscription(self.stream, asked, self.themes, seen, self._saved.rows())

    def remove(self, name: str) -> None:
        """Removes it; raises `RequestRefused`."""
        with self._one_at_a_time, _refusing():
            self.find(name)
            remove_subscription(self.stream, name, self._saved.rows())

    def _save(self, name: str, body: msgspec.Struct) -> Subscription:
        with _refusing():
            return self.save(subscription_of(name, body), msgspec.structs.asdict(body)["revision"])

    def _all(self) -> Mapping[str, Subscription]:
        with _refusing():
            return self._saved.rows()


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuses what makes no sense, or cannot be read or saved."""
    try:
        yield
    except SubscriptionConflict as error:
        raise RequestRefused(409, str(error)) from error
    except InvalidSubscription as error:
        raise RequestRefused(422, str(error)) from error
    except LogError as error:
        raise RequestRefused(503, f"subscriptions cannot be read or saved now: {error}") from error
