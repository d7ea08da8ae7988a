"""Documents of every format, whole and damaged, come to entries or to a reason."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.text.clean import clean
from collectors.parsing.parse import parse
from collectors.parsing.parsed import Parsed, ParseFailed

URL = "https://feeds.example/news/feed.xml"
RSS_ITEM = """<item><title>T</title><link>https://example.com/1</link><guid isPermaLink="false">urn:g1</guid>
<pubDate>Mon, 06 May 2024 07:08:09 GMT</pubDate><description>S</description></item>"""
MOMENT = 1_714_979_289_000


def rss(items: str = RSS_ITEM, version: str = "2.0", prolog: str = "", head: str = "") -> str:
    return (
        f'{prolog}<rss version="{version}"><channel><title>Feed</title><link>https://example.com/</link>'
        f"<description>d</description><language>en-gb</language>{head}{items}</channel></rss>"
    )


def atom(namespace: str, fields: str, attributes: str = "") -> str:
    return f'<feed xmlns="{namespace}" {attributes}><title>Feed</title><entry>{fields}</entry></feed>'


ATOM_1 = atom(
    "http://www.w3.org/2005/Atom",
    '<title>T</title><link href="https://example.com/1"/><id>urn:g1</id><summary>S</summary>'
    "<published>2024-05-06T07:08:09Z</published><updated>2024-06-01T00:00:00Z</updated>",
)
ATOM_03 = atom(
    "http://purl.org/atom/ns#",
    '<title>T</title><link rel="alternate" type="text/html" href="https://example.com/1"/><id>urn:g1</id>'
    "<summary>S</summary><issued>2024-05-06T07:08:09Z</issued><modified>2024-06-01T00:00:00Z</modified>",
    'version="0.3"',
)
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://example.com/"><title>Feed</title>
<link>https://example.com/</link><description>d</description></channel>
<item rdf:about="urn:g1"><title>T</title><link>https://example.com/1</link><description>S</description>
<dc:date>2024-05-06T07:08:09Z</dc:date></item></rdf:RDF>"""


def read(document: str | bytes, content_type: str = "", url: str = URL) -> Parsed:
    found = parse(document if isinstance(document, bytes) else document.encode(), content_type, url)
    assert isinstance(found, Parsed), found
    return found


def refused(document: str | bytes) -> ParseFailed:
    found = parse(document if isinstance(document, bytes) else document.encode(), "", URL)
    assert isinstance(found, ParseFailed), found
    assert found.message.isprintable()
    return found


@pytest.mark.parametrize("document", [rss(), ATOM_1, ATOM_03, RDF], ids=["rss2.0", "atom1.0", "atom0.3", "rdf"])
def test_each_format_says_the_same(document):
    found = read(document)
    (entry,) = found.entries
    assert (found.title, found.damaged) == ("Feed", False)
    assert (entry.guid, entry.link, entry.title, entry.summary) == ("urn:g1", "https://example.com/1", "T", "S")
    assert entry.published_ms == MOMENT


def test_rss_0_91_has_neither_guids_nor_dates():
    item = "<item><title>T</title><link>https://example.com/1</link><description>S</description></item>"
    (entry,) = read(rss(item, "0.91")).entries
    assert (entry.guid, entry.link, entry.title, entry.published, entry.published_ms) == (
        *("", "https://example.com/1", "T", ""),
        None,
    )


def test_language_and_site_of_a_feed():
    found = read(rss())
    assert (found.lang, found.site, found.entries[0].lang) == ("en-gb", "https://example.com/", "en-gb")


def test_a_feed_without_entries_is_a_feed():
    assert read(rss("")).entries == ()


def test_a_date_is_read_here_and_not_by_half_as_feedparser_would():
    dates = "<pubDate>{}</pubDate><dc:date>2024-05-07</dc:date>".format
    head, title = 'xmlns:dc="http://purl.org/dc/elements/1.1/"', "<title>T</title>"

    def read_date(text: str) -> tuple[str, int | None]:
        document = rss(f"<item>{title}{dates(text)}</item>").replace("<rss ", f"<rss {head} ")
        (entry,) = read(document).entries
        return entry.published, entry.published_ms

    assert read_date("lundi, 6 mai 2024 07:08:09") == ("lundi, 6 mai 2024 07:08:09", MOMENT)
    assert read_date("Mon, 06 May 2024 04:08:09 PM GMT+9") == ("Mon, 06 May 2024 04:08:09 PM GMT+9", MOMENT)
    assert read_date("2024/5/6 07:08:09")[1] == MOMENT
    assert read_date("06/05/2024") == ("2024-05-07", 1_715_040_000_000)  # one that is understood counts first
    (entry,) = read(rss(f"<item>{title}<pubDate>Wed, 30 Nov -0001 00:00:00 +0000</pubDate></item>")).entries
    assert (entry.published, entry.published_ms) == ("Wed, 30 Nov -0001 00:00:00 +0000", None)


