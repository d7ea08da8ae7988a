"""`themewire why-not`: every way in which a link can end, said in words and as JSON."""

import msgspec
import pytest

from stream.log.port import Work
from stream.log.records import Change, Out
from stream.records import Alert, Dead, Delivery, Feed, Feedback, Item, Mute, Opinion, Related, Source, Tagged, encode
from stream.sqlite import SqliteLog
from stream.text.links import item_of
from tests.deploy.command import Command
from tests.stream.stories.test_stages import alert

LINK = "https://news.example/story/1"
ITEM = Item(
    id=item_of(LINK), feed="f", source="News", entry="e", revision=0, url=LINK, title="A title", summary="", lang="en",
    published=1, date_quality="trusted", first_seen=2, baseline=False,
)  # fmt: skip
TAGGED = Tagged(
    item=ITEM, themes={"standards": 0.91, "ip-disputes": 0.1}, tags=("standards",), decision="tagged", reasons=(),
    model="m-1",
)  # fmt: skip
ALERT = msgspec.structs.replace(
    alert(probability=0.91), id="a1", story="a1", theme="standards", lang="en",
    sources=(Source("News", LINK, ITEM.id),),
)  # fmt: skip


@pytest.fixture
def told(themewire: Command):
    """Puts records on the stream and asks."""
    themewire.does("feeds", "list")

    def ask(*outs: Out, link: str = LINK) -> dict[str, dict]:
        log = SqliteLog(themewire.data / "stream.db")
        log.append(outs)
        log.close()
        steps = themewire.does("why-not", link, "--json").json["steps"]
        assert [step["text"] for step in steps] == themewire.does("why-not", link, "--details").out.splitlines()
        return {step["what"]: step for step in steps}

    ask.command = themewire
    return ask


def tagged(**of) -> Out:
    return Out("tagged", ITEM.id, encode(msgspec.structs.replace(TAGGED, **of)))


def alerted(**of) -> Out:
    made: Alert = msgspec.structs.replace(ALERT, **of)
    return Out("alerts.standards", made.story, encode(made))


def subscribe(command: Command, *more: str) -> None:
    command.does("subscriptions", "add", "team", "--theme", "standards", "--webhook", "http://a.example/h", *more)


def test_an_alert_that_somebody_muted(told):
    mute = Mute(alert="a1", theme="standards", who="ann", at=3)
    steps = told(tagged(), alerted(), Out("mutes", "a1", encode(mute)))
    assert "muted by ann" in steps["muted"]["text"]
    assert "muted" not in told(Out("mutes", "a1", None))


def test_a_link_that_no_feed_brought(told):
    feed = Feed(id="f1", url="https://www.news.example/rss")
    steps = told(Out("feeds", "f1", encode(feed)), link="https://news.example/other")
    assert steps["never seen"]["feeds"] == 1
    assert "not polled yet" in steps["feed"]["text"]
    [line] = told.command.does("why-not", "https://news.example/other").out.splitlines()
    assert line == "never seen in any of the 1 feed, of which 1 is from news.example (`--details` lists them)"
    assert len(told.command.does("why-not", "https://news.example/other", "--details").out.splitlines()) == 2
    elsewhere = told(link="https://far.example/x")
    assert "feeds add https://far.example/" in elsewhere["no feed"]["text"]
    [line] = told.command.does("why-not", "https://far.example/x").out.splitlines()
    assert "feeds add https://far.example/" in line


def test_a_baseline_item_and_one_of_no_theme(told):
    steps = told(tagged(item=msgspec.structs.replace(ITEM, baseline=True)), link=LINK + "?utm_source=x")
    assert list(steps) == ["seen", "baseline", "judged"]
    steps = told(tagged(tags=(), decision="none", themes={"standards": 0.12}))
    assert (list(steps), steps["judged"]["decision"]) == (["seen", "judged"], "none")
    assert "standards 0.12" in steps["judged"]["text"]


