"""How numbers, spans and long texts are written for people, and how far something is."""

import io
import sys

import pytest

from deploy.progress import progress
from deploy.wording import fitted, plural
from stream.units import show_span


class Terminal(io.StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        return True


def test_a_noun_is_plural_but_after_one():
    assert [plural(n, "feed") for n in range(3)] == ["0 feeds", "1 feed", "2 feeds"]
    assert [plural(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]


@pytest.mark.parametrize(("seconds", "says"), [(90, "90 s"), (300, "5 min"), (12_600, "3.5 h"), (172_800, "2 d")])
def test_a_span_is_said_in_one_unit(seconds, says):
    assert show_span(seconds) == says


@pytest.mark.parametrize(
    ("text", "cut"),
    [("abc", "abc  "), ("abcde", "abcde"), ("abcdef", "abcd…"), ("国国国", "国国…"), ("e\u0301a", "e\u0301a   ")],
)
def test_a_text_is_fitted_to_the_columns_that_it_takes(text, cut):
    assert fitted(text, 5) == cut


def test_progress_has_a_share_and_the_time_left_on_a_terminal_and_is_silent_elsewhere(monkeypatch):
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress(4, "classifying") as done:
            done(1)
            done(3)
    assert "100%" in terminal.getvalue()
    assert "classifying" in terminal.getvalue()
    assert file.getvalue() == ""
