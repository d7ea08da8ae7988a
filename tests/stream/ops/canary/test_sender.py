"""What is sent and what comes back, with the stream and the site as they are."""

import urllib.error
import urllib.request

import feedparser
import msgspec
import pytest

from seeds.canary import CanaryText
from stream.delivering.channels.webhook import WebhookBody
from stream.log.port import LogError
from stream.log.topics import all_topics
from stream.ops.canary.document import token_of
from stream.ops.canary.figures import CanaryFigures
from stream.ops.canary.sender import Sender
from stream.ops.canary.site import MOST_BYTES, site
from stream.records import Alert, Feed, Subscription, decode
from stream.sqlite import SqliteLog
from stream.web import WebServer, bind
from tests.stream.backends import read_all
from tests.stream.fakes import SetClock
from tests.stream.index.test_index import alert

TEXTS = {
    "a": [CanaryText("en", "<One> & all", "first"), CanaryText("de", "Zwei", "second")],
    "b": [CanaryText("fr", "Trois", "third")],
}
START = 1_790_000_000_000


class Place:
    """A sender, its metrics and the stream."""

    def __init__(self, tmp_path) -> None:
        self.log = SqliteLog(tmp_path / "stream.db")
        self.log.ensure(all_topics(("a", "b"), 2))
        self.clock = SetClock(START)
        self.figures = CanaryFigures(tuple(TEXTS), START)
        self.sender = Sender(self.log, self.figures, TEXTS, "canary-x", "http://h:1/p", 300, self.clock)

    def value(self, name: str, theme: str) -> float | None:
        return self.figures.registry.get_sample_value(f"themewire_canary_{name}", {"theme": theme})

    def titles(self) -> dict[str, str]:
        """By theme, what the feed shows."""
        entries = feedparser.parse(self.sender.document())["entries"]
        return {entry["id"].rpartition(":")[2]: entry["title"] for entry in entries}

    def deliver(self, theme: str, title: str, kind: str = "new") -> None:
        made = decode(alert("i", kind=kind, theme=theme).value, Alert)
        told = msgspec.structs.replace(made, title=title)
        self.sender.take(msgspec.json.encode(WebhookBody("alert", "d", "canary-x", "why", told)))


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.log.close()


def test_before_the_first_round_the_feed_is_empty_and_every_series_is_there(place):
    assert feedparser.parse(place.sender.document())["bozo"] == 0
    assert place.titles() == {}
    assert place.value("published_total", "a") == place.value("delivered_total", "b") == 0
    assert place.value("last_delivered_timestamp_seconds", "a") == START / 1000  # silence is measured from here


def test_each_round_edits_the_one_entry_of_each_theme_and_asks_for_a_poll(place):
    place.sender.send()
    first = place.titles()
    assert first["a"].startswith("<One> & all [canary ")
    place.clock.now += 1
    place.sender.send()
    second = place.titles()
    assert set(first) == set(second) == {"a", "b"}
    assert second["a"].startswith("Zwei [canary ")  # texts take turns
    assert second["b"] != first["b"]  # and where there is one only, the token is another
    assert place.value("published_total", "a") == 2
    wishes = [decode(record.value, Feed) for record in read_all(place.log, "canary.feeds")]
    assert [(wish.id, wish.url) for wish in wishes] == [("canary-x", "http://h:1/p/feed")] * 2
    [made] = [decode(record.value, Subscription) for record in read_all(place.log, "canary.subscriptions")]
    assert (made.channel.address, made.sources, made.themes) == ("http://h:1/p/taken", ("canary-x",), ("a", "b"))


def test_what_comes_back_is_counted_once_and_timed(place):
    place.sender.send()
    title = place.titles()["a"]
    place.clock.now += 2500
    place.deliver("a", title)
    place.deliver("a", title)  # a repetition
    assert place.value("delivered_total", "a") == 1
    assert place.value("delivered_total", "b") == 0
    assert place.value("latency_seconds", "a") == 2.5
    assert place.value("last_delivered_timestamp_seconds", "a") == (START + 2500) / 1000
    assert place.value("last_delivered_timestamp_seconds", "b") == START / 1000


def test_what_another_process_sent_or_was_said_of_another_theme_is_not_counted(place):
    place.sender.send()
    title = place.titles()["a"]
    place.deliver("b", title)
    place.deliver("a", "<One> & all [canary 0]")
    place.deliver("a", "news of the world")
    place.sender.take(msgspec.json.encode(WebhookBody("digest", "d", "canary-x", "why")))
    assert place.value("delivered_total", "a") == place.value("delivered_total", "b") == 0


def test_a_retraction_is_no_arrival_since_the_model_did_not_know_the_text(place):
    place.sender.send()
    place.deliver("a", place.titles()["a"], "retracted")
    assert place.value("delivered_total", "a") == 0
    place.deliver("a", place.titles()["a"], "update")
    assert place.value("delivered_total", "a") == 1


def test_an_older_round_that_comes_late_counts_too(place):
    place.sender.send()
    title = place.titles()["a"]
    place.clock.now += 300_000
    place.sender.send()
    place.clock.now += 1000
    place.deliver("a", title)
    assert place.value("latency_seconds", "a") == 301


def test_a_round_that_the_stream_refuses_is_said_and_the_next_one_goes_out(place):
    class Refusing:
        def append(self, outs):
            raise LogError("full")

    good = place.sender._stream
    place.sender._stream = Refusing()
    with pytest.raises(LogError):
        place.sender.send()
    assert place.value("published_total", "a") == 1  # and none comes back, which is what is to be seen
    place.sender._stream = good
    place.sender.send()
    assert len(read_all(place.log, "canary.subscriptions")) == 1


def test_a_mark_is_at_the_end_of_a_title_only():
    assert token_of("x [canary 1f]") == "1f"
    assert token_of("[canary 1f] x") == token_of("x") == ""


def test_the_site_shows_the_feed_and_takes_deliveries_under_its_path_only(place):
    bound = bind("127.0.0.1:0")
    server = WebServer(site(place.sender, "secret"), bound)
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"

    def ask(path, body=None):
        try:
            with urllib.request.urlopen(urllib.request.Request(base + path, body), timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    try:
        place.sender.send()
        status, body = ask("/secret/feed")
        assert (status, len(feedparser.parse(body)["entries"])) == (200, 2)
        assert ask("/other/feed")[0] == 404
        assert ask("/secret/taken", b"no JSON")[0] == 400
        assert ask("/secret/taken", b"x" * (MOST_BYTES + 1))[0] == 413
        told = msgspec.structs.replace(decode(alert("i", theme="b").value, Alert), title=place.titles()["b"])
        assert ask("/secret/taken", msgspec.json.encode(WebhookBody("alert", "d", "s", "w", told)))[0] == 204
        assert place.value("delivered_total", "b") == 1
    finally:
        server.close()
