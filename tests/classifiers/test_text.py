from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.judging.text import Span, Text, line, spans, too_short, without

_texts = st.builds(Text, st.text(max_size=400), st.text(max_size=600))


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        ("A title", "And more", "A title. And more"),
        ("Is it?", "It is", "Is it? It is"),
        ("見出し。", "本文", "見出し。 本文"),
        ("Same", "Same and more", "Same and more"),
        ("", "Only a summary", "Only a summary"),
        ("A &amp; B", "<p>x\n<b>y</b></p> https://example.org/z", "A & B. x y"),
        ("1 < 2", "a <3", "1 < 2. a <3"),
        (" ", "", ""),
    ],
)
def test_line(title, summary, expected):
    assert line(Text(title, summary)) == expected


@given(_texts)
def test_a_line_is_one_bounded_line(text):
    clean = line(text)
    assert len(clean) <= 422
    assert not set(clean) & set("\n\t\r")


@pytest.mark.parametrize(("clean", "short"), [("", True), ("AI", True), ("1234567890!", True), ("A headline", False)])
def test_too_short(clean, short):
    assert too_short(clean) is short


def test_few_ideograms_say_enough():
    assert not too_short("訓練が停止")


@given(_texts, st.integers(2, 10))
def test_spans_are_few_in_order_and_inside(text, at_most):
    found = spans(text, at_most)
    assert len(found) <= at_most
    for span in found:
        value = getattr(text, span.field)
        assert 0 <= span.start < span.end <= len(value)
        assert value[span.start : span.end].strip()
    for one, other in pairwise(found):
        assert one.field != other.field or one.end <= other.start


def test_spans_cut_a_script_without_spaces():
    assert len(spans(Text("大規模言語モデルの学習がGPUの故障で停止した"), 8)) > 2


def test_a_title_alone_is_cut_too():
    assert len(spans(Text("Train drivers walk out over pay"), 8)) > 2


def test_without():
    assert without(Text("one two three", "x"), Span("title", 4, 7)) == Text("one   three", "x")
    assert line(without(Text("one", "two, three"), Span("summary", 0, 3))) == "one. , three"
