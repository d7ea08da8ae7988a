"""PagerDuty and Opsgenie, each against a server that checks the documented form of its API."""

import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from stream.delivering.channels.incident import incident_of
from stream.delivering.channels.opsgenie import OpsgenieSettings
from stream.delivering.channels.pagerduty import PagerdutySettings
from stream.records import HealthEvent
from tests.stream.delivering.channels.service import Asked, Refused, fields, hostile, send, serving
from tests.stream.delivering.test_message import OWN, out, told

KEY = "0123456789abcdef0123456789abcdef"
SILENT = HealthEvent(subject="feeds/f", kind="feed silent", message="m", at=5)
HEALTHY = HealthEvent(subject="feeds/f", kind="feed healthy", message="m", at=6)


class PagerDuty:
    """The Events API v2."""

    def __init__(self) -> None:
        self.open: set[str] = set()

    def __call__(self, asked: Asked) -> tuple[int, object]:
        event = asked.body
        if (asked.method, asked.path) != ("POST", "/v2/enqueue") or not isinstance(event, dict):
            raise Refused(404)
        common = {"routing_key": str, "event_action": str, "dedup_key": str}
        fields(event, common, {"payload": dict, "links": list, "client": str, "client_url": str, "images": list})
        if not re.fullmatch("[0-9a-z]{32}", event["routing_key"]) or len(event["dedup_key"]) > 255:
            raise Refused(400, {"status": "invalid event", "errors": [event["routing_key"]]})
        if event["event_action"] == "resolve":
            self.open.discard(event["dedup_key"])
        elif event["event_action"] == "trigger":
            payload = event["payload"]
            needed = {"summary": str, "source": str, "severity": str}
            more = {"timestamp": str, "component": str, "group": str, "class": str, "custom_details": dict}
            fields(payload, needed, more)
            datetime.fromisoformat(payload["timestamp"])
            if payload["severity"] not in ("critical", "error", "warning", "info") or len(payload["summary"]) > 1024:
                raise Refused(400, {"status": "invalid event"})
            for link in event["links"]:
                fields(link, {"href": str}, {"text": str})
            self.open.add(event["dedup_key"])
        else:
            raise Refused(400, {"status": "invalid event"})
        return 202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}


@pytest.fixture
def pagerduty(monkeypatch):
    monkeypatch.setenv("KEY", KEY)
    with serving(PagerDuty()) as made:
        yield made


def page(service, **of):
    options, settings = of.pop("options", {}), PagerdutySettings(url=f"{service.base}/v2/enqueue")
    return send("pagerduty", "env:KEY", options=options, settings=settings, **of)


def test_an_alert_opens_an_incident_which_its_update_repeats_and_its_retraction_resolves(pagerduty):
    for kind, is_open in (("new", True), ("update", True), ("retracted", False)):
        assert page(pagerduty, alert=told(kind=kind)).taken
        assert pagerduty.takes.open == ({told().id} if is_open else set())
    opened = pagerduty.got[0].body
    assert {event.body["dedup_key"] for event in pagerduty.got} == {told().id}
    assert opened["payload"]["summary"] == "[standards] ISO committee votes on storage"
    assert opened["links"][0] == {"href": "https://wire.example/1", "text": "The item"}
    assert OWN["wrong"] in [link["href"] for link in opened["links"]]


@pytest.mark.parametrize(
    ("given", "test", "severity"), [("", False, "warning"), ("error", False, "error"), ("critical", True, "info")]
)
def test_severity_is_the_option_and_that_of_a_test_is_the_least(pagerduty, given, test, severity):
    assert page(pagerduty, options={"severity": given} if given else {}, test=test).taken
    assert pagerduty.got[0].body["payload"]["severity"] == severity


def test_what_is_wrong_with_a_feed_is_one_incident_until_it_recovers(pagerduty):
    for event, is_open in ((SILENT, 1), (HEALTHY, 0)):
        assert page(pagerduty, alert=None, event=event).taken
        assert len(pagerduty.takes.open) == is_open


def test_one_trouble_of_a_subscription_does_not_end_another():
    kinds = ("delivery given up", "subscription silent", "subscription heard again")
    events = [HealthEvent(subject="subscriptions/s", kind=kind, message="m", at=5) for kind in kinds]
    given_up, silent, heard = (incident_of(out(alert=None, event=event)) for event in events)
    assert (silent.key, silent.action) == (heard.key, "open")
    assert (given_up.key != heard.key, heard.action) == (True, "resolve")


