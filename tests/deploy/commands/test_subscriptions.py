"""Operators subscribe to events of health as people subscribe to themes."""

import msgspec
import pytest

from classifiers.learning.model_cache import shipped_model
from stream.log.records import Out
from stream.records import Delivery, Feed, encode
from stream.sqlite import SqliteLog
from tests.deploy.command import Command
from tests.stream.stories.test_stages import alert
from tests.webserver import answer, serve

THEME = ["--theme", "standards"]


@pytest.fixture
def web():
    with serve() as web:
        yield web


ADD = ["subscriptions", "add", "ops", "--webhook", "http://a.example/hook"]


def test_an_operator_subscribes_to_events(themewire):
    themewire.does(*ADD, "--event", "feed failing", "--event", "feed silent")
    shown = themewire.does("subscriptions", "show", "ops").json
    assert (shown["themes"], shown["events"]) == ([], ["feed failing", "feed silent"])
    assert "event feed silent" in themewire.does("subscriptions", "list").out
    assert "add --replace" in themewire(*ADD, "--event", "all").failed()
    assert themewire.does("subscriptions", "show", "ops").json["revision"] == 1
    themewire.does(*ADD, "--event", "all", "--theme", "standards", "--replace")
    assert themewire.does("subscriptions", "show", "ops").json["events"] == ["all"]


def test_an_event_that_is_not_known_is_refused_with_those_that_are(themewire):
    said = themewire(*ADD, "--event", "feed dead").failed()
    assert "'feed dead'" in said
    assert "feed silent" in said


def test_a_subscription_to_nothing_is_wrong_usage(themewire):
    assert "--event" in themewire(*ADD).failed(2)


FILTERS = [
    *("--theme", "standards", "--threshold", "0.8", "--lang", "fr", "--lang", "en", "--source", "wire.example"),
    *("--not-word", "opinion", "--word", "/iso [0-9]+/", "--quiet", "22:00-07:00", "--zone", "Europe/Lisbon"),
    *("--digest", "08:00", "--cap", "5", "--least-sources", "2"),
]


def test_filters_and_hours_are_kept_and_an_older_revision_is_refused(themewire):
    themewire.does(*ADD, *FILTERS, "--revision", "0")
    shown = themewire.does("subscriptions", "show", "ops").json
    assert (shown["languages"], shown["words"], shown["digest"], shown["cap"]) == (
        ["fr", "en"],
        ["/iso [0-9]+/"],
        ["08:00"],
        5,
    )
    assert (shown["quiet"], shown["zone"], shown["least_sources"], shown["revision"]) == (
        "22:00-07:00",
        "Europe/Lisbon",
        2,
        1,
    )
    assert "is at revision 1, not 0" in themewire(*ADD, *FILTERS, "--revision", "0").failed()
    assert "no time zone 'Mars'" in themewire(*ADD, "--theme", "standards", "--zone", "Mars", "--replace").failed()
    assert "'/(/' is refused" in themewire(*ADD, "--theme", "standards", "--word", "/(/", "--replace").failed()


def test_a_mute_is_a_revision_and_ends(themewire):
    themewire.does(*ADD, "--theme", "standards")
    assert "muted until" in themewire.does("subscriptions", "mute", "ops", "12h").out
    assert "muted until" in themewire.does("subscriptions", "list").out
    assert themewire.does("subscriptions", "show", "ops").json["revision"] == 2
    themewire.does("subscriptions", "mute", "ops", "0m")
    assert themewire.does("subscriptions", "show", "ops").json["muted_until"] == 0
    assert "is not a time span" in themewire("subscriptions", "mute", "ops", "soon").failed(2)


