"""ntfy and Gotify, each against a server that checks the documented form of its API."""

import re

import pytest

from tests.stream.delivering.channels.service import Asked, Refused, fields, hostile, send, serving
from tests.stream.delivering.test_message import OWN, told

MANY = tuple(told(id=f"a{n}", title=f"{n} " + "ü" * 110) for n in range(300))


class Ntfy:
    """Publishing as JSON; a sequence id replaces the notification before."""

    def __init__(self) -> None:
        self.shown: dict[str, dict] = {}

    def __call__(self, asked: Asked) -> tuple[int, object]:
        if (asked.method, asked.path) != ("POST", "/"):
            raise Refused(404, {"code": 40401, "http": 404, "error": "page not found"})
        if asked.headers.get("authorization", "Bearer tk_x") != "Bearer tk_x":
            raise Refused(401, {"code": 40101, "http": 401, "error": "unauthorized hunter2"})
        more = {"title": str, "message": str, "priority": int, "tags": list, "click": str, "actions": list}
        fields(asked.body, {"topic": str}, more)
        wrong = not re.fullmatch("[-_A-Za-z0-9]{1,64}", asked.body["topic"]) or asked.body["priority"] not in range(
            1, 6
        )
        if wrong or not re.fullmatch("[-_A-Za-z0-9]{1,64}", asked.headers["x-sequence-id"]):
            raise Refused(400, {"code": 40024, "http": 400, "error": "invalid request"})
        if len(asked.body["message"].encode()) > 4096:
            raise Refused(413)  # it becomes a file
        self.shown[asked.headers["x-sequence-id"]] = asked.body
        return 200, {"id": "abc", "event": "message"}


def gotify(asked: Asked) -> tuple[int, object]:
    """A server with one application."""
    if asked.headers.get("x-gotify-key") != "Atoken":
        raise Refused(
            401, {"error": "Unauthorized", "errorCode": 401, "errorDescription": asked.headers["x-gotify-key"]}
        )
    if (asked.method, asked.path) != ("POST", "/gotify/message"):
        raise Refused(404)
    fields(asked.body, {"message": str}, {"title": str, "priority": int, "extras": dict})
    return 200, {"id": 1, "appid": 1, "message": asked.body["message"], "date": "2026-01-01T00:00:00Z"}


@pytest.fixture
def service(request, monkeypatch):
    monkeypatch.setenv("TOKEN", "tk_x" if request.param is Ntfy else "Atoken")
    with serving(request.param() if request.param is Ntfy else request.param) as made:
        yield made


def to_ntfy(service, options=None, **of):
    return send("ntfy", f"{service.base}/news", options=options or {"token": "env:TOKEN"}, **of)


def to_gotify(service, options=None, **of):
    return send("gotify", f"{service.base}/gotify/", options={"token": "env:TOKEN", **(options or {})}, **of)


EACH = pytest.mark.parametrize(("service", "to"), [(Ntfy, to_ntfy), (gotify, to_gotify)], indirect=["service"])


@EACH
def test_a_message_is_in_the_documented_form_with_our_links_however_long_it_is(service, to):
    assert to(service).taken
    body = service.got[0].body
    assert body["title"] == "[standards] ISO committee votes on storage"
    assert OWN["wrong"] in body["message"]
    assert to(service, alert=None, alerts=MANY).taken
    assert to(service, alert=hostile()).taken


@EACH
def test_a_token_that_it_does_not_know_is_said_so_and_never_repeated(service, to, monkeypatch):
    monkeypatch.setenv("TOKEN", "hunter2")
    assert to(service).message == "the receiver answered 401: it does not know the token"
    service.refusals.append(Refused(429, "hunter2", Retry_After="5"))
    assert to(service).retry_after == 5.0


@EACH
@pytest.mark.parametrize(("severity", "priorities"), [("critical", (5, 10)), ("info", (2, 2))])
def test_severity_is_a_priority(service, to, severity, priorities):
    assert to(service, options={"severity": severity, "token": "env:TOKEN"}).taken
    assert service.got[0].body["priority"] in priorities


@pytest.mark.parametrize("service", [Ntfy], indirect=True)
def test_what_is_said_later_takes_the_place_of_the_notification(service):
    for kind in ("new", "update", "retracted"):
        assert to_ntfy(service, alert=told(kind=kind)).taken
    (shown,) = service.takes.shown.values()
    assert shown["title"].startswith("Retracted: ")
    assert (shown["priority"], shown["click"]) == (2, "https://wire.example/1")


@pytest.mark.parametrize("service", [Ntfy], indirect=True)
def test_a_topic_may_be_secret_and_needs_no_token(service, monkeypatch):
    monkeypatch.setenv("PHONE", f"{service.base}/hunter2")
    steps: list[str] = []
    assert send("ntfy", "env:PHONE", report=steps.append).taken
    service.refusals.append(Refused(403, "hunter2"))
    refused = send("ntfy", "env:PHONE", report=steps.append)
    assert refused.message == "the receiver answered 403: the topic needs a token that may write to it"
    assert "hunter2" not in str(steps)


@pytest.mark.parametrize("service", [gotify], indirect=True)
def test_a_tap_opens_the_item(service):
    assert to_gotify(service).taken
    assert service.got[0].body["extras"]["client::notification"] == {"click": {"url": "https://wire.example/1"}}


@pytest.mark.parametrize(
    ("kind", "address", "options", "why"),
    [
        ("ntfy", "https://ntfy.sh/", {}, "names no topic"),
        ("ntfy", "https://ntfy.sh/a", {"severity": "loud"}, "there is no severity 'loud'"),
        ("ntfy", "https://ntfy.sh/a?auth=x", {}, "password or a token"),
        ("gotify", "https://g.example", {}, "needs the option token"),
    ],
)
def test_what_can_never_be_delivered_to_is_refused_in_a_sentence(kind, address, options, why):
    with pytest.raises(ValueError, match=why):
        send(kind, address, options=options)