def test_a_digest_is_an_incident_of_its_own():
    assert incident_of(out(alert=None, alerts=(told(), told()))).key == "d1"


def test_a_service_that_is_busy_or_refuses_is_obeyed_and_its_words_are_not_repeated(pagerduty, monkeypatch):
    pagerduty.refusals.append(Refused(429, "", Retry_After="120"))
    busy = page(pagerduty)
    assert (busy.taken, busy.status, busy.retry_after, busy.gone) == (False, 429, 120.0, False)
    monkeypatch.setenv("KEY", "hunter2-not-a-key")  # the service repeats it in its error
    refused = page(pagerduty)
    assert (refused.taken, refused.status) == (False, 400)
    assert "hunter2" not in refused.message
    assert "the routing key" in refused.message


class Opsgenie:
    """The Alert API."""

    def __init__(self) -> None:
        self.open: dict[str, list[str]] = {}

    def __call__(self, asked: Asked) -> tuple[int, object]:
        if asked.method != "POST" or asked.headers.get("authorization") != f"GenieKey {KEY}":
            raise Refused(401, {"message": f"Could not authenticate {asked.headers['authorization']}"})
        url = urlsplit(asked.path)
        if url.path == "/v2/alerts":
            more = {"alias": str, "description": str, "tags": list, "details": dict, "priority": str, "source": str}
            fields(asked.body, {"message": str}, more)
            over = len(asked.body["message"]) > 130 or len(asked.body["alias"]) > 512
            if (
                over
                or len(asked.body["description"]) > 15_000
                or asked.body["priority"] not in ("P1", "P2", "P3", "P4", "P5")
            ):
                raise Refused(422, {"message": "Request body is not processable"})
            fields(asked.body.get("details", {}), {}, {"url": str})
            self.open.setdefault(asked.body["alias"], [])
        else:
            found = re.fullmatch("/v2/alerts/([^/]+)/(close|notes)", url.path)
            fields(asked.body, {"note": str}, {"source": str, "user": str})
            if (
                found is None
                or parse_qs(url.query) != {"identifierType": ["alias"]}
                or len(asked.body["note"]) > 25_000
            ):
                raise Refused(422)
            if found[2] == "close":
                self.open.pop(found[1], None)
            elif found[1] in self.open:
                self.open[found[1]].append(asked.body["note"])
        return 202, {"result": "Request will be processed", "took": 0.1, "requestId": "r"}


@pytest.fixture
def opsgenie(monkeypatch):
    monkeypatch.setenv("KEY", KEY)
    with serving(Opsgenie()) as made:
        yield made


def alarm(service, **of):
    settings = OpsgenieSettings(url=f"{service.base}/v2/alerts")
    return send("opsgenie", "env:KEY", settings=settings, **of)


def test_an_alert_is_opened_noted_and_closed_under_its_alias(opsgenie):
    assert alarm(opsgenie, options={"severity": "critical"}).taken
    assert opsgenie.got[0].body["priority"] == "P1"
    assert alarm(opsgenie, alert=told(kind="update")).taken
    assert [note.split("\n")[0] for note in opsgenie.takes.open[told().id]] == [
        "Update: [standards] ISO committee votes on storage"
    ]
    assert alarm(opsgenie, alert=told(kind="retracted")).taken
    assert opsgenie.takes.open == {}


def test_long_texts_are_cut_to_what_it_takes_with_all_links_of_ours(opsgenie):
    assert alarm(opsgenie, alert=told(title="x " * 400, summary="y" * 5000)).taken
    many = tuple(told(id=f"a{n}", title=f"{n} " + "z" * 110) for n in range(300))
    assert alarm(opsgenie, alert=None, alerts=many).taken
    assert "…" in opsgenie.got[1].body["description"]


def test_a_key_that_it_does_not_know_is_said_so_and_never_repeated(opsgenie, monkeypatch):
    monkeypatch.setenv("KEY", "hunter2")
    refused = alarm(opsgenie)
    assert refused.message == "the receiver answered 401: it does not know this key"
    assert alarm(opsgenie, alert=hostile()).taken is False
