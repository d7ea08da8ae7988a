"""The API over a real socket, on a real stream."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry

from stream.ids import hashed
from stream.index.reading import OpenIndex
from stream.index.session import open_index
from stream.index.stage import ItemDoc
from stream.log.port import LogError
from stream.log.topics import all_topics
from stream.ops.balance import Balance
from stream.records import Feed, Item, Label, decode
from stream.sqlite import SqliteLog
from stream.units import HOUR
from stream.web import Served, WebServer, application, bind
from stream.web.access import Access
from stream.web.alerts_api import AlertsApi
from stream.web.archive_api import ArchiveApi
from stream.web.atom_api import AtomApi
from stream.web.feedback import FeedbackPages
from stream.web.feeds_api import FeedsApi
from stream.web.labels_api import LabelsApi
from stream.web.limits import peer
from stream.web.models_api import ModelsApi
from stream.web.page import DeadRow, Fact, StageState, State
from stream.web.routing import routes
from stream.web.subscriptions_api import SubscriptionsApi
from stream.web.system_api import SystemApi
from stream.web.themes_api import ThemesApi
from tests.stream.backends import read_all

__all__ = ["ITEM", "KEY", "Site"]

KEY = "a key of ours, long enough"

ITEM = Item(
    id="i", feed="f", source="Feed", entry="e", revision=0, url="https://example.org/news", title="A title",
    summary="", lang="en", published=1, date_quality="trusted", first_seen=2, baseline=False,
)  # fmt: skip


STATE = State(
    "SQLite",
    [StageState("tag", 3, 1.5)],
    [Fact("Disk", "all of it", "1 GB free")],
    [DeadRow("items/0/1", "tag", "ValueError: x", 1)],
    [Balance("items", 3, {"tagged": 2})],
)


def feed(url: str) -> Feed:
    if not url.startswith("https://"):
        raise LogError(f"{url!r} cannot be polled")
    return Feed(id=hashed("feed", url)[:16], url=url)


class Site:
    """The API, behind some access, and the pages of links signed with `KEY`; `item` is the one in its index."""

    def __init__(self, tmp_path, access: Access, item: Item = ITEM, client: Callable[..., str] = peer) -> None:
        self.log = SqliteLog(tmp_path / "stream.db")
        self.log.ensure(all_topics(("a", "b"), 2))
        self.doc, self.index = ItemDoc(item, {"a": 0.1}, (), "none", "m", "", (), 1), tmp_path / "index.db"
        self.reindex()
        opened = OpenIndex(self.index)
        labels = LabelsApi(self.log, opened, ("a", "b"), lambda: 7, self._waiting)
        self.stopped = threading.Event()
        alerts = AlertsApi(self.log, ("a", "b"), self.stopped)
        subscriptions = SubscriptionsApi(self.log, ("a", "b"))
        themes = ThemesApi(self.log, lambda: 7)
        base = "https://tw.example"
        feeds = AtomApi(self.log, opened, ("a", "b"), subscriptions, lambda: 7, KEY.encode, base)
        archive = ArchiveApi(opened, lambda name: [("seen", f"{name} was seen")])
        sources, models = FeedsApi(self.log, opened, feed), ModelsApi(self.log, list)
        system = SystemApi(self.log, opened, lambda: HOUR, lambda: STATE)
        every = (alerts, feeds, labels, subscriptions, themes, archive, sources, models, system)
        operations = [each for one in every for each in one.operations()]
        api = [*routes(operations, access), *feeds.routes()]
        pages = FeedbackPages(self.log, opened, ("a", "b"), subscriptions, lambda: 7, KEY.encode, base, 2, access)
        bound = bind("127.0.0.1:0")
        self.port = bound.getsockname()[1]
        self.server = WebServer(application(CollectorRegistry, dict, Served([*api, *pages.routes()]), client), bound)

    def reindex(self, **of: Any) -> None:
        """What the index says of the item, with this changed."""
        doc = msgspec.structs.replace(self.doc, **of)
        with closing(open_index(self.index)) as index, index.transaction() as db:
            db.execute("INSERT OR REPLACE INTO row VALUES ('items', 'i', ?)", (msgspec.json.encode(doc),))
            db.execute("INSERT OR REPLACE INTO row VALUES ('links', 'example.org/news', ?)", (b"i",))

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        return self.ask("POST", path, body, headers)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """The status, and the answer as JSON."""
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self.port}{path}"
        asked = urllib.request.Request(url, sent, {**kind, **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            told = error.read()
            return error.code, json.loads(told) if "json" in error.headers["Content-Type"] else told.decode()

    def close(self) -> None:
        self.stopped.set()
        self.server.close()
        self.log.close()

    def _waiting(self) -> list[dict[str, object]]:
        return [
            {
                "item": label.item.id, "title": "", "summary": "", "lang": "", "url": "", "is": [], "is_not": [],
                "themes": {}, "labels": [],
            }
            for label in self.labels if label.contrary and not label.confirmed
        ]  # fmt: skip

    @property
    def labels(self) -> list[Label]:
        return [decode(record.value, Label) for record in read_all(self.log, "labels")]