def test_whose_word_there_is_and_whether_it_counts(told):
    team = Opinion("subscription team", "subscriber", "standards", right=False, counts=False, at=4)
    said = told(tagged(opinions=(team,)))["said"]
    assert (said["who"], said["standing"], said["right"], said["counts"]) == (
        "subscription team", "subscriber", False, False,
    )  # fmt: skip
    assert "subscription team says that it is not of standards, which counts for that subscription only" in said["text"]
    ann = Opinion("ann", "labeller", "standards", right=False, counts=True, at=5)
    steps = told(tagged(tags=(), rule="label", opinions=(ann,)))
    assert steps["said"]["text"] == "labeller ann says that it is not of standards, which counts for everyone"


def test_what_an_alert_is_related_to_and_that_it_was_folded(told):
    subscribe(told.command, "--related", "fold")
    related = (Related("a0", 0.634, "Another title", "https://other.example/"),)
    told(tagged(), alerted(id="a0", story="a0", sources=()), alerted(related=related))
    told.command.does("run", "match", "--once")
    steps = told()
    assert steps["related"]["text"] == "likely (0.63) about the same event as the alert a0: Another title"
    assert (steps["related"]["alert"], steps["related"]["probability"]) == ("a0", 0.634)
    assert (steps["held"]["thread"], "folded into its next digest" in steps["held"]["text"]) == ("a0", True)


def test_who_called_an_alert_wrong_is_told_no_more_of_it(told):
    subscribe(told.command)
    told(tagged(), alerted())
    told.command.does("run", "match", "--once")
    said = Feedback(subscription="team", alert="a1", theme="standards", item=ITEM.id, right=False, at=4)
    told(Out("feedback", "team", encode(said)))
    told.command.does("run", "match", "--once")
    assert "it called the alert wrong, and gets no more updates of it" in told()["sending"]["text"]


def test_an_item_that_a_stage_could_not_handle(told):
    dead = Dead(stage="tag", topic="items", partition=0, offset=4, key=ITEM.id, value=b"", error="ValueError: no", at=1)
    assert "dead requeue items/0/4" in told(tagged(), Out("dead", "items/0/4", encode(dead)))["dead"]["text"]


def test_an_alert_that_nobody_asked_for_and_one_that_a_filter_keeps_away(told):
    assert "no subscription" in told(tagged(), alerted())
    subscribe(told.command, "--threshold", "0.95")
    filtered = told()["filtered"]
    assert (filtered["subscription"], filtered["filter"]) == ("team", "threshold")
    assert "0.91 is under 0.95" in filtered["text"]


def test_an_alert_that_was_delivered_or_given_up(told):
    subscribe(told.command)
    attempt = Delivery(
        delivery="d",
        subscription="team",
        alert="a1",
        seq=0,
        attempt=2,
        outcome="failed",
        status=500,
        message="no",
        at=3,
    )
    told(tagged(), alerted())
    told.command.does("run", "match", "--once")
    steps = told(Out("deliveries", "team", encode(attempt)))
    assert (steps["failed"]["status"], steps["alert"]["kind"]) == (500, "new")
    done = msgspec.structs.replace(attempt, outcome="delivered", status=204, attempt=3)
    assert "attempt 3" in told(Out("deliveries", "team", encode(done)))["delivered"]["text"]


def test_an_alert_that_waits_for_a_digest(told):
    subscribe(told.command, "--digest", "00:00")
    told(tagged(), alerted())
    told.command.does("run", "match", "--once")
    assert "held for its digest" in told()["held"]["text"]


def test_an_item_that_is_held_back(told):
    log = SqliteLog(told.command.data / "stream.db")
    session = log.session("collect", ["feeds"])
    session.poll(0)
    partition, epoch = next(iter(session.owned().items()))
    row = Change("held", "f/2026-01", msgspec.json.encode([msgspec.structs.replace(ITEM, id="other", url=""), ITEM]))
    session.commit([Work(partition, epoch, changes=[row])])
    session.close()
    log.close()
    assert list(told()) == ["held back"]
