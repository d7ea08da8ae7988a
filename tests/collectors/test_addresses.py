"""Which of an entry's links is its page, and whose it says to be."""

import json

import pytest

from collectors.parsing.parse import parse
from collectors.parsing.parsed import Entry, Parsed

URL = "https://feeds.example/news/feed"
NAMES = "xmlns:atom='http://www.w3.org/2005/Atom' xmlns:News='https://www.bing.com/news/search'"


def entry(document: str) -> Entry:
    found = parse(document.encode(), "application/xml", URL)
    assert isinstance(found, Parsed)
    return found.entries[0]


def rss(item: str) -> Entry:
    return entry(
        f"<rss version='2.0' {NAMES}><channel><title>C</title><item><title>T</title>{item}</item></channel></rss>"
    )


def atom(inside: str, lang: str = "en") -> Entry:
    return entry(
        f"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='{lang}'><title>F</title><id>urn:f</id>"
        f"<entry><id>urn:1</id><title>T</title>{inside}</entry></feed>"
    )


@pytest.mark.parametrize(
    ("item", "link"),
    [
        ("<link>https://a.example/1#v2</link>", "https://a.example/1#v2"),
        ("<link>www.a.example/1</link>", "http://www.a.example/1"),
        ("<link>//a.example/1</link>", "https://a.example/1"),
        ("<link>/1</link>", "https://feeds.example/1"),
        ("<guid>12345</guid>", ""),
        ("<guid>desk-1</guid>", ""),
        ("<guid>tag:a.example,2026:1</guid>", ""),
        ("<guid>https://a.example/1</guid>", "https://a.example/1"),
        ("<guid>www.a.example/1</guid>", "http://www.a.example/1"),
        ("<guid>//a.example/1</guid>", "https://a.example/1"),
        ("<guid isPermaLink='True'>https://a.example/1</guid>", "https://a.example/1"),
        ("<guid ispermalink=' TRUE '>https://a.example/1</guid>", "https://a.example/1"),
        ("<guid isPermaLink='true'>https://a.example/1</guid><link></link>", "https://a.example/1"),
        ("<link/><guid isPermaLink='true'>https://a.example/1</guid>", "https://a.example/1"),
        ("<link><![CDATA[]]></link><guid>https://a.example/1</guid>", "https://a.example/1"),
        ("<guid isPermaLink='false'>https://a.example/1</guid>", ""),
        ("<guid isPermaLink='False'>https://a.example/1</guid>", ""),
        ("<guid isPermaLink='true'>77</guid><link>https://a.example/1</link>", "https://a.example/1"),
        ("<enclosure url='https://cdn.example/1.mp3' type='audio/mpeg'/>", ""),
        (
            "<atom:link rel='self' href='https://a.example/1.rss'/><link>https://a.example/1</link>",
            "https://a.example/1",
        ),
        ("<link>https://a.example/1</link><atom:link rel='related' href='https://b.example/'/>", "https://a.example/1"),
    ],
)
def test_the_page_of_an_rss_item(item, link):
    assert rss(item).link == link


IANA = "http://www.iana.org/assignments/relation"


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ("<link href='/1'/>", "https://feeds.example/1"),
        (f"<link rel='{IANA}/alternate' href='/1'/><link rel='{IANA}/self' href='/2'/>", "https://feeds.example/1"),
        ("<link rel='Alternate' type='TEXT/HTML; charset=utf-8' href='/1'/>", "https://feeds.example/1"),
        ("<link type='application/xhtml+xml;profile=x' href='/1'/>", "https://feeds.example/1"),
        (
            "<link href='/1'/><link rel='enclosure' type='image/png'>https://cdn.example/1.png</link>",
            "https://feeds.example/1",
        ),
        ("<link rel='enclosure'>https://cdn.example/1.png</link>", ""),
        ("<link type='application/json' href='/1.json'/><link type='text/html' href='/1'/>", "https://feeds.example/1"),
        ("<link type='application/pdf' href='/1.pdf'/>", "https://feeds.example/1.pdf"),
        (
            "<link type='application/nostr+json' href='nostr:x'/><link rel='related' href='/1'/>",
            "https://feeds.example/1",
        ),
        ("<link hreflang='en' href='/en'/><link hreflang='de' href='/de'/>", "https://feeds.example/en"),
        ("<link hreflang='de' href='/de'/><link hreflang='en-GB' href='/en'/>", "https://feeds.example/en"),
        ("<link hreflang='de' href='/de'/><link hreflang='fr' href='/fr'/>", "https://feeds.example/de"),
        ("<link href='/1'/><link href='/2'/>", "https://feeds.example/1"),
        ("<link rel='replies' href='/1/feed'/><link rel='alternate' href='/1'/>", "https://feeds.example/1"),
        ("<link rel='related' href='/1'/>", "https://feeds.example/1"),
        ("<link rel='via' href='/2'/><link rel='related' href='/1'/>", "https://feeds.example/1"),
        ("<link rel='self' href='/1.atom'/><link rel='edit' href='/1.edit'/>", ""),
        ("<link rel='alternate' href='www.a.example/1'/>", "http://www.a.example/1"),
    ],
)
def test_the_page_of_an_atom_entry(links, expected):
    assert atom(links).link == expected


@pytest.mark.parametrize(
    ("item", "link"),
    [
        ({"id": 7}, ""),
        ({"id": "https://a.example/1"}, "https://a.example/1"),
        ({"id": "7", "url": "www.a.example/1"}, "http://www.a.example/1"),
        ({"id": "7", "external_url": "https://b.example/"}, "https://b.example/"),
    ],
)
def test_the_page_of_a_json_item(item, link):
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{**item, "title": "T"}]}
    assert entry(json.dumps(feed)).link == link


def test_what_an_aggregator_says_of_whom_it_took_an_entry_from():
    told = rss("<link>https://a.example/1</link><source url='https://wire.example/rss'> The Wire </source>")
    assert (told.source_name, told.source_url) == ("The Wire", "https://wire.example/rss")
    assert rss("<source>The Wire</source>").source_name == "The Wire"
    assert rss("<News:Source>The Wire</News:Source>").source_name == "The Wire"
    assert (rss("").source_name, rss("").source_url) == ("", "")


@pytest.mark.parametrize(
    ("source", "url"),
    [
        (
            "<link href='https://blog.example/'/><link rel='self' href='https://blog.example/feed'/>",
            "https://blog.example/",
        ),
        ("<id>https://blog.example/</id>", "https://blog.example/"),
        ("<id>urn:blog</id>", ""),
    ],
)
def test_an_atom_source_is_a_name_and_an_address(source, url):
    told = atom(f"<link href='/1'/><source><title>A Blog</title>{source}</source>")
    assert (told.source_name, told.source_url, told.link, told.title) == ("A Blog", url, "https://feeds.example/1", "T")