@pytest.mark.parametrize(
    ("encoding", "mark", "content_type"),
    [
        ("utf-8", b"", "application/rss+xml"),
        ("utf-8", codecs.BOM_UTF8, ""),
        ("utf-8", b"", "text/xml; charset=iso-8859-1"),
        ("iso-8859-7", b"", ""),
        ("windows-1253", b"", "application/xml; charset=windows-1253"),
        ("utf-16-le", codecs.BOM_UTF16_LE, ""),
        ("utf-16-be", codecs.BOM_UTF16_BE, ""),
    ],
)
def test_encodings(encoding, mark, content_type):
    named = encoding.removesuffix("-le").removesuffix("-be")
    document = rss("<item><title>Ελλάδα</title></item>", prolog=f'<?xml version="1.0" encoding="{named}"?>')
    found = read(mark + document.encode(encoding), content_type)
    assert found.entries[0].title == "Ελλάδα"


ENTITY = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
EXTERNAL = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("prolog", [ENTITY, EXTERNAL, "<!-- c -->" + ENTITY, "<?p i?>" + ENTITY])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
def test_declared_entities_are_refused(prolog, encoding):
    assert refused(rss("<item><title>&b;</title></item>", prolog=prolog).encode(encoding)).kind == "unsafe_xml"


@pytest.mark.parametrize("where", ["<!-- {} -->", "<?note {} ?>"])
def test_an_entity_in_a_remark_is_no_declaration(where):
    assert read(rss(prolog=where.format('<!ENTITY a "b">'))).entries[0].title == "T"


def test_an_entity_in_a_text_is_no_declaration():
    (entry,) = read(rss('<item><title><![CDATA[On <!ENTITY x "y"> in DTDs]]></title></item>')).entries
    assert "in DTDs" in entry.title


def test_a_doctype_without_entities_is_read():
    document = rss(
        prolog='<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss.dtd">'
    )
    assert read(document).entries[0].title == "T"


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("<!doctype html><html><head><title>Log in</title></head><body><p>x</body></html>", "a web page"),
        ("<HTML><body><table><tr><td>x", "a web page"),
        ("just words", "no feed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no feed"),
        ("<sitemap><url>https://example.com</url></sitemap>", "no feed"),
        ("%PDF-1.4", "no feed"),
    ],
)
def test_what_is_no_feed_is_said_to_be_none(document, what):
    found = refused(document)
    assert found.kind == "not_a_feed"
    assert what in found.message


@pytest.mark.parametrize(
    "document",
    [
        rss(RSS_ITEM + "<item><title>cut o"),
        rss("<item><title>A & B</title><link>https://example.com/?a=1&b=2</link></item>"),
        rss("<item><title>un<b>closed</title></item>"),
        rss("<item><foo:bar>x</foo:bar><title>T</title></item>"),
    ],
    ids=["cut", "ampersand", "unclosed", "prefix"],
)
def test_a_damaged_feed_is_read_as_far_as_it_goes_and_said_to_be_damaged(document):
    found = read(document)
    assert found.damaged
    assert found.entries[0].title


@pytest.mark.parametrize(
    "reference", ["&#xD800;", "&#55296;", "&#0;", "&#x1F;", "&#xFFFF;", "&#x110000;", "&#" + "9" * 30 + ";"]
)
@pytest.mark.parametrize("damage", ["", "&"])
def test_characters_that_do_not_exist_are_passed_over(reference, damage):
    (entry,) = read(
        rss(f'<item><title>a{reference}b</title><guid isPermaLink="false">x{reference}</guid></item>{damage}')
    ).entries
    assert (entry.title, entry.guid) == ("ab", "x")


def test_character_references_are_read():
    assert read(rss("<item><title>&#233;&#xE9;&#128512;&#000065;&#x2019;</title></item>")).entries[0].title == "éé😀A’"


def test_a_feed_that_is_cut_before_its_first_entry_is_damaged_beyond_use():
    assert refused(rss()[:60]).kind == "parse"


