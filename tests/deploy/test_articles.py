"""The way of an article through the command line: asked for, read or not, on the stream and shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from deploy.running.first_day import feed_id
from tests.webserver import answer, serve

HTML = "Content-Type: text/html; charset=utf-8"
WORDS = "The scheduler lost four nodes at once, and the training run could not be brought back. " * 4


def rss(count: int) -> bytes:
    dates = [format_datetime(datetime.now(UTC) - timedelta(minutes=9 - n)) for n in range(count)]
    items = "".join(
        f"<item><title>Nodes {n}</title><link>/a{n}</link><guid>g{n}</guid><pubDate>{date}</pubDate></item>"
        for n, date in enumerate(dates)
    )
    return answer(f"<rss version='2.0'><channel><title>S</title>{items}</channel></rss>".encode())


@pytest.fixture
def site():
    with serve() as web:
        web.answers["/feed"] = rss(1)
        for n in (1, 2):
            web.answers[f"/a{n}"] = answer(
                f"<html><body><article><p>{WORDS}</p></article></body></html>".encode(), HTML
            )
        web.answers["/robots.txt"] = answer(b"User-agent: *\nDisallow: /a2\n")
        yield web


def test_articles_of_new_items_are_read_and_a_forbidden_one_is_said(themewire, site, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")  # room for all that is said of a feed
    opened = {"fetch.allow_networks": '["127.0.0.0/8"]', "fetch.host_gap": "0"}
    command = replace(themewire, settings={**themewire.settings, **opened})
    url = site.base + "/feed"
    command.does("feeds", "add", url, "--yes", "--interval", "3600", "--articles", "short")
    assert command.does("run", "collect", "--once", "--json").json["items_new"] == 1
    assert not any("/a0" in request for request in site.requests)  # history is not asked about
    site.answers["/feed"] = rss(3)
    command.does("feeds", "resume", feed_id(url))  # it is looked at soon
    summary = command.does("run", "collect", "--once", "--json").json
    assert (summary["items_new"], summary["lost"]) == (2, {})
    lines = command.does("tail", "items", "--from-start", "--no-follow", "--json").lines
    items = {line["value"]["title"]: line["value"] for line in lines}
    assert {title: item["article"] for title, item in items.items()} == {
        "Nodes 0": "",
        "Nodes 1": "read",
        "Nodes 2": "robots",
    }
    assert items["Nodes 1"]["text"].startswith(WORDS.strip())
    command.does("feeds", "resume", feed_id(url))
    command.does("run", "collect", "--once")
    (row,) = command.does("feeds", "list", "--json").json
    message = "the site's robots.txt does not allow it"
    assert row["articles"] == {"read": 1, "failed": 1, "error": {"kind": "robots", "message": message}}
    assert f"1 of 2 articles could not be read: {message}" in command.does("feeds", "list").out
