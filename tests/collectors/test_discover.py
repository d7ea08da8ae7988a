import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.parsing.discover import MOST_LINKS, FeedLink, feed_links, is_page, web_address

URL = "http://site.example/blog/"
RSS = "application/rss+xml"


def found(page, kind="text/html; charset=utf-8", url=URL):
    return feed_links(page if isinstance(page, bytes) else page.encode(), kind, url)


def urls(page):
    return [link.url for link in found(page)]


def link(href, kind=RSS, rel="alternate", more=""):
    return f'<link rel="{rel}" type="{kind}" href="{href}" {more}>'


def test_a_page_names_its_feed():
    named = link("/feed", more='title="All &amp; more"')
    page = f"<!doctype html><html><head><title>Blog</title>{named}</head></html>"
    assert found(page) == (FeedLink("http://site.example/feed", "All & more", RSS),)


@pytest.mark.parametrize(
    "kind", [RSS, "application/atom+xml", "application/feed+json", "application/json", "Application/RSS+XML; charset=x"]
)
def test_every_type_of_feed_is_found(kind):
    assert urls(link("f", kind)) == ["http://site.example/blog/f"]


@pytest.mark.parametrize(
    "tag",
    [
        link("f", rel="stylesheet"),
        link("f", rel="canonical"),
        link("f", kind="text/html"),
        link("f", kind="application/json+oembed"),
        link("f", kind="text/calendar"),
        link(""),
        link("javascript:alert(1)"),
        link("ftp://site.example/feed"),
        link("data:application/rss+xml,x"),
        link("http://[/feed"),
        link("http://user:word@site.example/feed"),
        link("x" * 3000),
        link(URL),  # the page itself
        f"<!-- {link('f')} -->",
        f"<script>var x = '{link('f')}'</script>",
        '<a href="/about">about</a>',
        '<a href="https://site.example/feedback">tell us</a>',
    ],
)
def test_what_names_no_feed(tag):
    assert urls(f"<html>{tag}</html>") == []


def test_rel_may_have_several_words_and_tags_any_case():
    assert urls(f"<LINK REL='Home ALTERNATE' TYPE={RSS} HREF=f.rss />") == ["http://site.example/blog/f.rss"]


def test_links_are_resolved_against_the_base_wherever_it_stands():
    assert urls(f'{link("a")}<base href="/else/"><base href="/no/">') == ["http://site.example/else/a"]
    assert urls(f'{link("a")}<base href="data:text/plain,x">') == ["http://site.example/blog/a"]
    assert urls(link("//cdn.example/f?a=1&amp;b=2#top")) == ["http://cdn.example/f?a=1&b=2"]


def test_what_may_be_something_else_comes_after_what_is_sure_to_be_a_feed():
    page = link("wp.json", "application/json") + '<a href="/x/feed/">RSS</a>' + link("atom", "application/atom+xml")
    assert urls(page) == [
        "http://site.example/blog/atom",
        "http://site.example/blog/wp.json",
        "http://site.example/x/feed/",
    ]


@pytest.mark.parametrize(
    "path", ["/feed", "/a/rss", "/news.rss", "/index.XML", "/atom", "/feed.json", "/feed/", "/rss?x=1"]
)
def test_links_that_look_like_a_feed_are_the_last_resort(path):
    assert urls(f'<a class="icon" href="{path}">feed</a>') == [f"http://site.example{path}"]


def test_addresses_come_once_and_there_are_not_too_many():
    assert urls(link("a") * 3 + '<a href="a">again</a>') == ["http://site.example/blog/a"]
    assert len(urls("".join(link(f"f{n}") for n in range(100)))) == MOST_LINKS
    assert len(urls("".join(f'<a href="/{n}.xml">' for n in range(100)))) == 10


def test_only_the_beginning_of_a_page_is_read():
    assert urls(" " * 1_500_000 + link("f")) == ["http://site.example/blog/f"]
    assert urls(" " * 2_500_000 + link("f")) == []


def test_the_encoding_is_taken_from_bom_header_or_page():
    page = link("f", more='title="Новости"')
    assert found(page.encode("utf-16"), "text/html")[0].title == "Новости"
    assert found(page.encode("koi8-r"), "text/html; charset=KOI8-R")[0].title == "Новости"
    assert found(b'<meta charset="windows-1251">' + page.encode("cp1251"), "text/html")[0].title == "Новости"
    assert found(page.encode(), "text/html; charset=punycode")[0].title == "Новости"
    assert found(page.encode(), "text/html; charset=iso-8859-99")[0].title == "Новости"


@given(st.binary(max_size=300), st.text(max_size=30), st.text(max_size=30))
def test_whatever_comes_nothing_is_raised(page, kind, url):
    assert len(feed_links(page, kind, url)) <= MOST_LINKS


@given(
    st.lists(
        st.sampled_from(
            ["<", "![", "<![x[", "<!--", "-->", "<script>", "</", "<a ", "href=", "'", '"', ">", "&#x", "<?"]
        )
    )
)
def test_broken_markup_raises_nothing_and_takes_nothing_away(parts):
    assert urls(link("f") + "".join(parts))[:1] == ["http://site.example/blog/f"]