@pytest.mark.parametrize("media", ["text/plain", "text/html; charset=utf-8", "application/octet-stream", "nonsense"])
def test_a_wrong_media_type_is_no_damage(media):
    found = read(rss(), media)
    assert (len(found.entries), found.damaged) == (1, False)


@pytest.mark.parametrize(
    ("base", "link", "expected"),
    [
        ("", "/a", "https://feeds.example/a"),
        ("", "a", "https://feeds.example/news/a"),
        ("", "//other.example/a", "https://other.example/a"),
        ('xml:base="https://base.example/x/"', "a", "https://base.example/x/a"),
        ('xml:base="/y/"', "a", "https://feeds.example/y/a"),
    ],
)
def test_relative_links_start_at_the_document_or_its_base(base, link, expected):
    fields = f'<title>T</title><id>1</id><link href="{link}"/>'
    assert read(atom("http://www.w3.org/2005/Atom", fields, base)).entries[0].link == expected


def test_a_guid_that_is_a_permalink_is_the_link():
    assert (
        read(rss("<item><title>T</title><guid>https://example.com/p</guid></item>")).entries[0].link
        == "https://example.com/p"
    )


def test_fields_are_bounded():
    long = "x" * 300_000
    item = f"<item><title>{long}</title><guid>{long}</guid><link>https://e.example/{long}</link><description>{long}</description></item>"
    (entry, other) = read(rss(item + item.replace("<guid>", "<guid>y"))).entries
    assert [len(text) for text in (entry.title, entry.summary, entry.link)] == [20_000, 100_000, 4_000]
    assert (len(entry.guid), entry.guid != other.guid) == (32, True)


def test_a_document_of_more_entries_than_can_be_read_says_so():
    found = refused(rss("<item></item>" * 25_001))
    assert (found.kind, found.message) == (
        "too_large",
        "the document lists 25,001 entries, and at most 25,000 are read",
    )


def test_markup_is_handed_over_raw_and_not_followed():
    (entry,) = read(
        rss("<item><title>T</title><description>&lt;script&gt;x&lt;/script&gt;</description></item>")
    ).entries
    assert entry.summary == "<script>x</script>"


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: rss(text).encode("utf-8", "replace")))
def test_any_bytes_come_to_an_answer(body):
    assert isinstance(parse(body, "application/xml", URL), Parsed | ParseFailed)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE rss SYSTEM "<!--" [<!ENTITY a "b">]><!-- -->',
        '<!DOCTYPE rss SYSTEM "<?" [<!ENTITY a "b">]><?p ?>',
        '<!-- <a --><!DOCTYPE rss SYSTEM "<!--" [<!ENTITY a "b">]><!-- -->',
        '<!--\n<!ENTITY a "b">--><!DOCTYPE rss>',
    ],
)
def test_what_looks_like_a_remark_hides_no_entity(prolog):
    assert refused(rss("<item><title>&a;</title></item>", prolog=prolog).encode()).kind == "unsafe_xml"


def test_no_encoding_hides_an_entity():
    declaration = '<?xml version="1.0" encoding="cp037"?>'
    document = declaration + rss("<item><title>&a;</title></item>", prolog='<!DOCTYPE rss [<!ENTITY a "b">]>')
    assert refused(document.encode("cp037")).kind == "unsafe_xml"


@pytest.mark.parametrize(("encoding", "hidden"), [("unicode_escape", "\\x3c"), ("utf-7", "+ADw-")])
def test_what_is_no_encoding_of_the_web_spells_no_markup(encoding, hidden):
    prolog = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [{hidden}!ENTITY a "b">]>'
    assert read(rss("<item><title>&a;</title></item>", prolog=prolog)).entries[0].title == "&a;"


def test_characters_that_xml_has_not_are_passed_over():
    found = read(rss("<item><title>ctrl\x01 \x0cx\ufffe</title></item>"))
    assert (found.entries[0].title, found.damaged) == ("ctrl x", False)


def test_blanks_before_the_declaration_are_no_damage():
    found = read('\n \ufeff<?xml version="1.0" encoding="utf-8"?>' + rss())
    assert (len(found.entries), found.damaged) == (1, False)


@pytest.mark.parametrize(
    "shape", ["<x>" * 60_000 + "</x>" * 60_000, "<x " + " ".join(f'a{n}=""' for n in range(60_000)) + "/>"]
)
def test_shapes_that_would_take_minutes_are_refused(shape):
    assert refused(rss(f"<item><title>T</title>{shape}</item>").encode()).kind == "parse"


