"""Subscriptions on the page, on a real stream and to a receiver on loopback."""

import ipaddress

import msgspec
import pytest
from msgspec.structs import replace

from deploy.running.page.subscriptions import subscription_desk
from deploy.settings.fetching import FetchSettings
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.settings.serving import WebSettings
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.records import Delivery, Destination, Outbound, Subscription, encode
from stream.sqlite import SqliteLog
from stream.subscriptions.rules import InvalidSubscription
from stream.web.access import RequestRefused
from stream.web.subscriptions_api import SubscriptionsApi
from tests.stream.backends import read_all
from tests.stream.stories.test_stages import alert
from tests.webserver import answer, serve


@pytest.fixture
def web():
    with serve() as web:
        yield web


@pytest.fixture
def log(tmp_path):
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure(all_topics(("t",), 2))
    yield made
    made.close()


@pytest.fixture
def desk(log, tmp_path):
    networks = (ipaddress.ip_network("127.0.0.0/8"),)
    settings = Settings(
        data={"dir": tmp_path},
        fetch=FetchSettings(allow_networks=networks),
        web=WebSettings(url="https://tw.example", links_secret="a key of ours, long enough"),
    )
    return subscription_desk(settings, log, SubscriptionsApi(log, ("t",)))


def asked(**fields) -> Subscription:
    channel = Destination("webhook", "https://receiver.example/hook")
    return Subscription(**{"id": "team", "revision": 0, "channel": channel, "themes": ("t",), **fields})


def test_it_is_checked_and_kept_as_the_api_does(desk):
    assert desk.save(asked(), 0).revision == 1
    assert list(desk.all()) == ["team"]
    with pytest.raises(InvalidSubscription) as refused:
        desk.save(asked(languages=("deutsch",)), 1)
    assert refused.value.field == "languages"
    with pytest.raises(InvalidSubscription) as refused:  # as from afar: no file of this machine
        desk.check(asked(channel=Destination("webhook", "https://a.example/", {"secret": "file:/etc/passwd"})))
    assert refused.value.field == "channel"
    desk.remove("team")
    assert desk.all() == {}


def test_a_preview_decides_as_the_live_stage_would(desk, log):
    for number, lang in enumerate(("en", "pt", "en")):
        name = f"a{number}"
        raised = replace(alert(), id=name, story=name, lang=lang, title=f"Title {number}", alerted_at=clock())
        log.append([Out("alerts.t", name, encode(raised))])
    found = desk.preview(asked(languages=("en",)))
    assert (found.days, found.alerts) == (7, 3)
    assert sorted(each.alerts[0].title for each in found.messages) == ["Title 0", "Title 2"]
    assert [count for _, count in found.kept_away] == [1]
    assert read_all(log, "outbox") == []


def test_a_test_goes_to_the_receiver_and_brings_its_answer(desk, web):
    web.answers["/hook"] = answer(status="204 No Content")
    desk.save(asked(channel=Destination("webhook", f"{web.base}/hook")), 0)
    trial = desk.test("team")
    assert trial.taken
    assert any("can be delivered to" in step for step in trial.steps)
    assert web.header("webhook-id", 0)
    web.answers["/hook"] = answer(status="503 Not Now")
    trial = desk.test("team")
    assert (trial.taken, "503" in trial.answer) == (False, True)
    with pytest.raises(RequestRefused, match="no subscription"):
        desk.test("nobody")


def test_a_channel_that_is_not_set_up_is_an_answer_too(desk):
    desk.save(asked(channel=Destination("mail", "a@example.org")), 0)
    trial = desk.test("team")
    assert not trial.taken
    assert "mail.host" in trial.answer
    assert any("mail.host" in sentence for sentence in desk.warnings(desk.all()["team"]))


def test_only_what_was_given_up_is_sent_again(desk, log):
    out = Outbound(delivery="d", subscription="team", revision=1, alert=alert(), why="w", at=1)
    made = Delivery(delivery="d", subscription="team", alert="a", seq=0, attempt=9, outcome="failed", status=500,
                    message="no", at=2)  # fmt: skip
    log.append([Out("outbox", "team", encode(out)), Out("deliveries", "team", encode(made))])
    with pytest.raises(RequestRefused, match="given up"):
        desk.again("d")
    log.append([Out("deliveries", "team", encode(msgspec.structs.replace(made, outcome="given up")))])
    desk.again("d")
    assert len(read_all(log, "retry.deliver")) == 1


def test_an_atom_address_is_that_of_the_command_line_and_is_revoked(desk):
    desk.save(asked(), 0)
    first = desk.atom("team")
    assert first.startswith("https://tw.example/atom/subscription/team/0-")
    assert desk.revoke("team") == desk.atom("team") != first
    with pytest.raises(RequestRefused, match="no subscription"):
        desk.atom("nobody")
