"""Log lines: one a record whatever the world says, with fields for machines and the trouble's course behind it."""

import json
import logging

from stream.log.records import Out
from stream.ops.commit_log import CommitLog
from stream.ops.log_format import JsonLines, TextLines, fields
from stream.records import Dead, HealthEvent, Poll, encode
from stream.units import HOUR, SECOND

EVIL = "fine\n12:00:00 INFO deploy: all is well\x1b[2J\u2028\u202e"


def record(message: str, *args: object, error: Exception | None = None, **told: object) -> logging.LogRecord:
    made = logging.LogRecord(
        "stream.x", logging.INFO, "", 0, message, args, (type(error), error, None) if error else None
    )
    made.__dict__.update(fields(**told))
    return made


def test_no_text_forges_a_line_or_steers_a_terminal():
    line = TextLines().format(record("polled %s", EVIL, title=EVIL, feed="f1"))
    assert line.isprintable()
    assert line.endswith(" feed=f1")
    row = JsonLines().format(record("polled %s", EVIL, title=EVIL))
    assert "\n" not in row
    assert json.loads(row)["title"] == EVIL


def test_a_traceback_is_indented_and_no_line_of_it_passes_for_one_of_ours():
    line, *rest = TextLines().format(record("failed", error=ValueError(EVIL))).splitlines()
    assert line.endswith("INFO stream.x: failed")
    assert rest
    assert all(each.startswith("    ") and each.isprintable() for each in rest)


def test_fields_do_not_take_the_place_of_what_a_line_always_has():
    row = json.loads(JsonLines().format(record("m", level="low", outcome="ok", seconds=0.5)))
    assert (row["level"], row["outcome"], row["seconds"], row["message"]) == ("info", "ok", 0.5, "m")


def test_what_has_landed_is_told_at_the_level_of_who_needs_it(caplog):
    dead = Dead(stage="tag", topic="items", partition=0, offset=1, key="k", value=None, error="ValueError: x", at=1)
    event = HealthEvent(subject="f", kind="feed failing", message="since today", at=1)
    poll = Poll(feed="f", url="http://f/", title="", at=1, outcome="ok", error=None, state="healthy")
    outs = [Out("dead", "items/0/1", encode(dead)), Out("events", "f", encode(event)), Out("polls", "f", encode(poll))]
    with caplog.at_level(logging.DEBUG):
        CommitLog("collect").outputs(outs)
    assert [(each.levelname, each.fields) for each in caplog.records] == [
        ("ERROR", {"stage": "tag", "origin": "items/0/1", "key": "k"}),
        ("INFO", {"subject": "f"}),
        ("DEBUG", {"feed": "f", "outcome": "ok", "seconds": 0, "entries": 0, "new": 0}),
    ]


def failing(url: str, at: int) -> Out:
    return Out("events", url, encode(HealthEvent(subject=url, kind="feed failing", message=url, at=at)))


def test_hundreds_of_feeds_that_fail_at_once_are_counted_and_a_single_one_later_is_named(caplog):
    told = CommitLog("collect")
    with caplog.at_level(logging.INFO):
        for n in range(250):
            told.outputs([failing(f"http://{n}/", at=n * SECOND)])
        lines = [each.getMessage() for each in caplog.records]
        caplog.clear()
        told.outputs([failing("http://later/", at=HOUR)])
    *named, more, count = lines
    assert named == [f"feed failing: http://{n}/" for n in range(10)]
    assert "themewire tail events" in more
    assert count == "feed failing: 100 of late"
    assert [each.getMessage() for each in caplog.records] == ["feed failing: http://later/"]
