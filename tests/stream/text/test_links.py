"""One page is one link, and no link leads to anything but the web."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.text.links import canonical_link, former_page, is_site_root, page_of


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("HTTPS://Example.COM:443/a", "https://example.com/a"),
        ("http://example.com:80", "http://example.com/"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("http://user:secret@example.com/a", "http://example.com/a"),
        ("https://example.com/a#part", "https://example.com/a#part"),
        ("https://Example.com/#/notices/12", "https://example.com/#/notices/12"),
        ("https://example.com/a#", "https://example.com/a"),
        ("https://example.com/a#Top", "https://example.com/a"),
        ("https://example.com/a#:~:text=marked", "https://example.com/a"),
        ("https://example.com/a#b:~:text=marked", "https://example.com/a#b"),
        ("https://example.com/a#xtor=RSS-3", "https://example.com/a"),
        ("https://example.com/a#?utm_source=x&utm_medium=y", "https://example.com/a"),
        ("https://example.com/a#id=7&utm_source=x", "https://example.com/a#id=7&utm_source=x"),
        ("https://example.com/a#é b", "https://example.com/a#%C3%A9%20b"),
        ("www.example.com/2026/a", "http://www.example.com/2026/a"),
        ("WWW.Example.com", "http://www.example.com/"),
        ("www.html", "https://feeds.example/news/www.html"),
        ("https://example.com/a\n/b ", "https://example.com/a/b"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://example.com/%7Ejo", "https://example.com/%7Ejo"),
        ("https://example.com/\u202egpj.exe", "https://example.com/%E2%80%AEgpj.exe"),
        ('https://example.com/"><script>', "https://example.com/%22%3E%3Cscript%3E"),
        ("//other.example/a", "https://other.example/a"),
        ("../x", "https://feeds.example/x"),
        ("?p=7", "https://feeds.example/news/feed?p=7"),
        ("http://[::1]/a", "http://[::1]/a"),
    ],
)
def test_links_are_absolute_and_spelled_in_one_way(link, expected):
    assert canonical_link(link, "https://feeds.example/news/feed") == expected


@pytest.mark.parametrize(
    "link",
    [
        *["javascript:alert(1)", "data:text/html,x", " JaVaScRiPt:x", "java\nscript:x", "vbscript:x", "mailto:a@b.c"],
        *["ftp://example.com/a", "file:///etc/passwd", "http://", "http:///a", "http://a b/", "http://[::1", "", "  "],
        *["http://example.com:99999/", "http://example.com:x/", "https://example.com/" + "a" * 2000],
    ],
)
def test_what_leads_nowhere_on_the_web_is_no_link(link):
    assert canonical_link(link, "https://feeds.example/") == ""


def test_no_link_stays_no_link_even_with_a_base():
    assert canonical_link("", "https://feeds.example/") == ""


@pytest.mark.parametrize(
    "parameter",
    [
        "utm_source=rss",
        "UTM_Medium=x",
        "utm%5Fterm=a",
        "fbclid=1",
        "gclid=1",
        "mc_cid=2",
        "_hsenc=3",
        "igshid=1",
        "_ga=2",
        "pk_campaign=1",
        "mtm_kwd=1",
        "at_medium=RSS",
        "at_custom1=x",
        "xtor=RSS-1",
        "WT.mc_id=4",
        "msclkid=1",
    ],
)
def test_tracking_parameters_go(parameter):
    assert canonical_link(f"https://example.com/a?{parameter}&id=7") == "https://example.com/a?id=7"
    assert canonical_link(f"https://example.com/a?{parameter}") == "https://example.com/a"


@pytest.mark.parametrize(
    "query",
    [
        *["id=7", "p=1&q=2", "a=", "2024/05/title", "q=a+b", "q=a%26b", "reference=1", "source=x"],
        *["pk_news=12", "pk_id=3", "at_id=4", "cmp=77", "utm_zone=32", "wt.page=2", "oly_id=1", "mtm_page=1", "cid=1"],
    ],
)
def test_parameters_that_mean_something_stay(query):
    assert canonical_link(f"https://example.com/a?{query}") == f"https://example.com/a?{query}"


@given(st.permutations(["a=1", "b=2", "b=1", "utm_id=9", "c", "d=%20"]))
def test_the_order_of_parameters_does_not_matter(parameters):
    assert canonical_link("https://example.com/?" + "&".join(parameters)) == "https://example.com/?a=1&b=1&b=2&c&d=%20"


@given(st.text() | st.text("/:?&#=%.@[]\\utmhp ", max_size=40).map("https://example.com".__add__))
def test_any_link_is_canonical_after_one_pass(link):
    once = canonical_link(link, "https://feeds.example/a?b")
    assert canonical_link(once) == once
    assert once == "" or (urlsplit(once).scheme in ("http", "https") and once.isascii() and once.isprintable())


def test_a_site_is_no_page():
    assert is_site_root("https://example.com/")
    assert not is_site_root("https://example.com/?p=1")
    assert not is_site_root("https://example.com/a")
    assert not is_site_root("https://example.com/#/a")


def test_scheme_www_and_last_slash_do_not_make_another_page():
    pages = ["http://example.com/a", "https://example.com/a", "https://www.example.com/a/"]
    assert {page_of(page) for page in pages} == {"example.com/a"}
    assert page_of("https://example.com/a?b") != page_of("https://example.com/a")
    assert (
        page_of("https://www.example.com/a/#b") == page_of("http://example.com/a#b") != page_of("http://example.com/a")
    )


@pytest.mark.parametrize(
    "link", ["https://example.com/a#b", "https://example.com/a?cmp=7", "https://example.com/a/?pk_news=1#b"]
)
def test_what_a_link_was_once_known_by_is_found_again(link):
    assert former_page(canonical_link(link)) == "example.com/a" != page_of(canonical_link(link))


PLAIN = st.text("abzAZ09-._~!$'()*+,;=:@/&?#%é ", max_size=30)


@given(st.sampled_from(["http://", "https://"]), st.sampled_from(["a.example", "news.x-1.example", "1.2"]), PLAIN)
def test_a_link_that_is_plain_already_comes_out_as_if_it_had_been_read(scheme, host, rest):
    link = f"{scheme}{host}/{rest}"
    slow = canonical_link(link.replace(host, host.upper()), "")  # capitals are not plain
    assert canonical_link(link, "") == slow