def test_a_preview_shows_what_would_have_been_sent_and_writes_nothing(themewire):
    themewire.does("feeds", "list")
    log = SqliteLog(themewire.data / "stream.db")
    for number in range(4):
        one = msgspec.structs.replace(alert(probability=0.5 + number / 10), id=f"a{number}", theme="standards")
        log.append([Out("alerts.standards", one.id, encode(one))])
    log.close()
    shown = themewire.does("subscriptions", "preview", "--theme", "standards", "--threshold", "0.65", "--json").json
    assert (shown["alerts"], len(shown["sent"]), shown["kept_away"]) == (4, 2, {"threshold": 2})
    assert [sent["alerts"][0]["id"] for sent in shown["sent"]] == ["a2", "a3"]
    text = themewire.does("subscriptions", "preview", "--theme", "standards", "--lang", "fr").out
    assert "of 4 alerts, 0 messages" in text
    assert "kept away by language: 4" in text
    assert themewire.does("subscriptions", "list").out == ""
    themewire.does(*ADD, "--theme", "standards")
    assert len(themewire.does("subscriptions", "preview", "ops", "--json").json["sent"]) == 4
    themewire("subscriptions", "preview").failed(2)


def test_a_subscription_gets_what_is_sure_and_may_choose_its_point_on_the_curve(themewire):
    known = shipped_model().evaluation
    themewire.does("feeds", "list")
    log = SqliteLog(themewire.data / "stream.db")
    for number, sure in enumerate((True, False)):
        one = msgspec.structs.replace(alert(probability=0.99), id=f"a{number}", theme="standards", sure=sure)
        log.append([Out("alerts.standards", one.id, encode(one))])
    log.close()
    asked = ("subscriptions", "preview", "--theme", "standards", "--json")
    shown = themewire.does(*asked).json
    assert (len(shown["sent"]), shown["kept_away"]) == (1, {"unsure": 1})
    assert {point["rate"]: point["threshold"] for point in shown["curve"]}[5] == known["ordinary.5.standards"]
    assert len(themewire.does(*asked, "--unsure").json["sent"]) == 2
    assert len(themewire.does(*asked, "--false-alerts", "5").json["sent"]) == 2
    assert "--false-alerts 5: 5 false alerts in 1,000" in themewire.does(*asked[:-1]).out
    themewire.does(*ADD, "--theme", "standards", "--theme", "ip-disputes", "--false-alerts", "5")
    most = max(known["ordinary.5.standards"], known["ordinary.5.ip-disputes"])
    assert themewire.does("subscriptions", "show", "ops").json["threshold"] == most
    assert "takes the place of --threshold" in themewire(*ADD, "--theme", "standards", "--false-alerts", "7").failed()


def test_a_test_alert_goes_through_the_channel_and_each_step_is_told(themewire, monkeypatch, web):
    monkeypatch.setenv("HOOK_SECRET", "whsec_c2VjcmV0")
    local = Command(themewire.data, {**themewire.settings, "fetch.allow_networks": '["127.0.0.0/8"]'})
    web.answers["/hook"] = answer(status="202 Accepted")
    hook = f"{web.base}/hook"
    themewire.does("subscriptions", "add", "me", *THEME, "--webhook", hook, "--secret", "env:HOOK_SECRET")
    told = local.does("subscriptions", "test", "me").out
    assert [line.partition(":")[0] for line in told.splitlines()] == ["address", "secret", "response"]
    assert "202" in told
    assert web.header("webhook-signature").startswith("v1,")
    web.answers["/hook"] = answer(status="500 Broken")
    assert "the receiver answered 500" in local("subscriptions", "test", "me").err
    assert "was not taken" in themewire("subscriptions", "test", "me").err  # loopback, and nothing allows it
    monkeypatch.delenv("HOOK_SECRET")
    assert "HOOK_SECRET" in local("subscriptions", "test", "me").err
    assert len(web.requests) == 2


