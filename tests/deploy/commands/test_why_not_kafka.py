"""`themewire why-not` on Kafka, on a machine without an index: it reads the item's partitions, and says so."""

import uuid
from collections.abc import Iterator

import msgspec
import pytest

from deploy.inspect.one_item import NEAR
from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Delivery, Feed, Source, encode
from stream.text.links import item_of
from tests.deploy.command import Command
from tests.deploy.commands.test_why_not import ALERT, ITEM, TAGGED

pytestmark = pytest.mark.kafka


@pytest.fixture
def command(kafka_url: str, themewire: Command) -> Command:
    return Command(themewire.data, {**themewire.settings, "stream.url": kafka_url})


@pytest.fixture
def stream(kafka_url: str, command: Command) -> Iterator[Log]:
    command.does("dead", "list")  # makes the topics, and no index
    log = open_log(Settings.model_validate({"stream": {"url": kafka_url}}))
    yield log
    log.close()


def story() -> tuple[str, list[Out], Out]:
    """A link that no other test has, the records of its item up to `tagged`, and its alert."""
    link = f"https://{uuid.uuid4().hex[:8]}.example/story"
    item = msgspec.structs.replace(ITEM, id=item_of(link), url=link)
    tagged = msgspec.structs.replace(TAGGED, item=item)
    sources = (Source("News", link, item.id),)
    alert = msgspec.structs.replace(ALERT, id=item.id, story=item.id, sources=sources)
    records = [Out("items", item.id, encode(item)), Out("tagged", item.id, encode(tagged))]
    return link, records, Out("alerts.standards", alert.story, encode(alert))


def steps(command: Command, link: str) -> dict[str, dict]:
    return {step["what"]: step for step in command.does("why-not", link, "--json").json["steps"]}


def test_the_whole_way_is_told_from_the_partitions_of_one_item(command, stream):
    link, records, alert = story()
    name = f"team-{uuid.uuid4().hex[:8]}"
    command.does("subscriptions", "add", name, "--theme", "standards", "--webhook", "http://a.example/h")
    done = Delivery(
        delivery="d", subscription=name, alert=item_of(link), seq=0, attempt=3, outcome="delivered", status=204,
        message="taken", at=3,
    )  # fmt: skip
    _, others, other_alert = story()
    stream.append([*others, other_alert, *records, alert])
    command.does("run", "match", "--once")
    stream.append([Out("deliveries", name, encode(done))])
    found = steps(command, link)
    assert list(found) == ["one partition", "seen", "judged", "alert", "delivered"]
    assert (found["alert"]["alert"], found["delivered"]["subscription"]) == (item_of(link), name)
    assert list(steps(command, item_of(link))) == list(found)
    assert not list(command.data.glob("index-*"))
    command.does("subscriptions", "remove", name)


def test_an_item_that_was_not_judged_yet_and_one_that_nobody_saw(command, stream):
    link, records, _ = story()
    stream.append(records[:1])
    assert list(steps(command, link)) == ["one partition", "seen", "waiting"]
    feed = Feed(id=uuid.uuid4().hex[:8], url=link.replace("story", "feed.xml"))
    stream.append([Out("feeds", feed.id, encode(feed))])
    found = steps(command, link.replace("story", "other"))
    assert list(found) == ["one partition", "never seen", "feed"]
    assert found["feed"]["url"] == feed.url


def test_an_index_that_is_at_hand_is_used_unless_it_is_far_behind(command, stream):
    link, records, alert = story()
    stream.append([*records, alert])
    command.does("feeds", "list")
    assert list(command.data.glob("index-*"))
    assert next(iter(steps(command, link))) == "seen"
    far, records, alert = story()
    stream.append([Out("polls", f"{number}", b"nothing that anybody reads") for number in range(NEAR + 1)])
    stream.append([*records, alert])
    assert list(steps(command, far))[:2] == ["one partition", "seen"]
