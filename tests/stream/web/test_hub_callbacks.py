"""Where hubs call: what was asked for is verified, what is signed has its feed polled, and all else changes nothing."""

import hmac
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from prometheus_client import CollectorRegistry

from stream.log import topics
from stream.log.topics import all_topics
from stream.records import Push, decode
from stream.secrets import SecretMissing
from stream.sqlite import SqliteLog
from stream.web import Served, WebServer, application, bind
from stream.web.hub_callbacks import HubCallbacks
from stream.websub import callback, secret
from tests.hub import ask
from tests.stream.backends import read_all

KEY = b"a key of ours, long enough"
TOPIC = "https://feeds.example/topic?a=1"
PATH = callback(KEY, "f", TOPIC)
SECRET = secret(KEY, "f", PATH.rpartition("/")[2])
BODY = b"<rss/>"


class Site:
    """A web server with callbacks only."""

    def __init__(self, folder, key=lambda: KEY) -> None:
        self.log = SqliteLog(folder / "stream.db")
        self.log.ensure(all_topics(("a",), 1))
        bound = bind("127.0.0.1:0")
        self.base = f"http://127.0.0.1:{bound.getsockname()[1]}"
        app = application(CollectorRegistry, dict, Served(HubCallbacks(self.log, key, most_bytes=1000).routes()))
        self._server = WebServer(app, bound)

    def close(self) -> None:
        self._server.close()
        self.log.close()

    def get(self, path: str = PATH, **other: str) -> tuple[int, str]:
        query = {"mode": "subscribe", "topic": TOPIC, "challenge": "c<h>", "lease_seconds": "600", **other}
        return ask(f"{self.base}{path}?{urlencode({f'hub.{name}': value for name, value in query.items()})}")

    def push(self, signature: str, body: bytes = BODY, path: str = PATH) -> int:
        return ask(self.base + path, body, X_Hub_Signature=signature, Content_Type="text/xml")[0]

    @property
    def pushes(self) -> list[Push]:
        return [decode(record.value, Push) for record in read_all(self.log, topics.PUSHES)]


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


def signed(body: bytes = BODY, method: str = "sha256", key: str = SECRET) -> str:
    return f"{method}={hmac.new(key.encode(), body, method).hexdigest()}"


def test_what_was_asked_for_is_verified(site):
    assert site.get() == (200, "c<h>")
    assert site.pushes == [Push(feed="f", hub="verified", topic=TOPIC, lease=600)]
    assert site.get(mode="unsubscribe") == (200, "c<h>")
    assert len(site.pushes) == 1


@pytest.mark.parametrize(
    ("path", "other", "status"),
    [
        (PATH[:-1] + "!", {}, 404),
        (callback(KEY, "g", TOPIC).replace("/g/", "/f/"), {}, 404),
        (callback(b"another key", "f", TOPIC), {}, 404),
        (PATH, {"topic": "https://feeds.example/other"}, 404),
        (PATH, {"topic": ""}, 404),
        (PATH, {"mode": "publish"}, 404),
        (PATH, {"challenge": ""}, 400),
        (PATH, {"challenge": "c" * 5000}, 400),
        ("/websub/f/\udc00".encode("utf-8", "replace").decode(), {}, 404),
    ],
)
def test_what_nobody_asked_for_is_not_there(site, path, other, status):
    assert site.get(path, **other)[0] == status
    assert site.pushes == []


@pytest.mark.parametrize("lease", ["", "-1", "1e3", "9" * 30])
def test_a_lease_that_is_no_number_is_the_shortest(site, lease):
    assert site.get(lease_seconds=lease)[0] == 200
    assert [push.lease for push in site.pushes] == [0]


def test_a_hub_that_denies_is_heard(site):
    assert site.get(mode="denied", reason="r" * 1000)[0] == 200
    assert site.pushes == [Push(feed="f", hub="denied", topic=TOPIC, reason="r" * 300)]


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_push_that_is_signed_has_its_feed_polled(site, method):
    assert site.push(signed(method=method)) == 202
    assert site.pushes == [Push(feed="f", hub="new")]


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=00", "md5=" + "0" * 32, signed(b"other"), signed(key="guessed"), "é=é", signed()[:-1]],
)
def test_a_push_that_is_not_is_taken_and_passed_over(site, signature):
    assert site.push(signature) == 202
    assert site.pushes == []


def test_a_signature_is_that_of_one_callback(site):
    assert site.push(signed(), path=callback(KEY, "g", TOPIC)) == 202
    assert site.pushes == []


def test_a_push_is_bounded_and_so_are_pushes_without_end(site):
    long = b"x" * 2000
    assert site.push(signed(long), long) == 413
    answers = [site.push(signed()) for _ in range(15)]
    assert (set(answers), answers.count(202)) == ({202, 429}, len(site.pushes))
    assert 10 <= answers.count(202) < 15
    other = callback(KEY, "g", TOPIC)
    assert site.push(signed(key=secret(KEY, "g", other.rpartition("/")[2])), path=other) == 202


def test_without_a_key_hubs_are_asked_to_come_again(tmp_path):
    def missing() -> bytes:
        raise SecretMissing("there is no key")

    site = Site(tmp_path, missing)
    assert (site.get()[0], site.push(signed())) == (503, 503)
    site.close()
