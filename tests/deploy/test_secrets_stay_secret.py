"""Secrets of every kind are planted, used, and looked for in all that a run leaves behind and says."""

import base64
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings
from stream.log.records import Out
from stream.records import Feed, HealthEvent, encode
from tests.deploy.command import Command
from tests.e2e.installation import Run
from tests.kafka_broker import free_ports
from tests.stream.backends import read_all, until
from tests.webserver import answer, serve

NAMES = (
    *("operator", "labeller", "reader", "links", "mail", "address", "userinfo", "webhook", "file", "feed", "chat"),
    *("wrong", "typed", "slack", "routing", "token"),
)
PLANTED = {name: f"canary-{name}-of-32-characters-or-so" for name in NAMES} | {"short": "canary-short"}
SPARED = ("secrets", "settings.toml", "links.key")  # what was planted there is there


@pytest.fixture
def receiver():
    with serve() as web:
        hook = answer(b"no", status="500 Not Now")
        web.answers.update(
            {f"/hook?token={PLANTED['address']}": hook, "/chat/": hook, "/feed": answer(status="401 No")}
        )
        yield web


def test_no_secret_is_in_logs_records_metrics_pages_or_errors(tmp_path, monkeypatch, receiver):
    here = _Here(tmp_path, receiver.port)
    for name, value in {
        "HOOK": f"http://u:{PLANTED['userinfo']}@127.0.0.1:{receiver.port}/hook?token={PLANTED['address']}",
        "HOOK_SECRET": PLANTED["webhook"],
        "FEED": f"user:{PLANTED['feed']}",
        "SLACK": f"http://127.0.0.1:{receiver.port}/services/{PLANTED['slack']}",
        "ROUTING_KEY": PLANTED["routing"],
        "TOKEN": PLANTED["token"],
        "CHAT": f"json://user:{PLANTED['chat']}@127.0.0.1:{receiver.port}/chat/",
    }.items():
        monkeypatch.setenv(name, value)
    run = Run(here.command, ["collect", "match", "deliver", "web", *here.config], (tmp_path / "run.log").open("ab"))
    try:
        until(lambda: here.get("/live") == "live\n")
        _subscribe(here, receiver.port)
        event = HealthEvent(subject="s", kind="feed failing", message="m", at=1)
        here.log.append([Out("events", "s", encode(event))])
        until(
            lambda: (
                {"hook", "plain", "chat", "mail", "slack", "oncall", "phone"}
                <= {_value(each)["subscription"] for each in read_all(here.log, "deliveries")}
            )
        )
        until(lambda: read_all(here.log, "polls"))
        pages = [here.get(path) for path in ("/metrics", "/ready", "/api/subscriptions", "/api/openapi.json")]
        pages += [here.get("/alerts/standards.atom"), here.get("/api/themes/standards/atom")]
        assert run.terminate(30) == 0
    finally:
        run.kill()
    said = [*pages, *here.said, *_commands(here)]
    asked = "".join(receiver.requests)
    for name in ("address", "feed", "chat", "slack", "token"):  # they were used
        assert PLANTED[name] in asked or _basic("user", PLANTED[name]) in asked, name
    _look("what was said", "\n".join(said).encode())
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not any(part in SPARED for part in path.parts)]
    assert {"run.log", "stream.db"} <= {path.name for path in files}
    for path in files:
        _look(path.name, path.read_bytes())


class _Here:
    """An installation with secrets in its settings, and what it said to whom it refused."""

    def __init__(self, folder: Path, port: int) -> None:
        (web,) = free_ports(1)
        (folder / "data" / "secrets").mkdir(parents=True)
        (folder / "data" / "secrets" / "hook").write_text(PLANTED["file"])
        (folder / "settings.toml").write_text(f'[web]\nlabeller_token = "{PLANTED["labeller"]}"\n')
        settings = {
            **{
                "web.listen": f"127.0.0.1:{web}",
                "web.token": PLANTED["operator"],
                "web.reader_token": PLANTED["reader"],
            },
            **{"web.links_secret": PLANTED["links"], "mail.password": PLANTED["mail"], "mail.user": "themewire"},
            **{"mail.host": "127.0.0.1", "mail.port": "1", "mail.tls": "none", "mail.sender": "t@example.org"},
            **{"fetch.allow_networks": '["127.0.0.0/8"]', "log.level": "debug", "canary.interval": "0"},
            **{"stream.partitions": "1", "fetch.host_gap": "0"},
            **{"pagerduty.url": f"http://127.0.0.1:{port}/v2/enqueue"},
        }
        self.base = f"http://127.0.0.1:{web}"
        self.command = Command(folder / "data", settings)
        self.config = ("--config", str(folder / "settings.toml"))
        stated = Settings.model_validate({"data": {"dir": folder / "data"}, "stream": {"partitions": 1}})
        self.log = open_log(stated)
        ensure_topics(stated, self.log)
        feed = Feed(id="f", url=f"http://127.0.0.1:{port}/feed", credentials="basic env:FEED")
        self.log.append([Out("feeds", "f", encode(feed))])
        self.said: list[str] = []

    def ask(self, method: str, path: str, body: Any = None, token: str = PLANTED["operator"]) -> str:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.base + path, sent, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=20) as got:
                return str(got.read().decode())
        except urllib.error.HTTPError as error:
            self.said.append(f"{error.headers}{error.read().decode()}")
        except OSError:  # it has not begun yet
            pass
        return ""

    def get(self, path: str) -> str:
        return self.ask("GET", path)


def _subscribe(here: _Here, port: int) -> None:
    plain = f"http://127.0.0.1:{port}/plain"
    for name, channel in {
        "hook": {"kind": "webhook", "address": "env:HOOK", "options": {"secret": "env:HOOK_SECRET"}},
        "plain": {"kind": "webhook", "address": plain, "options": {"secret": "file:hook"}},
        "chat": {"kind": "apprise", "address": "env:CHAT"},
        "mail": {"kind": "mail", "address": "me@example.org"},
        "slack": {"kind": "slack", "address": "env:SLACK"},
        "oncall": {"kind": "pagerduty", "address": "env:ROUTING_KEY"},
        "phone": {"kind": "gotify", "address": plain, "options": {"token": "env:TOKEN"}},
    }.items():
        assert here.ask("PUT", f"/api/subscriptions/{name}", {"events": ["all"], "channel": channel}), here.said
    typed = f"{plain}?token={PLANTED['typed']}"
    here.ask("PUT", "/api/subscriptions/typed", {"events": ["all"], "channel": {"kind": "webhook", "address": typed}})
    here.ask("GET", "/api/subscriptions", token=PLANTED["wrong"])
    assert len(here.said) == 2


def _commands(here: _Here) -> list[str]:
    asked = [
        ["subscriptions", "list", "--json"],
        ["deliveries", "list"],
        ["subscriptions", "test", "hook"],
        ["feeds", "list"],
    ]
    done = [here.command(*words, *here.config) for words in asked]
    short = Command(here.command.data, {**here.command.settings, "web.links_secret": PLANTED["short"]})
    done.append(short("feeds", "list"))
    assert "setting web.links_secret" in done[-1].err
    return [text for each in done for text in (each.out, each.err)]


def _value(record: Any) -> dict[str, Any]:
    return dict(json.loads(record.value))


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _look(where: str, found: bytes) -> None:
    for name, secret in PLANTED.items():
        for form in (secret, _basic("user", secret), base64.b64encode(secret.encode()).decode()):
            assert form.encode() not in found, f"the secret {name} is in {where}"
