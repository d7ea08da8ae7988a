"""What the demo prints for another terminal: the commands do what they say."""

import shlex
import subprocess

import msgspec
import pytest

from deploy.running.invitation import invitation, show_delivery
from deploy.settings.model import Settings
from seeds.themes import load_themes
from stream.delivering.channels.webhook import WebhookBody
from stream.records import Alert, HealthEvent, decode
from tests.deploy.command import Command
from tests.stream.index.test_index import alert

INBOX = "http://127.0.0.1:9/inbox"


def test_the_command_that_it_prints_subscribes_to_all_themes_of_the_demos_stream(tmp_path):
    settings = Settings.model_validate({"data": {"dir": tmp_path / "the data"}})
    [line] = [line for line in invitation(settings, 24, INBOX, False).splitlines() if "subscriptions add" in line]
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, env=Command(tmp_path).environ)
    assert done.returncode == 0, done.stderr
    [shown] = Command(tmp_path / "the data").does("subscriptions", "list", "--json").json
    assert (shown["id"], shown["channel"]["address"]) == ("me", INBOX)
    assert set(shown["themes"]) == {theme.id for theme in load_themes()}


def test_it_says_where_to_look_if_there_is_something_to_look_at(tmp_path):
    said = invitation(Settings.model_validate({"web": {"listen": "127.0.0.1:7"}}), 24, INBOX, True)
    assert "http://127.0.0.1:7/metrics" in said
    assert "curl -N http://127.0.0.1:7/alerts/" in said
    assert "--data" not in said  # the settings say where it is
    assert "http://127" not in invitation(Settings.model_validate({"web": {"listen": ""}}), 1, "", True)


ALERT = msgspec.structs.replace(decode(alert("i").value, Alert), title="A \x1b title")
EVENT = HealthEvent(subject="f", kind="feed failing", message="it fails", at=1)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (WebhookBody("alert", "d", "me", "w", ALERT), "  delivered to me, alert: A   title\n"),
        (WebhookBody("event", "d", "me", "w", event=EVENT), "  delivered to me, event: it fails\n"),
        (WebhookBody("digest", "d", "me", "w", alerts=(ALERT, ALERT)), "  delivered to me, digest: 2 alerts\n"),
        ({"other": 1}, ""),
    ],
)
def test_what_comes_to_the_inbox_is_one_line(capsys, body, line):
    show_delivery(msgspec.json.encode(body))
    assert capsys.readouterr().out == line