def test_contracts_are_checked_with_the_model_that_serves(themewire):
    themewire.does(*ADD, *THEME, "--must-alert", "ISO committee votes on a new standard for storage")
    kept = themewire("subscriptions", "check", "--json")
    (row,) = kept.json
    assert (row["subscription"], row["must_alert"], kept.status) == ("ops", True, 0 if row["alerts"] else 1)
    themewire.does(*ADD, *THEME, "--replace", "--must-alert", "Eine Stadt feiert ihr Sommerfest am Fluss")
    broken = themewire("subscriptions", "check", "ops")
    assert (broken.status, broken.out.split()[0]) == (1, "BROKEN")


def test_what_may_be_a_mistake_is_warned_about_and_saved(themewire, monkeypatch):
    monkeypatch.delenv("HOOK", raising=False)
    themewire.does("feeds", "list")
    log = SqliteLog(themewire.data / "stream.db")
    log.append([Out("feeds", "f", encode(Feed(id="f", url="https://news.wire.example/feed", title="The Wire")))])
    log.close()
    add = ["subscriptions", "add", "me", *THEME, "--webhook", "http://192.168.0.7/", "--secret", "env:HOOK"]
    done = themewire(*add, "--source", "the wire", "--source", "wire.example", "--source", "Teh Wire")
    assert done.status == 0, done.err
    secret, address, source = done.err.splitlines()
    assert secret == "warning: the secret env:HOOK cannot be read"
    assert "192.168.0.7 is not public" in address
    assert "no feed is called 'Teh Wire'" in source
    assert "revision 1" in done.out


def test_the_list_shows_where_when_and_what_came_last(themewire):
    when = ["--digest", "08:00", "--quiet", "22:00-07:00", "--zone", "Europe/Lisbon", "--cap", "5"]
    themewire.does(*ADD, *THEME, *when)
    shown = themewire.does("subscriptions", "list").out
    for text in (
        "webhook http://a.example/hook",
        "digest 08:00 Europe/Lisbon",
        "quiet 22:00-07:00",
        "at most 5 an hour",
    ):
        assert text in shown
    assert "nothing sent yet" in shown
    log = SqliteLog(themewire.data / "stream.db")
    delivery = Delivery(
        delivery="d", subscription="ops", alert="a", seq=0, attempt=1, outcome="delivered", status=200, message="taken",
        at=86_400_000,
    )  # fmt: skip
    log.append([Out("deliveries", "ops", encode(delivery))])
    log.close()
    assert "last delivered 1970-01-02 00:00:00" in themewire.does("subscriptions", "list").out
    (row,) = themewire.does("subscriptions", "list", "--json").json
    assert (row["last_delivery"]["outcome"], row["last_delivery"]["at"]) == ("delivered", 86_400_000)


def test_a_feed_reader_is_given_an_address_that_can_be_revoked(themewire):
    themewire.does(*ADD, "--event", "all")
    at = Command(themewire.data, {**themewire.settings, "web.url": "https://tw.example/"})
    first = at.does("subscriptions", "atom", "ops").out
    assert first.startswith("https://tw.example/atom/subscription/ops/0-")
    assert at.does("subscriptions", "show", "ops").json["atom"] == first.strip()
    second = at.does("subscriptions", "atom", "ops", "--revoke").out
    assert second.startswith("https://tw.example/atom/subscription/ops/1-")
    assert at.does("subscriptions", "atom", "--theme", "standards").out.startswith("https://tw.example/atom/theme/")
    assert "no theme 'z'" in at("subscriptions", "atom", "--theme", "z").failed()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([word for n in range(501) for word in ("--word", f"w{n}")], "at most 500"),
        (["--source", "a\x1b[31m"], "control characters"),
        (["--webhook", "https://u:hunter2@x.example/?token=hunter2"], "by reference"),
    ],
    ids=["many", "control", "secret"],
)
def test_what_the_api_refuses_the_command_line_refuses_too(themewire, options, says):
    said = themewire("subscriptions", "add", "me", *THEME, "--webhook", "https://x.example/", *options).failed()
    assert says in said
    assert "hunter2" not in said
