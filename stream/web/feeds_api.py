"""The API of feeds: GET and POST on /api/feeds, and GET, PATCH and DELETE on /api/feeds/ID.

    POST {"url": "https://example.org/feed.xml"}        PATCH {"paused": true}

An address is taken as it is: the command line and the page also find the feed behind the address of a web page. Only
the command line takes credentials: whoever may name a secret and an address could have the one sent to the other.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stream.errors import ThemewireError
from stream.feeds.saved import remove_feed, save_feeds
from stream.index.reading import OpenIndex
from stream.index.rows import ACTIVITY, Activity
from stream.index.session import IndexRows
from stream.log import topics
from stream.log.latest import Latest
from stream.log.port import Log
from stream.log.readable import readable_record
from stream.records import Feed, Poll, decode
from stream.text.names import LONGEST_LINK, BadName, checked_name
from stream.web.access import RequestRefused, Role
from stream.web.operations import Operation, answered, asked, decoded
from stream.web.paging import Listed, PageQuery, cursor_of, place_of

__all__ = ["FeedsApi"]

PATH = "/api/feeds"
YEAR = 366 * 86_400  # seconds
State = Literal["", "new", "unverified", "healthy", "failing", "silent", "gone", "paused"]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=YEAR, description="Seconds; 0 leaves it to the settings.")]
Lang = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{0,35}$", description="A language code.")]
Articles = Literal["", "off", "short", "all"]


class FeedQuery(PageQuery, frozen=True, kw_only=True):
    """Which feeds are asked for."""

    state: State = ""


class FeedBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feed to be polled."""

    url: Annotated[str, msgspec.Meta(max_length=LONGEST_LINK)]
    title: str = ""
    lang: Lang = ""
    interval: Seconds = 0
    longest: Seconds = 0
    articles: Articles = ""


class FeedChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be changed of a feed; what is not named stays."""

    paused: bool | UnsetType = UNSET
    title: str | UnsetType = UNSET
    lang: Lang | UnsetType = UNSET
    interval: Seconds | UnsetType = UNSET
    longest: Seconds | UnsetType = UNSET
    articles: Articles | UnsetType = UNSET


class FeedShown(msgspec.Struct, frozen=True, kw_only=True):
    """A feed, its state, and how its last poll ended, null before the first."""

    id: str
    url: str
    title: str
    lang: str
    kind: str
    state: str
    paused: bool
    interval: float
    longest: float
    articles: str
    last_poll: Poll | None


class FeedCard(FeedShown, frozen=True, kw_only=True):
    """A feed with its last polls and its items by day (days since 1970, UTC)."""

    activity: Activity


class FeedsApi:
    """The operations, over this stream and index; `new` makes the feed of an address, or raises `ThemewireError`."""

    def __init__(self, stream: Log, index: OpenIndex, new: Callable[[str], Feed]) -> None:
        self._stream, self._index, self._new = stream, index, new
        self._feeds = Latest(stream, topics.FEEDS, lambda value: readable_record(value, Feed))
        self._one_at_a_time = threading.Lock()  # between looking and writing

    def operations(self) -> list[Operation]:
        """What may be asked."""
        one, operator = f"{PATH}/{{feed}}", Role.OPERATOR
        return [
            Operation(
                "GET", PATH, "Feeds, by id", self._list, {200: "a page"}, query=FeedQuery, gives=Listed[FeedShown],
                role=Role.READER,
            ),
            Operation(
                "POST", PATH, "Add a feed", self._add, {201: "added", 409: "it is there already"}, FeedBody,
                gives=FeedShown, role=operator,
            ),
            Operation("GET", one, "A feed", self._show, {200: "as it is"}, gives=FeedCard, role=Role.READER),
            Operation(
                "PATCH", one, "Change, pause or resume a feed", self._change, {200: "as it is now"}, FeedChange,
                gives=FeedShown, role=operator,
            ),
            Operation(
                "DELETE", one, "Remove a feed, and forget what it has shown", self._remove, {204: "removed"},
                role=operator,
            ),
        ]  # fmt: skip

    async def _list(self, request: Request) -> Response:
        return answered(await run_in_threadpool(self._page, asked(request, FeedQuery)))

    async def _show(self, request: Request) -> Response:
        return answered(await run_in_threadpool(self._card, request.path_params["feed"]))

    async def _add(self, request: Request) -> Response:
        added = await run_in_threadpool(self._added, decoded(await request.body(), FeedBody))
        response = answered(added, 201)
        response.headers["Location"] = f"{PATH}/{added.id}"
        return response

    async def _change(self, request: Request) -> Response:
        change = decoded(await request.body(), FeedChange)
        return answered(await run_in_threadpool(self._changed, request.path_params["feed"], change))

    async def _remove(self, request: Request) -> Response:
        await run_in_threadpool(self.remove, request.path_params["feed"])
        return Response(status_code=204)

    def every(self) -> Mapping[str, Feed]:
        """All feeds by id, as of now; raises `LogError`."""
        return self._feeds.rows()

    def since(self, offsets: Mapping[tuple[str, int], int]) -> Mapping[str, Feed | None]:
        """Those that are wished for otherwise since then, None for one that was removed; raises `LogError`."""
        return self._feeds.since(offsets)

    def save(self, feed: Feed, **changes: object) -> Feed:
        """Has a feed polled; of one that is there only this is changed. Raises `RequestRefused`."""
        with self._one_at_a_time:
            return self._put(self.every().get(feed.id, feed), changes)

    def change(self, name: str, **changes: object) -> Feed:
        """Changes the feed of this id; raises `RequestRefused`."""
        with self._one_at_a_time:
            return self._put(self._find(name), changes)

    def remove(self, name: str) -> None:
        """Removes the feed of this id; raises `RequestRefused`."""
        with self._one_at_a_time:
            remove_feed(self._stream, self._find(name).id)

    def add(self, feeds: Iterable[Feed]) -> None:
        """Has feeds polled that are not there yet; raises `LogError`."""
        with self._one_at_a_time:
            known = self.every()
            save_feeds(self._stream, [feed for feed in feeds if feed.id not in known])

    def _page(self, query: FeedQuery) -> Listed[FeedShown]:
        after = place_of(query.cursor, str) if query.cursor else ""
        feeds = self.every()
        shown = (self._shown(feeds[key]) for key in sorted(feeds) if key > after)
        found = list(islice((each for each in shown if query.state in ("", each.state)), query.limit + 1))
        more = len(found) > query.limit
        return Listed(tuple(found[: query.limit]), cursor_of(found[query.limit - 1].id) if more else None)

    def _card(self, name: str) -> FeedCard:
        shown = self._shown(self._find(name))
        row = self._row(ACTIVITY.name, name)
        return FeedCard(**asdict(shown), activity=ACTIVITY.read(row) if row else Activity())

    def _added(self, body: FeedBody) -> FeedShown:
        try:
            made = self._new(body.url)
        except ThemewireError as error:
            raise RequestRefused(422, str(error)) from error
        with self._one_at_a_time:
            if made.id in self.every():
                raise RequestRefused(409, f"this feed is there already: change it at {PATH}/{made.id}")
            return self._shown(self._put(made, {name: value for name, value in asdict(body).items() if name != "url"}))

    def _changed(self, name: str, change: FeedChange) -> FeedShown:
        fields = {each: value for each, value in asdict(change).items() if value is not UNSET}
        return self._shown(self.change(name, **fields))

    def _put(self, feed: Feed, fields: Mapping[str, object]) -> Feed:
        made = replace(feed, **fields)
        try:
            checked_name(made.title, "the title")
        except BadName as error:
            raise RequestRefused(422, str(error)) from error
        if made.longest and made.longest < made.interval:
            raise RequestRefused(422, f"the longest time, {made.longest:g} s, is shorter than the interval")
        save_feeds(self._stream, [made])
        return made

    def _find(self, name: str) -> Feed:
        if (found := self.every().get(name)) is None:
            raise RequestRefused(404, f"there is no feed {name!r}")
        return found

    def _shown(self, feed: Feed) -> FeedShown:
        row = self._row(topics.POLLS, feed.id)
        poll = decode(row, Poll) if row else None
        names = [each for each in FeedShown.__struct_fields__ if each not in ("state", "last_poll")]
        state = feed.state(poll.state if poll else "")
        shown = {each: getattr(feed, each) for each in names}
        shown["title"] = feed.title or (poll.title if poll else "")
        return FeedShown(**shown, state=state, last_poll=poll)

    def _row(self, table: str, key: str) -> bytes | None:
        """What the index has of it, if there is an index yet."""
        return IndexRows(self._index.database()).get(table, key) if self._index.there else None
