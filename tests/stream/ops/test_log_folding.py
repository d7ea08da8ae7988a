"""Log lines that repeat themselves."""

import io
import logging

import pytest

from stream.ops.log_folding import MOST_LINES, WRITTEN, FoldingHandler


@pytest.fixture
def log():
    out = io.StringIO()
    handler = FoldingHandler(out)
    logger = logging.Logger("ours")
    logger.addHandler(handler)

    def say(text: str, at: float, error: Exception | None = None) -> None:
        info = (type(error), error, None) if error else None
        record = logger.makeRecord("ours", logging.ERROR, "file", 1, text, (), info)
        record.created = at
        logger.handle(record)

    yield say, out, handler
    handler.close()


def test_a_flood_is_some_lines_and_its_count(log):
    say, out, _ = log
    for number in range(20_000):
        say("no more files", 100 + number / 1000, OSError("files"))
    assert out.getvalue().count("no more files") == WRITTEN
    say("another", 200)
    assert f"no more files (and {20_000 - WRITTEN:,} more times within 60 s)\nanother\n" in out.getvalue()
    say("no more files", 201)
    assert out.getvalue().endswith("another\nno more files\n")


def test_different_lines_are_all_written(log):
    say, out, handler = log
    for number in range(3 * MOST_LINES):
        say(f"feed {number}", 100)
    assert len(out.getvalue().splitlines()) == 3 * MOST_LINES
    assert len(handler._seen) <= MOST_LINES + 1


def test_what_was_left_out_is_told_at_the_end(log):
    say, out, handler = log
    for _ in range(WRITTEN + 2):
        say("again", 100)
    handler.close()
    assert out.getvalue().endswith("again (and 2 more times within 60 s)\n")
