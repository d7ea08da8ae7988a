"""What is markup in the texts of feeds, and what is a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.text.clean import clean
from collectors.parsing.markup import html_of_html, html_of_plain, html_of_title

WORDS = [
    "CPU<GPU: why small batches win",
    "Why Tensor<f16> beats Tensor<f32>",
    "#include <stdio.h> and <vector>",
    "for $k<n$ and $m>3$",
    "a <b and c> d",
    "if x<y then",
    "<3 small models </3",
    "Write to <jane@example.org>",
    "See <https://example.org/?a=b>",
    "The <?php tag and <% that",
    "Map<String, List<Integer>> in Java",
    "Box<T extends Item = Any>",
    "the <|endoftext|> token",
    "a << b <= c <> d",
]


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("reading", [html_of_plain, html_of_html, html_of_title])
def test_a_less_than_sign_that_begins_no_tag_is_a_character(reading, text):
    assert clean(reading(text), 500) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>Bold</b> move", "Bold move"),
        ("Line<br>break<br/>again<br />more", "Line break again more"),
        ('A <a href="https://example.org">link</a>', "A link"),
        ("<p>One", "One"),
        ("The <video> element decodes", "The <video> element decodes"),
        ("React's <Link> and <Suspense/>", "React's <Link> and <Suspense/>"),
        ("A guide to &lt;head&gt; tags", "A guide to <head> tags"),
        ("Use &lt;b&gt;bold&lt;/b&gt;", "Use <b>bold</b>"),  # escaped twice: it is text
        ("R&amp;D &#8211; AT&T", "R&D – AT&T"),
        ("H<sub>2</sub>O", "H2O"),
    ],
)
def test_the_title_of_an_rss_item_is_html_in_which_a_lone_tag_is_a_word(text, shown):
    assert clean(html_of_title(text), 500) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<strong>cut in", "cut in"),
        ("<p>x</p><o:p>y</o:p><fb:like size='1'/>", "x y"),
        ("one<!-- <b> two -->three", "onethree"),
        ("one <!-- two", "one <!-- two"),
        ("<![CDATA[<p>in</p>]]> out", "in out"),
        ('<!DOCTYPE html PUBLIC "-//W3C"><p>x</p>', "x"),
        ("<p>x</p><stron", "x"),
        ("<p>x</p></", "x"),
        ('<p>x</p> <a href="https://exa', "x"),
        ("<p>x</p><figure clas", "x"),
        ('<img alt="5" screen" src="x">y', "y"),
        ("<hr noshade><option selected>x", "x"),
        ("<code>Vec&lt;u8&gt;</code>", "Vec<u8>"),
        ("<p>Use <code>&lt;b&gt;x&lt;/b&gt;</code></p>", "Use <b>x</b>"),
        ("&lt;p&gt;escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "escaped twice"),
        ("<img src='x'>&lt;p&gt;escaped&lt;/p&gt;", "escaped"),
        ("a &lt; b", "a < b"),
        ("about &lt;head&gt;", "about <head>"),
    ],
)
def test_a_description_is_html(text, shown):
    assert clean(html_of_html(text), 500) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Use <b>bold</b> and <video>", "Use <b>bold</b> and <video>"),
        ("<title>", "<title>"),
        ("Write &lt;br&gt; there", "Write &lt;br&gt; there"),
        ("AT&T", "AT&T"),
        ("Seven &#8211; Q&amp;A", "Seven – Q&A"),  # no one has meant that yet
        ('<p>By mistake</p><a href="https://example.org">HTML</a>', "By mistake HTML"),
        ("One<br />two", "One two"),
    ],
)
def test_plain_text_is_no_html(text, shown):
    assert clean(html_of_plain(text), 500) == shown


def test_no_title_that_is_plain_is_html_by_mistake():
    assert clean(html_of_plain('The <a href="#"> trick', title=True), 500) == 'The <a href="#"> trick'


@given(st.lists(st.sampled_from(["<", ">", "</", " ", "<3", "&lt;", "<p>", "</p>", "<br/>", "<u8>", "x<y", "é"])))
def test_no_letter_is_lost(parts):
    text = "".join(parts)
    for reading in (html_of_plain, html_of_title, html_of_html):
        shown = clean(reading(f"A{text}Z"), 1000)
        assert (shown[0], shown[-1], shown.count("é"), shown.count("8")) == ("A", "Z", text.count("é"), text.count("8"))


@pytest.mark.parametrize("piece", ['<a "', "<a '", "<!--", "<b ", "</", "&lt;", "<p>", "<a href='", "<x/"])
def test_no_text_takes_time_by_the_square_of_its_length(piece):
    for reading in (html_of_plain, html_of_title, html_of_html):
        assert reading(piece * (200_000 // len(piece)))  # some hours, if it did
