"""JSON Feed 1.0 and 1.1."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.text.clean import clean
from collectors.parsing.jsonfeed import looks_like_json, parse_json
from collectors.parsing.parsed import Parsed, ParseFailed

URL = "https://feeds.example/news/feed.json"


def read(**feed: object) -> Parsed:
    found = parse_json(json.dumps(feed).encode(), URL)
    assert isinstance(found, Parsed), found
    return found


def entry(**item: object):
    return read(items=[item]).entries[0]


def test_version_1_1():
    item = {"id": "1", "url": "https://example.com/1", "title": "T", "content_html": "<p>S</p>", "language": "de"}
    item |= {"date_published": "2024-05-06T07:08:09Z"}
    found = read(
        version="https://jsonfeed.org/version/1.1",
        title="Feed",
        home_page_url="https://example.com/",
        language="en",
        items=[item, {"id": "2"}],
    )
    one, two = found.entries
    assert (found.title, found.site, found.lang, found.damaged) == ("Feed", "https://example.com/", "en", False)
    assert (one.guid, one.link, one.title, one.summary) == ("1", "https://example.com/1", "T", "<p>S</p>")
    assert (one.published, one.lang, two.lang) == ("2024-05-06T07:08:09Z", "de", "en")


def test_what_stands_in_for_what():
    assert entry(summary="a", content_text="b").summary == "a"
    assert entry(content_text="b").summary == "b"
    assert (entry(summary="a", content_text="b").content, entry(content_text="b").content) == ("b", "")
    assert entry(external_url="https://example.com/e").link == "https://example.com/e"
    assert entry(date_modified="2024-05-06").published == "2024-05-06"


def test_all_but_content_html_is_plain_text():
    words = "CPU<GPU, <stdio.h> and <b>bold</b>"
    for name in ("summary", "content_text"):
        assert clean(entry(title=words, **{name: words}).summary, 500) == words
    one = entry(title=words, content_html="CPU<GPU, <code>&lt;stdio.h&gt;</code> and <b>bold</b>")
    assert (clean(one.title, 500), clean(one.summary, 500)) == (words, "CPU<GPU, <stdio.h> and bold")
    assert clean(read(title=words, items=[]).title, 500) == words


@pytest.mark.parametrize(
    ("link", "expected"),
    [("a", "https://feeds.example/news/a"), ("/a", "https://feeds.example/a"), ("http://[", ""), (7, ""), (None, "")],
)
def test_links_are_absolute(link, expected):
    assert entry(url=link).link == expected


@pytest.mark.parametrize(
    ("given_", "expected"), [("a", "a"), (7, "7"), (True, ""), (None, ""), ([], ""), ("\ud800", "?")]
)
def test_ids(given_, expected):
    assert entry(id=given_).guid == expected


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "parse"),
        (b'{"items": [{"id": 1}', "parse"),
        (b"[" * 100_000, "parse"),
        (b"{}", "not_a_feed"),
        (b"[]", "not_a_feed"),
        (b'{"items": 7}', "not_a_feed"),
        (b'{"error": "not found"}', "not_a_feed"),
    ],
)
def test_what_is_no_feed(body, kind):
    found = parse_json(body, URL)
    assert isinstance(found, ParseFailed)
    assert found.kind == kind


def test_more_items_than_can_be_read():
    found = parse_json(json.dumps({"items": [{}] * 25_001}).encode(), URL)
    assert isinstance(found, ParseFailed)
    assert found.kind == "too_large"


def test_what_is_no_item_is_passed_over():
    assert [one.guid for one in read(items=[None, 1, "x", [], {"id": "1"}]).entries] == ["1"]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"", b" \r\n\t"])
def test_a_mark_or_space_before_it(mark):
    body = mark + b'{"title": "\xc3\xa9", "items": []}'
    assert looks_like_json(body)
    found = parse_json(body, URL)
    assert isinstance(found, Parsed)
    assert found.title == "é"


def test_xml_does_not_look_like_json():
    assert not looks_like_json(b"<rss/>")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
NAMES = [
    "id",
    "url",
    "title",
    "summary",
    "content_html",
    "content_text",
    "date_published",
    "author",
    "authors",
    "language",
]


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6), max_size=3), JSON)
def test_whatever_an_item_holds_can_be_read_and_handed_on(items, title):
    found = read(title=title, items=items)
    assert len(found.entries) == len(items)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Parsed) == found
