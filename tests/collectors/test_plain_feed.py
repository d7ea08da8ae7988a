"""The fast way for plain feeds is feedparser's, field by field, or it is not taken; feedparser is the judge."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collectors.parsing.parse import feed_of
from collectors.parsing.parsed import Parsed
from collectors.parsing.plain_feed import read_plain
from collectors.parsing.recovery import read

URL = "https://feeds.example/news/feed.xml"
DECLARED = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:own="https://own.example/ns"'
)
GREEK = "Μονάδα &amp; πλακέτα"


def rss(items: str, head: str = "", root: str = DECLARED) -> bytes:
    return (
        f'<rss version="2.0" {root}><channel><title>Feed</title><link>https://example.com/</link>'
        f"<description>d</description>{head}{items}</channel></rss>"
    ).encode()


def atom(entries: str, head: str = "", root: str = DECLARED) -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><title>Feed</title><link href="https://example.com/"/>'
        f"<id>urn:feed</id>{head}{entries}</feed>"
    ).encode()


ITEM = (
    "<item><title>T &amp;amp; U</title><link>https://example.com/1?a=1&amp;b=2</link>"
    '<guid isPermaLink="false">urn:1</guid><pubDate>Mon, 06 May 2024 07:08:09 GMT</pubDate>'
)
ENTRY = (
    '<entry><title>T</title><link href="/1"/><id>urn:1</id><updated>2024-05-06T07:08:09Z</updated>'
    "<published>2024-05-05T07:08:09Z</published>"
)

PLAIN = {
    "rss": rss(f"{ITEM}<description>&lt;p&gt;S&lt;/p&gt;</description></item>"),
    "no item": rss(""),
    "description and content": rss(
        f"{ITEM}<description>S</description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded></item>"
    ),
    "content before description": rss(
        f"{ITEM}<content:encoded>Long</content:encoded><description>S</description></item>"
    ),
    "two descriptions": rss(f"{ITEM}<description>S</description><itunes:summary>Other</itunes:summary></item>"),
    "other letters": rss(f"<item><title>{GREEK}</title><description>{GREEK}</description></item>"),
    "encoded twice": rss("<item><title>CafÃ© \u0093x\u0094</title></item>"),
    "a guid for a link": rss("<item><title>T</title><guid>https://example.com/1</guid></item>"),
    "source": rss(f'{ITEM}<source url="https://other.example/feed">Other</source></item>'),
    "enclosure": rss(
        '<item><enclosure url="https://example.com/1.mp3" type="audio/mpeg" length="1"/><guid>https://example.com/1.mp3</guid></item>'
    ),
    "what nobody reads": rss(
        f"{ITEM}<category>c</category><author>a</author><comments>https://example.com/c</comments>"
        "<dc:creator>A</dc:creator><own:thing a='1'>x</own:thing><dc:date>2024-05-06</dc:date></item>",
        "<image><url>https://example.com/i.png</url><title>I</title><link>https://example.com/i</link></image>"
        "<ttl>60</ttl><sy:updatePeriod>hourly</sy:updatePeriod><language>en-gb</language>"
        '<atom:link rel="self" href="https://example.com/feed"/><skipHours><hour>1</hour></skipHours>'
        "<itunes:owner><itunes:name>N</itunes:name></itunes:owner><lastBuildDate>soon</lastBuildDate>",
    ),
    "media": rss(
        f'{ITEM}<media:content url="https://example.com/1.jpg"><media:title>M</media:title></media:content>'
        "<media:thumbnail url='https://example.com/2.jpg'/></item>"
    ),
    "declared within": rss(
        f'{ITEM}<m:content xmlns:m="http://search.yahoo.com/mrss/" url="https://example.com/1.jpg"/></item>'
    ),
    "atom": atom(f"{ENTRY}<summary>S</summary><content type='html'>&lt;p&gt;Long&lt;/p&gt;</content></entry>"),
    "atom xhtml": atom(
        f'{ENTRY}<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p class="a">L<br/>&amp; R</p></div>'
        "</content></entry>"
    ),
    "atom plain": atom(f"{ENTRY}<summary type='text'>a &lt; b</summary></entry>"),
    "atom languages": atom(
        f'{ENTRY}<summary xml:lang="de_AT">S</summary></entry><entry xml:lang="el"><title>T</title></entry>',
        root='xml:lang="en-US"',
    ),
    "atom bases": atom(
        f'{ENTRY}<content xml:base="https://b.example/x/">S</content></entry>{ENTRY}</entry>',
        root='xml:base="https://a.example/"',
    ),
    "atom first base within": atom(
        f'{ENTRY}<content xml:base="https://b.example/x/">S</content></entry>{ENTRY}</entry>'
    ),
    "atom links": atom(
        '<entry><link rel="related" href="https://example.com/r"/><link rel="alternate" type="application/pdf" '
        'href="1.pdf"/><link rel="alternate" hreflang="de" href="1.de"/><id>https://example.com/id</id></entry>'
    ),
    "atom source": atom(
        f'{ENTRY}<source><title>Other</title><id>urn:o</id><link href="https://other.example/"/></source></entry>'
    ),
    "youtube": atom(
        f"{ENTRY}<author><name>A</name><uri>https://example.com/a</uri></author><media:group><media:title>T</media:title>"
        "<media:description>About</media:description><media:community><media:statistics views='1'/></media:community>"
        "</media:group></entry>"
    ),
}
NOT_PLAIN = {
    "doctype": b"<!DOCTYPE rss>" + rss(ITEM + "</item>"),
    "rdf": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "markup that is not escaped": rss(f"{ITEM}<description>a <b>c</b></description></item>"),
    "an element that is not known": rss(f"{ITEM}<surprise>x</surprise></item>"),
    "a namespace by another's prefix": rss(
        f"{ITEM}<dc:title>x</dc:title></item>", root='xmlns:dc="http://search.yahoo.com/mrss/"'
    ),
    "an item outside": b'<rss version="2.0"><channel><title>F</title></channel><item><title>T</title></item></rss>',
    "a relative base": atom(f"{ENTRY}</entry>", root='xml:base="/x/"'),
    "base64": atom(f'{ENTRY}<content type="image/png">AAAA</content></entry>'),
    "two titles of the feed": rss("", head="<title>Again</title>"),
    "no XML": b"<rss><channel>",
    "many parts": rss(f"{ITEM}{'<category>c</category>' * 600}</item>"),
    "a date that feedparser fails on": rss(
        "<item><title>T</title><pubDate>Fri, 2006/99/15 08:19:53 EDT</pubDate></item>"
    ),
}


def both(document: bytes) -> tuple[Parsed | None, Parsed]:
    """What the fast way makes of a document, and what feedparser makes of it."""
    fast = read_plain(document)
    return (feed_of(fast, document, URL) if fast else None), feed_of(read(document), document, URL)


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_feed_is_read_as_feedparser_reads_it(name: str) -> None:
    fast, judged = both(PLAIN[name])
    assert fast == judged


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_what_only_feedparser_understands_is_left_to_it(name: str) -> None:
    assert read_plain(NOT_PLAIN[name]) is None


TEXTS = st.sampled_from(
    [
        *("", " ", "a", "A title", "2024-05-06T07:08:09Z", "Mon, 06 May 2024 07:08:09 +0000", "yesterday", "1/2/2024"),
        *("https://example.com/1", "/1", "http:///x", "1?a&amp;b;=2", "urn:x", "&lt;p&gt;a&lt;/p&gt;", "a &amp;lt; b"),
        *(
            "<![CDATA[<b>x</b>]]>",
            "<b>x</b>",
            "Ã©",
            "\u0093x\u0094",
            "\u00a0ü ",
            "日本",
            "x<!-- y -->z",
            "60",
            "hourly",
        ),
        *(
            '<div xmlns="http://www.w3.org/1999/xhtml">a<p>b</p></div>',
            "<name>N</name><uri>u</uri>",
            "T&#233;",
            "hourly",
        ),
        *("<media:title>M</media:title>", "<media:description>D</media:description>", "<title>inner</title>"),
    ]
)
KNOWN = """
title link guid id description summary content content:encoded pubDate published updated dc:date created source author
category enclosure media:title media:description media:group media:content media:thumbnail dc:title dc:creator image
itunes:summary itunes:image itunes:subtitle atom:link atom:summary own:thing comments rights subtitle language ttl
sy:updatePeriod item entry skipHours textInput name surprise dc:language dc:description itunes:category Title
"""
NAMES = st.sampled_from(KNOWN.split())
ATTRIBUTES = st.sampled_from(
    [
        *("", "", "", ' type="html"', ' type="xhtml"', ' type="text"', ' type="TEXT/html"', ' type="x"', ' mode="xml"'),
        *(' href="/h"', ' href="https://example.com/h"', ' rel="self" href="s"', ' rel="Related" href="r"'),
        *(' isPermaLink="false"', ' isPermaLink="true"', ' url="https://example.com/u"', ' xml:lang="de"', ' lang="x"'),
        *(' xml:base="https://b.example/y/"', ' xml:base="z/"', ' base="q"', ' own:href="x"', ' own:a="1"', ' src="s"'),
        *(' xmlns:own="https://another.example/"', ' xmlns="https://own.example/ns"', ' hreflang="de" href="d"'),
    ]
)
ELEMENTS = st.builds(lambda name, attributes, text: f"<{name}{attributes}>{text}</{name}>", NAMES, ATTRIBUTES, TEXTS)
PARTS = st.lists(ELEMENTS, max_size=7).map("".join)
ROOTS = st.sampled_from(["", "", ' xml:lang="en_US"', ' xml:base="https://a.example/"', ' base="x"']).map(
    DECLARED.__add__
)


@given(st.lists(PARTS, max_size=3), PARTS, ROOTS, st.booleans())
@settings(max_examples=150)
@example(["<title></title><source>s</source><media:title>M</media:title>"], "", DECLARED, False)
def test_whatever_is_taken_the_fast_way_comes_out_as_feedparser_has_it(
    entries: list[str], head: str, root: str, is_atom: bool
) -> None:
    name = "entry" if is_atom else "item"
    made = "".join(f"<{name}>{entry}</{name}>" for entry in entries)
    fast, judged = both((atom if is_atom else rss)(made, head, root))
    assert fast is None or fast == judged
