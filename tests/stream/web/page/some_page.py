"""The page on a stream and an index of its own, over a real socket, with desks that note what they are asked."""

import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from html.parser import HTMLParser

from prometheus_client import CollectorRegistry

from stream.index.reading import OpenIndex
from stream.index.session import open_index
from stream.log.latest import Latest
from stream.log.port import LogError
from stream.log.readable import readable_record
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.records import Feed, Subscription, encode
from stream.sqlite import SqliteLog
from stream.subscriptions.saved import read_subscriptions
from stream.web import Served, WebServer, application, bind
from stream.web.access import Access, RequestRefused
from stream.web.page import (
    Fact,
    FeedDesk,
    FeedFound,
    Forecast,
    OpmlTaken,
    PageSite,
    SearchDesk,
    StageState,
    State,
    SubscriptionDesk,
    Theme,
    Trial,
    Workbench,
)
from stream.web.subscriptions_api import SubscriptionsApi
from tests.stream.index.test_search import Index
from tests.stream.web.page.some_desks import SomeDead, SomeLabels, SomeModels, SomeThemes
from tests.stream.web.page.some_texts import EVIL, NOW

__all__ = ["EVIL", "NOW", "Page", "Tags"]


class Page:
    """The page on a stream and an index of its own."""

    def __init__(self, tmp_path, access: Access, **of: float) -> None:
        self.log = SqliteLog(tmp_path / "stream.db")
        self.log.ensure(all_topics(("t", "u"), 1))
        self.muted: list[tuple[str, int]] = []
        self.labels, self.models, self.own = SomeLabels(), SomeModels(), SomeThemes()
        self.dead, self.worked = SomeDead(), 0
        self.stopped = threading.Event()
        self.last = ""  # the address that an answer came from
        self.found: FeedFound | RequestRefused = FeedFound("https://example.org/feed")
        self.gone = False  # the stream, for the desk of feeds
        self.fed: list[tuple[object, ...]] = []
        self.forecast, self.previewed = Forecast(7, 0, (), ()), list[Subscription]()
        self.trial = Trial(True, ("a step",), "200 OK", 0.1)
        self.asked: list[tuple[str, str]] = []
        self.stopped = threading.Event()
        self.last = ""  # the address that an answer came from
        self._db = open_index(tmp_path / "index.db")
        self.index = Index(self._db)
        themes = [Theme("t", f"Theme {EVIL}", f"About {EVIL}"), Theme("u", "Other")]
        state = State("SQLite", [StageState("tag", 3, 1.5, EVIL)], [Fact("Disk", EVIL, "1 GB free", bad=True)])
        bench = Workbench(
            self.log, OpenIndex(tmp_path / "index.db"), lambda: themes, lambda: NOW,
            lambda link: [("seen", link + EVIL)], lambda: replace(state, dead=self.dead.rows),
            lambda name, until: self.muted.append((name, until)),
            self.labels.desk(), self.models.desk(),
            self._feeds(), self._subscriptions(), self.own.desk(), self.dead.desk(),
            SearchDesk(
                lambda search: f"/atom/search/{search.q}/0-{EVIL}",
                lambda search: (self.asked.append(("revoke", search.q)), "")[1],
            ),
            lambda: self.worked,
        )  # fmt: skip
        bound = bind("127.0.0.1:0")
        self.port = bound.getsockname()[1]
        site = PageSite(bench, access, self.stopped, **of)
        self._server = WebServer(application(CollectorRegistry, dict, Served(site.routes(), site.refused)), bound)

    def _feeds(self) -> FeedDesk:
        feeds = Latest(self.log, "feeds", lambda value: readable_record(value, Feed))

        def found(address: str, kind: str) -> FeedFound:
            self.fed.append(("find", address, kind))
            if isinstance(self.found, RequestRefused):
                raise self.found
            return self.found

        def save(address: str, kind: str, title: str, options: Mapping[str, str]) -> str:
            saved = Feed(id="new", url=address, kind=kind, title=title, options=dict(options))
            self.log.append([Out("feeds", "new", encode(saved))])
            return "new"

        def take(data: bytes) -> OpmlTaken:
            self.fed.append(("take", data))
            return OpmlTaken([Feed(id="n", url="https://example.org/n", title=EVIL)], 3, [EVIL], [EVIL])

        def since(offsets: Mapping[tuple[str, int], int]) -> Mapping[str, Feed | None]:
            if self.gone:
                raise LogError("no broker answers")
            return feeds.since(offsets)

        return FeedDesk(
            since,
            found,
            save,
            lambda feed, paused: self.fed.append(("pause", feed, paused)),
            lambda feed: self.fed.append(("release", feed)),
            lambda feed: self.fed.append(("remove", feed)),
            take,
            lambda: "<opml/>",
        )

    def _subscriptions(self) -> SubscriptionDesk:
        api = SubscriptionsApi(self.log, ("t", "u"))

        def preview(subscription: Subscription) -> Forecast:
            self.previewed.append(subscription)
            return self.forecast

        def note(what: str, answer: str = "") -> Callable[[str], str]:
            return lambda name: (self.asked.append((what, name)), answer)[1]

        return SubscriptionDesk(
            lambda: read_subscriptions(self.log),
            api.check,
            api.save,
            api.remove,
            preview,
            lambda name: self.trial,
            note("again"),
            lambda name: f"/atom/subscription/{name}/0-{EVIL}",
            note("revoke"),
            lambda subscription: [f"warning {EVIL}"],
        )

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        return self._ask(urllib.request.Request(self.address + path, headers=headers))

    def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> tuple[int, str]:
        body = urllib.parse.urlencode(form).encode()
        return self._ask(urllib.request.Request(self.address + path, body, headers or {}))

    def send_file(self, path: str, data: bytes, **headers: str) -> tuple[int, str]:
        begin = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.opml"\r\n\r\n'
        kind = {"Content-Type": "multipart/form-data; boundary=xyz", **headers}
        return self._ask(urllib.request.Request(self.address + path, begin + data + b"\r\n--xyz--\r\n", kind))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _ask(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                self.last = answer.url
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def close(self) -> None:
        self.stopped.set()
        self._server.close()
        self._db.close()
        self.log.close()


class Tags(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
