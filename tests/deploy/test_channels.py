"""Each channel from the command line and the API to a real receiver, by `run deliver --once`."""

import json
import threading
import urllib.request
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry

from deploy.running.web import api_of
from deploy.settings.loading import load_settings
from deploy.settings.locations import ensure_topics, open_log
from stream.log.records import Out
from stream.records import Outbound, encode
from stream.sqlite import SqliteLog
from stream.themes.saved import shipped_themes
from stream.web import WebServer, application, bind
from tests.certificates import Authority
from tests.deploy.command import Command
from tests.mailserver import PASSWORD, USER, mail_server
from tests.stream.delivering.channels.test_webhook import Receiver
from tests.stream.stories.test_stages import alert
from tests.webserver import answer, serve

THEME = ["--theme", "standards"]
URL = "https://tw.example"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def mail(authority):
    with mail_server(starttls=authority.server(), login=True) as box:
        yield box


def with_mail(themewire: Command, authority: Authority, port: int) -> Command:
    of = {"host": "localhost", "port": str(port), "user": USER, "password": PASSWORD, "sender": "tw@mail.example"}
    mail = {f"mail.{name}": value for name, value in of.items()}
    return Command(themewire.data, {**themewire.settings, **mail, "mail.ca_file": str(authority.file), "web.url": URL})


def put(command: Command, name: str, delivery: str = "d1") -> None:
    """As if the match stage had decided to send an alert to this subscription."""
    log = SqliteLog(command.data / "stream.db")
    out = Outbound(delivery=delivery, subscription=name, revision=1, alert=alert(), why="w", at=1_800_000_000_000)
    log.append([Out("outbox", name, encode(out))])
    log.close()


def delivered(command: Command) -> list[str]:
    command.does("run", "deliver", "--once")
    return [row["outcome"] for row in command.does("deliveries", "list", "--json").lines]


def test_mail_from_the_command_line_to_the_mailbox(themewire, authority, mail):
    local = with_mail(themewire, authority, mail.port)
    local.does("subscriptions", "add", "me", *THEME, "--mail", "me@x.example")
    assert local.does("subscriptions", "show", "me").json["channel"]["address"] == "me@x.example"
    assert "mail me@x.example" in local.does("subscriptions", "list").out
    put(local, "me")
    assert delivered(local) == ["delivered"]
    (letter,) = mail.messages
    assert (letter["To"], letter["Message-ID"]) == ("me@x.example", "<d1@mail.example>")
    assert letter["List-Unsubscribe"].startswith(f"<{URL}/feedback/")
    assert letter["List-Unsubscribe"].strip("<>") in letter.get_body(("plain",)).get_content()
    assert mail.encrypted == [True]


def test_a_test_by_mail_tells_each_step(themewire, authority, mail):
    local = with_mail(themewire, authority, mail.port)
    local.does("subscriptions", "add", "me", *THEME, "--mail", "me@x.example")
    told = local.does("subscriptions", "test", "me").out
    steps = ["server", "tls", "login", "recipients", "response"]
    assert [line.partition(":")[0] for line in told.splitlines()] == steps
    assert mail.messages[0]["Subject"].startswith("Test: ")
    assert PASSWORD not in told
    mail.rcpt = ["550 5.1.1 no such user"]
    refused = local("subscriptions", "test", "me")
    assert (refused.status, "550 to the recipient me@x.example" in refused.err) == (1, True)
    assert "mail.host" in themewire("subscriptions", "test", "me").err


def test_a_mailbox_that_is_gone_ends_its_subscription(themewire, authority, mail):
    local = with_mail(themewire, authority, mail.port)
    local.does("subscriptions", "add", "me", *THEME, "--mail", "me@x.example")
    put(local, "me")
    mail.rcpt = ["550 5.1.1 no such user"]
    assert delivered(local) == ["given up"]
    assert "550" in local.does("subscriptions", "show", "me").json["ended"]


def test_a_chat_from_the_command_line(themewire, monkeypatch):
    receiver = Receiver((200, {}))
    monkeypatch.setenv("CHAT", receiver.url.replace("http:", "json:"))
    themewire.does("subscriptions", "add", "chat", *THEME, "--apprise", "env:CHAT")
    assert "apprise env:CHAT" in themewire.does("subscriptions", "list").out
    told = themewire.does("subscriptions", "test", "chat").out
    assert [line.partition(":")[0] for line in told.splitlines()] == ["reference", "response"]
    put(themewire, "chat")
    assert delivered(themewire) == ["delivered"]
    assert [json.loads(body)["title"] for _, body in receiver.got] == [
        "Test: [standards] A test of themewire: nothing has happened", "[t] T",
    ]  # fmt: skip
    receiver.close()


