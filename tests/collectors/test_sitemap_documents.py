"""Sitemaps as bytes: of all forms and encodings, damaged and hostile ones."""

import pytest

from collectors.deciding.text.address_title import address_title
from collectors.parsing.parsed import Parsed, ParseFailed
from collectors.parsing.sitemap import is_index, is_sitemap, parse_index, parse_sitemap

URL = "https://a.example/sitemap.xml"
NEWS = """<?xml version="1.0" encoding="utf-16"?><!-- by hand -->
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="i"
xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
<url><image:image><image:loc>/1.png</image:loc></image:image><loc> https://a.example/1 </loc>
<lastmod>2024-05-07</lastmod><n:news><n:publication><n:name>Post</n:name><n:language>de</n:language></n:publication>
<n:publication_date>2024-05-06T10:00:00Z</n:publication_date><n:title>CPU &lt;GPU</n:title></n:news></url></urlset>"""


def many(count: int, date: str = "<lastmod>2024-05-06T10:{n:02}:00Z</lastmod>") -> bytes:
    rows = (f"<url><loc>https://a.example/news/{n}-a-story</loc>{date.format(n=n % 60)}</url>" for n in range(count))
    return f"<urlset>{''.join(rows)}</urlset>".encode()


def parsed(body: bytes, most: int = 10_000, match: str = "") -> Parsed | ParseFailed:
    return parse_sitemap(body, "application/xml", URL, most=most, match=match)


def test_a_news_sitemap_has_titles_dates_and_languages():
    found = parsed(NEWS.encode("utf-16"))
    assert isinstance(found, Parsed)
    (entry,) = found.entries
    assert (entry.title, entry.link, entry.lang, found.title) == (
        "CPU &lt;GPU",
        "https://a.example/1",
        "de",
        "Post",
    )
    assert (entry.published, entry.published_ms) == ("2024-05-06T10:00:00Z", 1_714_989_600_000)


def test_of_more_pages_than_are_read_the_newest_count():
    found = parsed(many(50_000), most=500)
    assert isinstance(found, Parsed)
    assert {entry.published[14:16] for entry in found.entries} == {"59"}
    assert found.warnings == ("the sitemap lists 50,000 pages, and the 500 newest are read",)


def test_where_none_can_be_called_the_newest_it_is_said_what_to_do():
    undated = parsed(many(2_000, ""), most=500)
    assert isinstance(undated, ParseFailed)
    assert (undated.kind, "match" in undated.message) == ("too_large", True)
    chosen = parsed(many(2_000, ""), most=500, match="/news/10[0-9]{2}-")
    assert isinstance(chosen, Parsed)
    assert len(chosen.entries) == 100


def test_no_document_lists_more_than_a_sitemap_may(monkeypatch):
    monkeypatch.setattr("collectors.parsing.sitemap.MOST_LISTED", 100)
    found = parsed(many(101))
    assert isinstance(found, ParseFailed)
    assert found.kind == "too_large"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "not_a_feed"),
        (b"<html><body>the &lt;urlset&gt; element</body></html>", "not_a_feed"),
        (b"<rss><channel/></rss>", "not_a_feed"),
        (
            b'<!DOCTYPE u [<!ENTITY a "aa">]><urlset><url><loc>&a;</loc></url></urlset>',
            "unsafe_xml",
        ),
        (b"<urlset>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</urlset>", "parse"),
        (b"<urlset><url><lo", "parse"),
        (b"<urlset><url><loc>javascript:alert(1)</loc></url></urlset>", "parse"),
    ],
)
def test_what_is_none_or_harmful_is_refused(body, kind):
    found = parsed(body)
    assert isinstance(found, ParseFailed)
    assert found.kind == kind


def test_damage_costs_what_stands_behind_it():
    found = parsed(many(20)[:700])
    assert isinstance(found, Parsed)
    assert (len(found.entries), found.damaged, "damaged" in found.warnings[0]) == (7, True, True)


def test_a_pattern_that_finds_nothing_any_more_is_said_and_an_empty_sitemap_is_none():
    assert isinstance(nothing := parsed(many(3), match="/press/"), ParseFailed)
    assert "none of the sitemap's 3 addresses matches '/press/'" in nothing.message
    assert isinstance(empty := parsed(b"<urlset></urlset>"), Parsed)
    assert empty.entries == ()


@pytest.mark.parametrize(
    ("body", "sitemap", "index"),
    [
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x > y -->\n<sitemapindex>", True, True),
        (b"<s:urlset xmlns:s='x'>", True, False),
        (b"https://a.example/1\r\nhttps://a.example/2\r\n", True, False),
        (b"https://a.example/1 is a page\n", False, False),
        (b"<html>the <urlset> element</html>", False, False),
        (b"<rss>", False, False),
        (b"<!--" * 2000, False, False),
        (b"<?a?>" * 1600, False, False),
        (b"", False, False),
    ],
)
def test_it_is_known_by_its_root(body, sitemap, index):
    assert (is_sitemap(body), is_index(body)) == (sitemap, index)


def test_an_index_that_lists_nothing_is_no_empty_one():
    assert isinstance(parse_index(b"<sitemapindex></sitemapindex>", "", URL), ParseFailed)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/news/2024/05/06/iso-votes-on-c26-draft.html", "Iso votes on c26 draft"),
        ("/2024/05/some_new_rule-4711", "Some new rule"),
        ("/%E6%96%B0%E3%81%97%E3%81%84%E8%A6%8F%E6%A0%BC/", "新しい規格"),
        ("/story/9f2c4411", "a.example/story/9f2c4411"),
        ("/chip-patent-ruling/amp", "Chip patent ruling"),
        ("", "a.example"),
    ],
)
def test_the_words_of_an_address_stand_in_for_a_title(path, title):
    assert address_title(f"https://a.example{path}") == title
