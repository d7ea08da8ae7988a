"""The API of labels over a real socket, on a real stream."""

import json
import urllib.error
import urllib.request
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from stream.index.session import open_index
from stream.index.stage import ItemDoc
from stream.records import Item, Label, decode
from stream.sqlite import SqliteLog
from stream.topics import all_topics
from stream.web import WebServer, application, bind
from stream.web.access import Access
from stream.web.labels import Labels
from tests.stream.backends import read_all

ITEM = Item(
    id="i", feed="f", source="Feed", entry="e", revision=0, url="https://example.org/news", title="A title",
    summary="", lang="en", published=1, date_quality="trusted", first_seen=2, baseline=False,
)  # fmt: skip


class Site:
    """The API, behind some access."""

    def __init__(self, tmp_path, access: Access) -> None:
        self.log = SqliteLog(tmp_path / "stream.db")
        self.log.ensure(all_topics(("a", "b"), 2))
        doc = ItemDoc(ITEM, {"a": 0.1}, (), "none", "m", "", (), 1)
        with open_index(tmp_path / "index.db") as db:
            db.execute("INSERT INTO row VALUES ('items', 'i', ?)", (msgspec.json.encode(doc),))
            db.execute("INSERT INTO row VALUES ('links', 'example.org/news', ?)", (b"i",))
        db.close()
        labels = Labels(self.log, tmp_path / "index.db", ("a", "b"), access, lambda: 7)
        bound = bind("127.0.0.1:0")
        self.port = bound.getsockname()[1]
        self.server = WebServer(application(CollectorRegistry, dict, labels.routes()), bound)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", sent, {"Content-Type": "application/json", **(headers or {})}
        )
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    @property
    def labels(self) -> list[Label]:
        return [decode(record.value, Label) for record in read_all(self.log, "labels")]


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("", loopback=True))
    yield made
    made.server.close()
    made.log.close()


def test_a_word_is_said_and_taken_back(site: Site):
    status, said = site.post(
        "/api/labels", {"item": "http://www.example.org/news/", "is": ["a"], "only": True, "who": "ann"}
    )
    assert (status, said["item"]) == (201, "i")
    status, undone = site.post(f"/api/labels/{said['id']}/undo", {"item": "i", "who": "ann"})
    assert (status, undone["undoes"]) == (201, said["id"])
    first, second = site.labels
    assert (first.yes, first.no, first.who, first.origin, first.at, first.item) == (
        ("a",),
        ("b",),
        "ann",
        "api",
        7,
        ITEM,
    )
    assert (second.undoes, second.yes) == (first.id, ())


def test_a_client_may_name_the_word_so_that_sending_it_again_does_no_harm(site: Site):
    for _ in range(2):
        assert site.post("/api/labels", {"item": "i", "is_not": ["a"], "id": "mine"})[1]["id"] == "mine"
    assert {label.id for label in site.labels} == {"mine"}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"item": "j", "is": ["a"]}, 404, "no item 'j'"),
        ({"item": "i", "is": ["z"]}, 422, "no theme 'z'"),
        ({"item": "i", "is": ["a"], "is_not": ["a"]}, 422, "not to be of 'a'"),
        ({"item": "i"}, 422, "say `is`"),
        ({"item": "i", "is": ["a"], "isnt": ["b"]}, 422, "isnt"),
        (b"{", 422, "not what is asked for"),
        (b"\xff", 422, "not what is asked for"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_writes_nothing(site: Site, body, status, says):
    code, answer = site.post("/api/labels", body)
    assert code == status
    assert says in answer["error"]
    assert site.labels == []


def test_a_web_page_cannot_use_it(site: Site):
    word = {"item": "i", "is": ["a"]}
    assert site.post("/api/labels", word, {"Content-Type": "text/plain"})[0] == 415
    assert site.post("/api/labels", word, {"Host": "evil.example"})[0] == 403
    assert site.post("/api/labels", word, {"Host": f"localhost:{site.port}"})[0] == 201
    assert len(site.labels) == 1


@pytest.mark.parametrize(
    ("access", "headers", "status"),
    [
        (Access("secret", loopback=False), {"Authorization": "Bearer secret"}, 201),
        (Access("secret", loopback=True), {}, 401),
        (Access("secret", loopback=False), {"Authorization": "Bearer wrong"}, 401),
        (Access("secret", loopback=False), {"Authorization": "Bearer sécret"}, 401),
        (Access("", loopback=False), {}, 403),
    ],
)
def test_who_may_use_it(tmp_path, access, headers, status):
    site = Site(tmp_path, access)
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert site.post("/api/labels", {"item": "i", "is": ["a"]}, sent)[0] == status
    assert len(site.labels) == (status == 201)
    site.server.close()
    site.log.close()