def test_what_cannot_be_a_channel_is_refused(themewire):
    add = ["subscriptions", "add", "me", *THEME]
    assert "no mail address" in themewire(*add, "--mail", "Me <me@x.example>").failed()
    refused = themewire(*add, "--apprise", "slack://hunter2").failed()
    assert ("by reference" in refused, "hunter2" in refused) == (True, False)
    assert "no option 'secret'" in themewire(*add, "--mail", "me@x.example", "--secret", "env:S").failed()


def test_a_webhook_with_an_authority_of_its_own(themewire, authority):
    server = authority.server()
    local = Command(themewire.data, {**themewire.settings, "fetch.allow_networks": '["127.0.0.0/8"]'})
    trusting = Command(local.data, {**local.settings, "deliver.ca_file": str(authority.file)})
    with serve(lambda sock: server.wrap_socket(sock, server_side=True)) as web:
        web.answers["/hook"] = answer(status="202 Accepted")
        local.does("subscriptions", "add", "hook", *THEME, "--webhook", f"https://localhost:{web.port}/hook")
        assert "the certificate of localhost is not trusted" in local("subscriptions", "test", "hook").err
        assert "202" in trusting.does("subscriptions", "test", "hook").out
        put(local, "hook", "d2")
        assert delivered(trusting) == ["delivered"]
        put(local, "hook")  # after it, since what waits behind a failure waits for its next try
        assert sorted(delivered(local)) == ["delivered", "failed"]
    wrong = Command(local.data, {**local.settings, "deliver.ca_file": str(local.data / "stream.db")})
    assert "setting deliver.ca_file: " in wrong("run", "deliver", "--once").failed()


@contextmanager
def api(command: Command):
    """The API over the command's stream, on a port of its own."""
    settings = load_settings(None, {**command.environ, "THEMEWIRE_WEB__LISTEN": "127.0.0.1:0"}, {})
    log, stopped, bound = open_log(settings), threading.Event(), bind("127.0.0.1:0")
    ensure_topics(settings, log)
    port = bound.getsockname()[1]
    api = api_of(settings, log, stopped, shipped_themes(), dict, CollectorRegistry)
    server = WebServer(application(CollectorRegistry, dict, api), bound)
    try:
        yield f"http://127.0.0.1:{port}/api/subscriptions"
    finally:
        stopped.set()
        server.close()
        log.close()


def put_over_http(base: str, name: str, kind: str, address: str) -> dict:
    body = json.dumps({"themes": ["standards"], "channel": {"kind": kind, "address": address}}).encode()
    asked = urllib.request.Request(f"{base}/{name}", body, {"Content-Type": "application/json"}, method="PUT")
    with urllib.request.urlopen(asked, timeout=20) as said:
        return json.load(said)


def test_each_channel_by_the_api(themewire, authority, mail, monkeypatch):
    chat, hook = Receiver((200, {})), Receiver((200, {}))
    monkeypatch.setenv("CHAT", chat.url.replace("http:", "json:"))
    local = with_mail(themewire, authority, mail.port)
    local = Command(local.data, {**local.settings, "fetch.allow_networks": '["127.0.0.0/8"]'})
    with api(local) as base:
        assert put_over_http(base, "mail", "mail", "me@x.example")["channel"]["address"] == "me@x.example"
        put_over_http(base, "chat", "apprise", "env:CHAT")
        put_over_http(base, "hook", "webhook", hook.url)
    for name in ("mail", "chat", "hook"):
        put(local, name, name)
    assert delivered(local) == ["delivered"] * 3
    assert (len(mail.letters), len(chat.got), len(hook.got)) == (1, 1, 1)
    chat.close()
    hook.close()


def test_what_is_lost_by_one_channel_is_told_by_another(themewire, authority, mail):
    local = with_mail(themewire, authority, mail.port)
    local = Command(local.data, {**local.settings, "fetch.allow_networks": '["127.0.0.0/8"]'})
    add = ["subscriptions", "add"]
    assert (
        "no subscription 'me'"
        in local(*add, "hook", *THEME, "--webhook", "http://a.example/", "--fallback", "me").failed()
    )
    local.does(*add, "me", *THEME, "--mail", "me@x.example")
    assert (
        "its own fallback"
        in local(*add, "me", *THEME, "--mail", "me@x.example", "--fallback", "me", "--replace").failed()
    )
    receiver = Receiver((410, {}))
    local.does(*add, "hook", *THEME, "--webhook", receiver.url, "--fallback", "me")
    assert "is the fallback of hook" in local("subscriptions", "remove", "me").failed()
    put(local, "hook")
    local.does("run", "match", "deliver", "--once")
    (letter,) = mail.messages
    assert letter["Subject"] == "[themewire] delivery given up: subscriptions/hook"
    text = letter.get_body(("plain",)).get_content()
    assert "the receiver answered 410" in text
    assert "Sent because: this subscription is the fallback of hook" in text
    receiver.close()
