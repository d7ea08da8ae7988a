"""The API of what has come by: items with what was thought of them, alerts with their course, and why there was none.

Both are read from the index, the newest first. `q` looks for words, longer ones also as the beginnings of others.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stream.index.queries import Page, Wanted, find_alerts, find_items
from stream.index.reading import OpenIndex
from stream.index.rows import ALERTS, AlertDoc
from stream.index.session import IndexRows
from stream.index.stage import ItemDoc, find_item
from stream.text.names import LONGEST_LINK, LONGEST_NAME
from stream.web.access import RequestRefused, Role
from stream.web.operations import Operation, answered, asked
from stream.web.paging import Listed, PageQuery, cursor_of, place_of

__all__ = ["ArchiveApi"]

T = TypeVar("T")
LAST = (1 << 43) - 1  # ms: in the year 2248, until which rows have numbers
Words = Annotated[str, msgspec.Meta(max_length=200, description="Words, all of which it has.")]
Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=LAST, description="Milliseconds since 1970, UTC.")]
RowNumber = Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]


class _Filters(PageQuery, frozen=True, kw_only=True):
    q: Words = ""
    theme: Name = ""
    lang: Name = ""
    since: Moment = 0
    until: Moment = 0


class ItemQuery(_Filters, frozen=True, kw_only=True):
    """Which items are asked for: what is empty does not matter; `theme` asks for those tagged with it."""

    decision: Literal["", "tagged", "unsure", "none", "not judged"] = ""
    feed: Name = ""


class AlertQuery(_Filters, frozen=True, kw_only=True):
    """Which alerts are asked for: what is empty does not matter; `source` is the name of a publisher."""

    source: Name = ""


class SearchQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked for."""

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="Words, all of which it has.")]


class WhyNotQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of what it is asked."""

    item: Annotated[
        str, msgspec.Meta(min_length=1, max_length=LONGEST_LINK, description="The link of an item, or its id.")
    ]


class Found(msgspec.Struct, frozen=True):
    """The first page of each kind; the `cursor` of /api/alerts or /api/items, with the same `q`, goes on."""

    alerts: Listed[AlertDoc]
    items: Listed[ItemDoc]


class Step(msgspec.Struct, frozen=True):
    """A step of an item's way, and what became of it there, in words."""

    what: str
    text: str


class WhyNot(msgspec.Struct, frozen=True):
    """What became of an item, from feed to receivers."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class ArchiveApi:
    """The operations, over this index; `why_not` takes an id or link, and returns the steps of its way in words."""

    index: OpenIndex
    why_not: Callable[[str], Sequence[tuple[str, str]]]

    def operations(self) -> list[Operation]:
        """What may be asked."""
        page, items, alerts = {200: "a page"}, Listed[ItemDoc], Listed[AlertDoc]
        return [
            _reading("/api/items", "Items, the newest first", self._items, page, ItemQuery, items),
            _reading("/api/items/{item}", "An item by its id", self._item, {200: "as it is known"}, None, ItemDoc),
            _reading("/api/alerts", "Alerts, the newest first", self._alerts, page, AlertQuery, alerts),
            _reading("/api/alerts/{alert}", "An alert by its id", self._alert, {200: "as it is now"}, None, AlertDoc),
            _reading("/api/search", "Items and alerts with these words", self._search, page, SearchQuery, Found),
            _reading("/api/why-not", "Why there was no alert", self._why, {200: "in words"}, WhyNotQuery, WhyNot),
        ]

    async def _items(self, request: Request) -> Response:
        query = asked(request, ItemQuery)
        wanted = _wanted(query, decision=query.decision, feed=query.feed)
        return answered(_listed(await run_in_threadpool(lambda: find_items(self.index.database(), wanted))))

    async def _alerts(self, request: Request) -> Response:
        query = asked(request, AlertQuery)
        wanted = _wanted(query, source=query.source)
        return answered(_listed(await run_in_threadpool(lambda: find_alerts(self.index.database(), wanted))))

    async def _search(self, request: Request) -> Response:
        wanted = Wanted(words=asked(request, SearchQuery).q)

        def found() -> Found:
            index = self.index.database()
            return Found(_listed(find_alerts(index, wanted)), _listed(find_items(index, wanted)))

        return answered(await run_in_threadpool(found))

    async def _item(self, request: Request) -> Response:
        name = request.path_params["item"]
        doc = await run_in_threadpool(lambda: find_item(IndexRows(self.index.database()), name))
        if doc is None:
            raise RequestRefused(404, f"no item {name!r} has come by")
        return answered(doc)

    async def _alert(self, request: Request) -> Response:
        name = request.path_params["alert"]
        row = await run_in_threadpool(lambda: IndexRows(self.index.database()).get(ALERTS.name, name))
        if row is None:
            raise RequestRefused(404, f"there is no alert {name!r}")
        return answered(ALERTS.read(row))

    async def _why(self, request: Request) -> Response:
        name = asked(request, WhyNotQuery).item

        def steps() -> WhyNot:
            self.index.database()  # or there is nothing to be said
            return WhyNot(tuple(Step(what, text) for what, text in self.why_not(name)))

        return answered(await run_in_threadpool(steps))


def _reading(
    path: str,
    summary: str,
    handler: Callable[[Request], Awaitable[Response]],
    answers: dict[int, str],
    query: type[msgspec.Struct] | None,
    gives: object,
) -> Operation:
    return Operation("GET", path, summary, handler, answers, query=query, gives=gives, role=Role.READER)


def _wanted(query: _Filters, decision: str = "", feed: str = "", source: str = "") -> Wanted:
    return Wanted(
        words=query.q,
        theme=query.theme,
        decision=decision,
        lang=query.lang,
        feed=feed,
        source=source,
        since=query.since,
        until=query.until,
        before=place_of(query.cursor, RowNumber) if query.cursor else 0,
        limit=query.limit,
    )


def _listed(page: Page[T]) -> Listed[T]:
    return Listed(tuple(page.docs), cursor_of(page.more) if page.more else None)
