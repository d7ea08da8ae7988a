"""From a delivered alert to the label that its link comes to, and to the precision that is counted of it."""

import json
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from stream.delivering.feedback import ticket_of
from stream.log.records import Out
from stream.records import Candidate, Item, Source, Tagged, encode
from stream.sqlite import SqliteLog
from stream.text.links import item_of
from tests.deploy.command import Command
from tests.stream.backends import until
from tests.stream.delivering.channels.test_webhook import Receiver

LINK = "https://news.example/story/1"
ITEM = Item(
    id=item_of(LINK), feed="f", source="News", entry="e", revision=0, url=LINK, title="A vote", summary="", lang="en",
    published=1, date_quality="trusted", first_seen=2, baseline=False,
)  # fmt: skip
TAGGED = Tagged(
    item=ITEM, themes={"standards": 0.91}, tags=("standards",), decision="tagged", reasons=(), model="m-1",
    sources=(Source("News", LINK, ITEM.id),),
)  # fmt: skip


@pytest.fixture
def receiver():
    made = Receiver((204, {}))
    yield made
    made.close()


@pytest.fixture
def local(themewire: Command) -> Command:
    """A command that may deliver to loopback, and whose web role listens there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    return Command(
        themewire.data, {**themewire.settings, "fetch.allow_networks": '["127.0.0.0/8"]', "web.listen": listen}
    )


def ask(method: str, url: str) -> int:
    """The status; 0 where nobody listens yet."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError:
        return 0


def lives(process: subprocess.Popen) -> None:
    """Waits a little for its end, which must not come."""
    with suppress(subprocess.TimeoutExpired):
        pytest.fail(f"it ended with {process.wait(0.1)}")


def test_a_link_that_was_delivered_is_a_label_that_training_sees(local: Command, receiver):
    local.does("subscriptions", "add", "team", "--theme", "standards", "--webhook", receiver.url)
    log = SqliteLog(local.data / "stream.db")
    candidate = Candidate(theme="standards", stands=True, tagged=TAGGED)
    log.append([Out("tagged", ITEM.id, encode(TAGGED)), Out("candidates", "standards", encode(candidate))])
    log.close()
    assert local.does("run", "story", "match", "deliver", "--once", "--json").json["delivered"] == 1
    ((_, body),) = receiver.got
    told = json.loads(body)
    links = told["links"][told["alert"]["id"]]
    assert "nothing was answered" in local.does("subscriptions", "precision").out
    web = subprocess.Popen(local.line(["run", "web"]), env=local.environ, stderr=subprocess.DEVNULL)
    try:
        until(lambda: ask("GET", links["wrong"]) == 200, lambda: lives(web))  # once the index has the item
        assert [ask("POST", links["wrong"]) for _ in range(2)] == [200, 200]
    finally:
        web.terminate()
        web.wait()
    (label,) = local.does("label", "export").lines
    assert (label["who"], label["origin"], label["no"]) == ("subscription team", "link", ["standards"])
    local.does("label", "add", LINK, "--is", "standards", "--who", "ann")
    (conflict,) = local.does("label", "conflicts", "--json").lines
    assert [word["who"] for word in conflict["items"][0]["labels"]] == ["subscription team", "ann"]
    of_all, of_team = local.does("subscriptions", "precision", "--json", "--weeks", "12").json
    assert (of_all["subscription"], of_team["subscription"]) == ("", "team")
    assert (of_team["theme"], of_team["delivered"], of_team["right"], of_team["wrong"]) == ("standards", 1, 0, 1)
    assert (of_team["precision"], of_team["low"], round(of_team["high"], 2)) == (0.0, 0.0, 0.79)
    assert (
        "1 delivered, 0 right, 1 wrong: precision 0.00 (0.00 to 0.79)" in local.does("subscriptions", "precision").out
    )


def test_a_test_alert_can_be_muted_and_is_neither_right_nor_wrong(local: Command, receiver):
    local.does("subscriptions", "add", "team", "--theme", "standards", "--webhook", receiver.url)
    local.does("subscriptions", "test", "team")
    ((_, body),) = receiver.got
    (links,) = json.loads(body)["links"].values()
    assert set(links) == {"mute"}
    key = (local.data / "links.key").read_bytes().strip()
    assert ticket_of(links["mute"].rpartition("/")[2], key, 1).subscription == "team"


def test_where_nothing_was_delivered_precision_says_so(themewire: Command):
    assert "nothing was delivered" in themewire.does("subscriptions", "precision").out
    assert themewire.does("subscriptions", "precision", "--json").json == []
    themewire("subscriptions", "precision", "--weeks", "13").failed(2)