def test_half_a_surrogate_in_utf16_is_left_out():
    document = rss("<item><title>a &#xD83D;b</title></item>", prolog='<?xml version="1.0" encoding="utf-16"?>')
    assert read(document.encode("utf-16")).entries[0].title == "a b"


@pytest.mark.parametrize(
    ("said", "ttl", "hours"),
    [
        ("", 0, ()),
        ("<ttl>60</ttl>", 3600, ()),
        ("<ttl>soon</ttl>", 0, ()),
        ("<ttl>99999999999</ttl>", 604_800, ()),
        ("<skipHours><hour>3</hour><hour> 24 </hour><hour>99</hour></skipHours>", 0, (0, 3)),
        ("<skiphours><hour>3</hour></skiphours>", 0, (3,)),
    ],
)
def test_what_a_feed_says_of_its_rhythm(said, ttl, hours):
    found = read(f"<rss version='2.0'><channel><title>Feed</title>{said}</channel></rss>")
    assert (found.ttl, found.skip_hours) == (ttl, hours)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("<skipDays><day>Saturday</day><day> sunday\n</day><day>Caturday</day></skipDays>", (5, 6)),
        ("<skipdays><day>Mon</day></skipdays>", (0,)),
        ("<skipDays></skipDays>", ()),
    ],
)
def test_the_days_without_news(said, days):
    assert read(f"<rss version='2.0'><channel><title>Feed</title>{said}</channel></rss>").skip_days == days


@pytest.mark.parametrize("first", ["description", "content"])
def test_the_body_is_read_beside_the_description(first):
    description = "<description>In short</description>"
    content = '<c:encoded xmlns:c="http://purl.org/rss/1.0/modules/content/">At length, and more</c:encoded>'
    parts = [description, content] if first == "description" else [content, description]
    (entry,) = read(rss(f"<item><title>T</title>{''.join(parts)}</item>")).entries
    assert {entry.summary, entry.content} == {"In short", "At length, and more"}


def test_a_body_without_a_description_is_the_summary():
    content = '<c:encoded xmlns:c="http://purl.org/rss/1.0/modules/content/">At length</c:encoded>'
    (entry,) = read(rss(f"<item><title>T</title>{content}</item>")).entries
    assert (entry.summary, entry.content) == ("At length", "")


def titles(document: str) -> list[str]:
    return [clean(entry.title, 500) for entry in read(document).entries]


def atom_title(title: str, name: str = "title") -> str:
    return atom("http://www.w3.org/2005/Atom", f"<id>urn:g1</id>{title}".replace("title", name))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<title>CPU&lt;GPU: why</title>", "CPU<GPU: why"),
        ("<title>The &lt;video&gt; element</title>", "The <video> element"),
        ('<title type="text"><![CDATA[The <b>bold</b> one]]></title>', "The <b>bold</b> one"),
        ('<title type="html">The &lt;b&gt;bold&lt;/b&gt; one</title>', "The bold one"),
        ('<title type="html">Less: &amp;lt;em&amp;gt;</title>', "Less: <em>"),
        ('<title type="html">&lt;3 models</title>', "<3 models"),
        ('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <i>b</i> &lt;c&gt;</div></title>', "A b <c>"),
    ],
)
def test_an_atom_text_is_what_its_type_says(title, shown):
    assert titles(atom_title(title)) == [shown]
    (entry,) = read(atom_title(title, "summary")).entries
    assert clean(entry.summary, 500) == shown
    assert clean(read(atom_title("<title>T</title>").replace("<title>Feed</title>", title)).title, 500) == shown


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("A &lt;b&gt;bold&lt;/b&gt; one", "A bold one"),
        ("<![CDATA[A <b>bold</b> one]]>", "A bold one"),
        ("<![CDATA[A guide to &lt;head&gt; tags]]>", "A guide to <head> tags"),
        ("A guide to &amp;lt;head&amp;gt; tags", "A guide to <head> tags"),
        ("Tensor&lt;f16&gt; and &lt;stdio.h&gt;", "Tensor<f16> and <stdio.h>"),
        ("AT&amp;T, R&amp;amp;D", "AT&T, R&D"),
        ("1 &lt; 2 &amp;lt; 3", "1 < 2 < 3"),
    ],
)
def test_the_title_of_an_rss_item_is_what_is_escaped_how_often(title, shown):
    assert titles(rss(f"<item><title>{title}</title></item>")) == [shown]
    damaged = rss(f"<item><title>{title}</title></item><item><title>cut")  # by feedparser's loose parser
    assert titles(damaged)[0] == shown
