"""Of description and content all that is to be judged is kept, once, and what is left out is told."""

import pytest

from collectors.deciding.text.clean import clean, paragraphs
from collectors.deciding.text.full import text_of
from collectors.parsing.parsed import Entry

LONG = "The first of many sentences that a body has, and that its description has, too. "
MOST = 5000


def read(summary: str, content: str = "", most: int = MOST) -> tuple[str, bool]:
    entry = Entry("", "", "Title", summary, "", None, content=content)
    return text_of(entry, paragraphs(summary), clean(summary, 4000), most)


@pytest.mark.parametrize(
    ("summary", "content", "text"),
    [
        ("One line.", "", ""),
        ("<p>One line.</p>", "", ""),
        ("<p>One</p><p>Two</p>", "", "One\nTwo"),
        ("One", "<p>One and more</p><p>Two</p>", "One and more\nTwo"),
        (f"{LONG[:60]} […]", f"<p>{LONG}</p><p>More.</p>", f"{LONG.strip()}\nMore."),
        (f"{LONG}More.", LONG, ""),
        ("In short", "<p>A body of other words</p>", "In short\nA body of other words"),
        ("", "", ""),
    ],
)
def test_the_fuller_is_kept_or_both_where_neither_repeats_the_other(summary, content, text):
    assert read(summary, content) == (text, False)


def test_what_is_longer_than_is_kept_is_told():
    text, partial = read("One", LONG * 100)
    assert (len(text) <= MOST, text.endswith("…"), partial) == (True, True, True)
    text, partial = read(LONG * 60)  # more than a summary has
    assert (text, partial) == ((LONG * 60).strip(), False)
    assert read("One", "<b></b>" * 20_000)[1]  # of which only the beginning was looked at