@pytest.mark.parametrize("unit", ["<!--", "<a ", "<a '\"", "</a", 'a="', "<?", "<!x", "<![CDATA[", "</x", "&#"])
@pytest.mark.parametrize("head", ["", "<script>", "<a "])
def test_a_hostile_page_costs_no_more_than_another(head, unit):
    urls(head + unit * (600_000 // len(unit)))  # with a parser that begins again at each of them it would take minutes


@pytest.mark.parametrize(
    ("body", "kind", "page"),
    [
        (b"\n<!DOCTYPE html><title>x", "", True),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', "application/xhtml+xml", True),
        (b"<p>only a part", "text/html", True),
        (b"<rss><channel>", "text/html", False),
        (b"<rss><channel>", "application/xml", False),
        (b'{"a": 1}', "application/json", False),
        (b"words", "text/plain", False),
    ],
)
def test_a_web_page_is_known(body, kind, page):
    assert is_page(body, kind) is page


@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "TEXT/XML; charset=utf-8", "text/rss+xml"])
def test_types_of_older_sites_may_be_feeds_and_come_after_those_that_are(kind):
    assert urls(link("perhaps", kind) + link("sure")) == [
        f"http://site.example/blog/{name}" for name in ("sure", "perhaps")
    ]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="feed" href="f">',
        '<link rel="alternate feed" type="text/html" href="f">',
        '<a rel="feed" href="f">news</a>',
        '<link rel="alternate" href="f/feed.xml">',
        '<a rel="alternate" type="application/rss+xml" href="f">news</a>',
        '<area rel="feed" href="f">',
        '<a href="f">RSS</a>',
        '<a href="f"><b> RSS feed </b></a>',
        '<a href="f" title="Subscribe by RSS">x</a>',
    ],
)
def test_other_ways_to_name_a_feed(tag):
    (found_url,) = urls(tag)
    assert found_url.startswith("http://site.example/blog/f")


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="f">Feedback</a>',
        '<a href="f">Atom bombs</a>',
        '<link rel="alternate" href="/de/">',
        '<link rel="stylesheet" type="text/xml" href="f">',
        '<a href="/feeding">eat</a>',
        '<a href="/xml-schema">x</a>',
    ],
)
def test_other_links_are_none(tag):
    assert urls(tag) == []


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/posts/default",
        "/index.rdf",
        "/rss2",
        "/rss.php",
        "/news.atom",
        "/?feed=rss2",
        "/x?format=atom",
        "/blog/feed/atom/",
    ],
)
def test_more_links_that_look_like_a_feed(path):
    assert urls(f'<a href="{path}">here</a>') == [f"http://site.example{path}"]


def test_a_sitemap_is_tried_last():
    assert urls('<a href="/sitemap.xml">map</a><a href="/news.xml">x</a>')[0] == "http://site.example/news.xml"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f'</feed>; rel="alternate"; type="{RSS}"', ["http://site.example/feed"]),
        (f"<f>;rel=alternate;type={RSS}", ["http://site.example/blog/f"]),
        (f'<a,b>; title="x; y, <z>"; type="{RSS}"; REL="home Alternate"', ["http://site.example/blog/a,b"]),
        (
            f'</s.css>; rel=preload; as=style, </f>; rel=alternate; type="{RSS}", </g>; rel=feed',
            ["http://site.example/f", "http://site.example/g"],
        ),
        ('</x>; rel="alternate"; type="text/xml"', ["http://site.example/x"]),
        (f'</f>; rel=alternate; type="{RSS}"; anchor="/elsewhere"', []),
        (f'<http://10.0.0.1:x/>; rel=alternate; type="{RSS}"', []),
        ('</f>; rel=alternate; type="text/html"', []),
        ("nonsense, <, >; rel=", []),
    ],
)  # fmt: skip
def test_a_link_header_names_a_feed_as_an_element_does(header, expected):
    assert [link.url for link in feed_links(b"<html>", "text/html", URL, header)] == expected


@given(
    st.text(max_size=200) | st.lists(st.sampled_from(["<", ">", ";", '"', "\\", ",", "rel=", "a", " "])).map("".join)
)
def test_any_link_header_is_taken(header):
    assert len(feed_links(b"", "", URL, header)) <= MOST_LINKS


def test_a_hostile_link_header_costs_no_more_than_another():
    for unit in ('<a>;"', "<a>; x=", "<a>;", '<a>; a="\\', "< ", ";" * 9):
        feed_links(b"", "", URL, unit * 16_000)


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [
        ("feed://example.org/f", "http://example.org/f"),
        ("feed:https://example.org/f", "https://example.org/f"),
        ("feed:http://example.org/f", "http://example.org/f"),
        ("FEED://https://example.org/f", "https://example.org/f"),
        ("feed://https//example.org/f", "https://example.org/f"),
        ("feed:example.org/f", "http://example.org/f"),
        (" rss://example.org/f", "http://example.org/f"),
        ("https://example.org/feed:1", "https://example.org/feed:1"),
        ("feeds://example.org/", "feeds://example.org/"),
    ],
)
def test_an_address_of_a_feed_means_one_of_the_web(spelt, meant):
    assert web_address(spelt) == meant


def test_links_may_be_spelt_so_too():
    assert urls('<a href="feed://cdn.example/rss">RSS</a>') == ["http://cdn.example/rss"]
