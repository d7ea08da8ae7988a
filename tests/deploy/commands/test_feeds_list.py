"""`feeds list`: a line for each feed, those with trouble first."""

import pytest

from stream.records import Failure
from tests.deploy.commands.stream import feed, poll, put

A, B = "http://127.0.0.1:1/a", "http://127.0.0.1:1/b"


def test_list_says_why(themewire, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    failed = poll(
        A, outcome="status", error=Failure("status", "it said no"), state="failing", failures=3,
        since=1_700_000_000_000, next_poll=1_700_000_900_000, interval=900,
    )  # fmt: skip
    silent = poll(
        B, state="silent", document_entries=7, held=2, gap=True, moved_to="http://127.0.0.1:1/c", item_interval=86_400,
        last_item=1_600_000_000_000, since=1_650_000_000_000, interval=7200, next_poll=1_700_000_900_000,
    )  # fmt: skip
    put(themewire, feed(A), feed(B), failed, silent)
    rows = {row["url"]: row for row in themewire.does("feeds", "list", "--json").json}
    assert (rows[A]["state"], rows[A]["failures"], rows[A]["since"]) == ("failing", 3, 1_700_000_000_000)
    assert rows[A]["error"] == {"kind": "status", "message": "it said no"}
    assert (rows[B]["held_back"], rows[B]["gap"], rows[B]["moved_to"]) == (2, True, "http://127.0.0.1:1/c")
    assert (rows[B]["item_interval"], rows[B]["last_item"]) == (86_400, 1_600_000_000_000)
    printed = themewire.does("feeds", "list").out.splitlines()
    lines = {url: line for url in (A, B) for line in printed if f" {url} " in line}
    for words in ("status: it said no", "3 times", "failing since 2023-11-14 22:13:20", "poll 2023-11-14", "15 min"):
        assert words in lines[A]
    for words in ("7 entries", "silent since", "every 24 h", "moved to", "missed", "2 held back", "every 2 h"):
        assert words in lines[B]
    themewire.does("feeds", "pause", A)
    [line] = [line for line in themewire.does("feeds", "list").out.splitlines() if f" {A} " in line]
    assert "paused" in line
    assert "next" not in line


def test_an_address_of_the_default_list_is_unverified_until_it_has_been_read(themewire):
    refused = poll(A, outcome="connection", error=Failure("connection", "it refuses"), state="unverified")
    put(
        themewire,
        feed(A, unverified=True),
        feed(B, unverified=True),
        feed(f"{B}2", unverified=True),
        refused,
        poll(f"{B}2"),
    )
    *lines, total = themewire.does("feeds", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["unverified", "unverified", "healthy"]
    assert total == "3 feeds: 2 unverified, 1 healthy"
    assert {row["state"] for row in themewire.does("feeds", "list", "--json", "--state", "unverified").json} == {
        "unverified"
    }


@pytest.mark.parametrize("columns", [80, 132])
def test_list_has_a_line_for_each_feed_with_trouble_first_and_a_sum(themewire, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    urls = [f"http://127.0.0.1:1/{'far/' * 20}{n}" for n in range(20)]
    titles = [f"{'国' if n % 2 else 'X'}" * (5 + 3 * n) for n in range(20)]
    why = Failure("status", "it said no, at length, " * 9)
    states = {3: {"state": "silent"}, 11: {"state": "failing", "outcome": "status", "error": why}}
    feeds = [feed(url, title=title, paused=n == 15) for n, (url, title) in enumerate(zip(urls, titles, strict=True))]
    put(themewire, *feeds, *(poll(url, **states.get(n, {})) for n, url in enumerate(urls)))
    *lines, total = themewire.does("feeds", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["failing", "silent", "paused", *17 * ["healthy"]]
    assert all(sum(2 if c == "国" else 1 for c in line) <= columns for line in lines)
    assert "it said no" in lines[0]
    assert ("http://127.0.0.1:1/far/" in lines[0]) == (columns > 100)
    assert total == "20 feeds: 1 failing, 1 silent, 1 paused, 17 healthy"
    *some, total = themewire.does("feeds", "list", "--state", "failing", "--state", "silent").out.splitlines()
    assert some == lines[:2]
    assert total.startswith("2 of 20 feeds: ")
    assert [row["url"] for row in themewire.does("feeds", "list", "--json", "--state", "failing").json] == [urls[11]]


def test_a_feed_is_known_by_its_title_too(themewire):
    put(themewire, feed(A, title="The Law"), feed(B), poll(B, title="Das Recht"))
    assert A in themewire.does("feeds", "pause", "the law").out
    assert B in themewire.does("feeds", "pause", "das recht").out
    put(themewire, feed(f"{A}2", title="The Law"))
    assert f"{A} or {A}2" in themewire("feeds", "pause", "The Law").failed().replace(f"{A}2 or {A}", f"{A} or {A}2")
