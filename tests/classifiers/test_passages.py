"""What of an item is judged: all of it, in pieces that are subjects of their own, within a budget."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.judging.passages import LONGEST, MOST, cut, passage_around
from classifiers.judging.text import Text, line

GREETING = (
    "We hope that you have had a good week. Thank you for reading our letter again, and thank you to all who wrote. "
)
NEWS = [
    "Train drivers walk out over pay for the third week.",
    "The river burst its banks after a week of rain.",
    "A choir celebrates its anniversary with a concert.",
]
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
SENTENCES = st.lists(WORDS, min_size=1, max_size=30).map(lambda words: " ".join(words) + ".")
TEXTS = st.lists(st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join), max_size=12).map("\n".join)


def shown(item: Text, most: int = MOST) -> list[str]:
    """The passages behind the opening."""
    return [passage.line for passage in cut(item, most).passages[1:]]


@pytest.mark.parametrize("text", ["", "And more", "And\nmore", "<p>And</p> <p>more</p> https://example.org/1"])
def test_what_the_opening_tells_is_not_read_again(text):
    short = Text("A title", "And more", text=text)
    found = cut(short, MOST)
    assert (len(found.passages), found.partial) == (1, False)
    assert found.passages[0].line == line(short)


def test_what_stands_behind_the_opening_is_read():
    assert shown(Text("A letter", GREETING * 2 + NEWS[0])) == [NEWS[0]]
    cut_off = "And this is what we have heard of late: "
    assert shown(Text("A letter", f"{GREETING}{cut_off * 3}{NEWS[0]} {NEWS[1]}")) == [
        f"{cut_off * 3}{NEWS[0]} {NEWS[1]}"
    ]
    assert shown(Text("A letter", GREETING, text=GREETING + "\n" + "\n".join(NEWS))) == NEWS


def test_points_of_a_list_are_passages_and_short_ones_go_together():
    item = Text("Digest", "News", text="\n".join([*NEWS, "GPU", "AI law", "New chips", "訓練がGPUの故障で停止した"]))
    assert shown(item) == [*NEWS, "GPU AI law New chips 訓練がGPUの故障で停止した"]
    assert shown(Text("要約", "", text="訓練がGPUの故障で停止した\n新しい規格が採択された")) == [
        "訓練がGPUの故障で停止した",
        "新しい規格が採択された",
    ]


def test_paragraphs_of_a_page_are_passages_and_no_tag_is_cut():
    link = '<a href="https://example.org/?q=1. And 2">'
    page = f"<p>{GREETING * 2}</p><p>{NEWS[0]}</p><ul><li>{link}{NEWS[1]}</a></li></ul>"
    item = Text("A page", page)
    assert shown(item)[-2:] == NEWS[:2]
    assert not any("<" in each or "href" in each for each in shown(item))


def test_a_title_is_read_to_its_end_too():
    assert shown(Text(f"{GREETING * 2}{NEWS[0]}"))[-1].endswith(NEWS[0])


@given(TEXTS, TEXTS)
def test_every_sentence_is_judged(summary, text):
    item = Text("A title", summary, text=text)
    read = " ".join([line(item), *shown(item, 1000)])
    assert all(word in read for word in (text or summary).split())


@given(TEXTS, st.integers(1, 6))
def test_passages_are_within_the_budget_in_order_and_inside(text, most):
    found = cut(Text("A title", "", text=text), most)
    spans = [passage.span for passage in found.passages[1:]]
    assert len(found.passages) <= most
    assert all(0 <= span.start < span.end <= len(text) and span.end - span.start <= LONGEST for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    read = " ".join(["A title", *(text[span.start : span.end] for span in spans)])
    assert found.partial == any(word not in read for word in text.split()) or len(found.passages) == most


def test_passages_are_longer_before_any_is_left_out():
    text = (NEWS[0] + " " + NEWS[1] + " ") * 20
    many, few = cut(Text("", "", text=text), 1000), cut(Text("", "", text=text), len(text) // 300)
    assert max(len(p.line) for p in many.passages[1:]) <= 220 < max(len(p.line) for p in few.passages[1:])
    assert not few.partial
    points = cut(Text("", "", text="\n".join(NEWS * 20)), 15)
    assert (len(points.passages) <= 15, points.partial) == (True, False)
    assert cut(Text("", "", text=text), 3).partial


def test_what_was_cut_off_before_it_came_is_partial_too():
    assert cut(Text("A title", partial=True), MOST).partial


def test_what_stands_around_a_word():
    text = "\n".join(NEWS)
    at = text.index("The river")
    assert text[slice(*passage_around(text, at, at + 9))] == NEWS[1]
    assert passage_around("x" * 1000, 3, 900) == (3, 900)
