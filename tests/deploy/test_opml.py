import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.opml import OpmlError, read_opml, write_opml
from stream.records import Feed

LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=30)
TITLES = LINE.map(str.strip)
URLS = LINE.map(lambda text: f"http://a.example/{text}".strip())


@given(st.dictionaries(URLS, TITLES, max_size=8))
def test_what_is_written_is_read(feeds):
    document = write_opml([Feed(id=url, url=url, title=title) for url, title in feeds.items()])
    assert read_opml(document.encode()) == [(url, title or url) for url, title in feeds.items()]


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data):
    with contextlib.suppress(OpmlError):
        read_opml(data)


def test_nested_outlines_are_read_and_each_address_once_under_its_first_title():
    outline = '<outline text="Law"><outline title="A" xmlUrl=" http://a/ "/><outline text="B" xmlUrl="http://b/"/>'
    again = '<outline title="A again" XMLURL="http://a/"/></outline><outline text="no feed"/>'
    document = f'<opml version="1.0"><body>{outline}{again}</body></opml>'
    assert read_opml(document.encode()) == [("http://a/", "A"), ("http://b/", "B")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("what", ['<!ENTITY a "aaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">'])
def test_entities_are_refused_in_any_encoding(what, encoding):
    document = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE opml [{what}]>'
        '<opml><body><outline text="&a;" xmlUrl="http://a/"/></body></opml>'
    )
    with pytest.raises(OpmlError, match="entit"):
        read_opml(document.encode(encoding))


@pytest.mark.parametrize("document", ["", "not xml", "<opml>", "<rss/>", "<html><outline xmlUrl='http://a/'/></html>"])
def test_what_is_no_opml_is_refused(document):
    with pytest.raises(OpmlError):
        read_opml(document.encode())


def test_a_feed_without_a_title_is_named_by_its_address():
    assert read_opml(write_opml([Feed(id="a", url="http://a/?x=1&y=2")]).encode()) == [
        ("http://a/?x=1&y=2", "http://a/?x=1&y=2")
    ]
