"""JSON lines of items: what each says, and one sentence for each that says nothing."""

import json

import pytest

from collectors.importing.lines import LONGEST_LINE, BadLine, read_line
from collectors.parsing.parsed import Entry
from stream.records import Item, encode


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_a_line_has_what_an_entry_of_a_feed_has():
    found = read_line(
        line(
            id=7, title="CPU<GPU", summary="One line.", html="<p>All &amp; more</p>", url="https://e.example/7",
            lang="de", published="2024-05-01T12:00:00+02:00", source="ISO", source_url="https://iso.example/", more=[1],
        )
    )  # fmt: skip
    assert found == Entry(
        "7", "https://e.example/7", "CPU&lt;GPU", "One line.", "2024-05-01T12:00:00+02:00", 1_714_557_600_000, "de",
        "ISO", "https://iso.example/", "<p>All &amp; more</p>",
    )  # fmt: skip


def test_one_text_is_enough_and_milliseconds_are_a_date():
    assert read_line(line(text="Just this.")) == Entry("", "", "", "Just this.", "", None)
    assert read_line(line(title="T", published=1_714_557_600_000)).published_ms == 1_714_557_600_000


def test_an_item_of_the_stream_can_be_imported_as_it_is():
    item = Item(
        id="a", feed="f", source="S", entry="e", revision=0, url="https://e.example/1", title="T", summary="S",
        lang="en", published=1_714_557_600_000, date_quality="trusted", first_seen=1, baseline=False,
    )  # fmt: skip
    found = read_line(encode(item))
    assert (found.guid, found.link, found.title, found.published_ms) == ("a", item.url, "T", item.published)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"title", "not JSON"),
        (b'{"title": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "no JSON object"),
        (b"{}", "has no `title`"),
        (line(title=3), "`title` is no text"),
        (line(title="T", url="javascript:alert(1)"), "`url` is no web address"),
        (line(title="T", url="/relative"), "`url` is no web address"),
        (line(title="T", published="01/02/2026"), "`published` is not understood"),
        (line(title="T", published=-1), "`published` is not understood"),
        (line(title="T", published=True), "`published` is not understood"),
        (line(title="T", published=1e400), "`published` is not understood"),
        (line(title="T", id=[1]), "`id` is neither"),
        (b" " * LONGEST_LINE + b"{}", "longer than"),
    ],
)
def test_what_is_no_item_says_so_in_a_sentence(bad, says):
    with pytest.raises(BadLine) as found:
        read_line(bad)
    assert says in str(found.value)
    assert "\n" not in str(found.value)


def test_texts_are_bounded_as_those_of_feeds_are():
    found = read_line(line(title="t" * 30_000, text="x" * 200_000, id="i" * 2_000))
    assert (len(found.title), len(found.summary), len(found.guid)) == (20_000, 100_000, 32)
