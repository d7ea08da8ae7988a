"""A theme of one's own, on both backends, while `run` goes on, without a restart: from nothing to a sure alert."""

import json
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.records import Delivery, Outbound, decode
from tests.deploy.command import Command
from tests.e2e.installation import Run
from tests.kafka_broker import free_ports
from tests.webserver import Web, answer, serve

THEME = "export-controls"
SET = Path(__file__).parents[1] / "bench" / "own_themes" / f"{THEME}.jsonl"
ABOUT = "Export controls on chips and other technology: rules, licences and entity lists, and ways round them."
NEWS = "Commerce ministry tightens export licences for lithography machines, adds 12 firms to entity list"
OTHER = "City library opens a new reading room for children"


def feed(*titles: str) -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>http://news.example/{number}</link><guid>{number}</guid></item>"
        for number, title in enumerate(titles)
    )
    body = f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'
    return answer(body.encode(), "Content-Type: application/rss+xml")


def taught() -> list[str]:
    """Options with sixteen items of the theme and sixteen that are not, half of which resemble it."""
    rows = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    ours = [row["title"] for row in rows if row["yes"] and not row["hard"]][:16]
    near, far = ([row["title"] for row in rows if not row["yes"] and row["hard"] is hard][:8] for hard in (True, False))
    others = [*near, *far]
    return [*(w for title in ours for w in ("--example", title)), *(w for title in others for w in ("--not", title))]


def first(log: Log, run: Run, topic: str, met) -> bytes:
    """The first value on a topic that is met; it fails when the run has ended."""
    with closing(log.reader([topic])) as reader:
        while True:
            run.alive()
            for record in reader.poll(1.0):
                if record.value and met(record.value):
                    return record.value


def asked(port: int, path: str):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as response:
        return json.loads(response.read())


@pytest.mark.slow
@pytest.mark.timeout(900)  # on a machine that does much else
def test_a_theme_is_watched_everywhere_without_a_restart(tmp_path, stream_url):
    [port] = free_ports(1)
    stated = {"stream.url": stream_url, "stream.partitions": "2", "web.listen": f"127.0.0.1:{port}"}
    polite = {"fetch.allow_networks": '["127.0.0.0/8"]', "fetch.host_gap": "0", "canary.interval": "0"}
    command = Command(tmp_path / "data", {**stated, **polite})
    with serve() as web:
        web.answers |= {"/feed.xml": feed("Nothing new"), "/hook": answer(status="204 No Content")}
        command.does("feeds", "add", f"{web.base}/feed.xml", "--yes", "--interval", "1", "--longest", "1")
        run = Run(command, [], (tmp_path / "run.log").open("ab"))
        try:
            with closing(open_log(Settings.model_validate({"stream": {"url": stream_url}}))) as log:
                watched_live(command, web, log, run, port)
        finally:
            run.kill()


def watched_live(command: Command, web: Web, log: Log, run: Run, port: int) -> None:
    first(log, run, "tagged", lambda value: True)
    assert (
        "there is no theme 'export-controls'"
        in command("subscriptions", "add", "me", "--theme", THEME, "--webhook", f"{web.base}/hook").failed()
    )
    added = command("themes", "add", THEME, "--about", ABOUT, *taught(), seconds=400)
    assert "its alerts may be sure" in added.out
    command.does("subscriptions", "add", "me", "--theme", THEME, "--webhook", f"{web.base}/hook")
    web.answers["/feed.xml"] = feed("Nothing new", OTHER, NEWS)
    sent = decode(first(log, run, "outbox", lambda value: True), Outbound)
    assert sent.alert is not None
    assert (sent.alert.theme, sent.alert.title, sent.alert.sure) == (THEME, NEWS, True)
    assert sent.alert.model.startswith("t-")
    assert sent.alert.reasons
    assert decode(first(log, run, "deliveries", lambda value: True), Delivery).outcome == "delivered"
    [mine] = [theme for theme in asked(port, "/api/themes")["items"] if not theme["ships"]]
    assert (mine["id"], mine["sure"]) == (THEME, True)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/alerts/{THEME}.atom", timeout=20) as response:
        assert NEWS in response.read().decode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as response:
        assert f'themewire_alerts_total{{kind="new",theme="{THEME}"}} 1.0' in response.read().decode()
    assert "is asked for by me" in command("themes", "remove", THEME).failed()
    command.does("themes", "remove", THEME, "--force")
    silent = first(log, run, "events", lambda value: b"none of its themes" in value)
    assert b"export-controls" in silent
    assert "there is no theme" in command("themes", "show", THEME).failed()
