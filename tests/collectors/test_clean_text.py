"""Text of the world is plain, on one line, and shows all that it holds."""

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.text.clean import clean, language_tag, paragraphs, plain

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
PIECES = [
    *[
        "<b>",
        "</b>",
        "<br/>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<",
        ">",
        "&",
        ";",
        "&lt;",
        "&gt;",
        "&amp;",
        "lt",
    ],
    *[
        "&#8238;",
        "&#x200b;",
        "&nbsp;",
        "amp;",
        "#",
        "a",
        "b c",
        "é",
        "e\u0301",
        "\u0301",
        "\u200d",
        "\u200c",
        "\ufe0f",
        "\u200b",
    ],
    *[
        "\n",
        "\u00a0",
        "\u2028",
        "\ud800",
        "👩",
        "💻",
        "क",
        "्",
        "ष",
        "می",
        "خ",
        "\u226e",
        "\u0338",
        "\u037e",
        "\U000e0041",
        "\x1b",
    ],
]
WILD = st.text() | st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def check_plain(shown: str, limit: int) -> None:
    assert len(shown) <= limit
    assert shown == shown.strip()
    assert "  " not in shown
    assert len(shown.splitlines()) <= 1
    assert unicodedata.is_normalized("NFC", shown)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Zl", "Zp") for c in shown)
    assert not any(unicodedata.category(c) == "Cf" and c not in "\u200c\u200d" for c in shown)
    assert not set(shown) & set(BIDI + "\u200b\u2060\ufeff\u00ad\u3164\u034f\ufdd0\uffff\U0001fffe\u2065")


@given(WILD, st.integers(1, 60))
def test_what_comes_out_is_plain_whatever_goes_in(text, limit):
    check_plain(clean(text, limit), limit)
    check_plain(plain(text, limit), limit)


@given(WILD, st.integers(1, 60))
def test_what_is_plain_stays_as_it_is(text, limit):
    assert plain(plain(text, limit), limit) == plain(text, limit)
    assert plain(clean(text, limit), limit) == clean(text, limit)


@given(st.lists(st.sampled_from([piece for piece in PIECES if "&" not in piece and piece != ";"])).map("".join))
def test_plain_text_comes_through_html(text):
    assert clean(html.escape(text, quote=False), 1000) == plain(text, 1000)


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"], max_codepoint=0x2FF), min_size=1, max_size=30))
def test_letters_stay(text):
    assert clean(text, 100) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("It&amp;#8217;s&amp;nbsp;so", "It’s\u00a0so"),
        ("A guide to &lt;head&gt; tags", "A guide to <head> tags"),
        ("Write &amp;lt; for &lt;", "Write &lt; for <"),
        ("AT&T and R&D", "AT&T and R&D"),
        ("Q&notes, ?a=1&copy=2 &amp=3", "Q&notes, ?a=1&copy=2 &amp=3"),
        ("&quotOld&quot pages", '"Old" pages'),
        ("cut&nbsp", "cut"),
        ("a < b and c > d", "a < b and c > d"),
        ("if (a &lt; b)", "if (a < b)"),
        ("<p>One</p><p>two<br>three</p>", "One two three"),
        ("<b>Bo</b>ld", "Bold"),
        ("<dl><dt>Status</dt><dd>Resolved</dd></dl>", "Status Resolved"),
        ("printed<pre>NCCL timeout</pre>and", "printed NCCL timeout and"),
        ("<table><caption>A</caption><tr><th>B</th><td>C</td></tr></table>D", "A B C D"),
        ("<details><summary>More</summary>XID 79</details>", "More XID 79"),
        ("<figure><img src='x'><figcaption>Chip</figcaption></figure>Text", "Chip Text"),
        ("a<hr>b<h4>c</h4>d<ul><li>e<li>f</ul>g<option>h", "a b c d e f g h"),
        ("su<wbr>per<span>con</span>ductor", "superconductor"),
        ('<img alt="a -> b">c', "c"),
        ("a<script>alert(1)</script>b<style>p{}</style>c", "abc"),
        (
            "&lt;script&gt;x&lt;/script&gt;ok",
            "<script>x</script>ok",
        ),  # a text on scripts
        ("<\u200bscript>x</\u200bscript>ok", "ok"),
        ("a\r\n\tb\u2028c\u0085d", "a b c d"),
        ("Prix\u00a0: 3\u202f€", "Prix\u00a0: 3\u202f€"),
        ("\u00a0a \u00a0b\u00a0", "a b"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("pass\u00adword\u200b\ufeff", "password"),
        ("\x1b[31mred\x07", "[31mred"),
        ("hid\U000e0068\U000e0069den", "hidden"),
        ("e\u0301", "é"),
        ("Z" + "\u0335" * 50, "Z" + "\u0335" * 4),
        ("\u3164", ""),
        ("half \ud83d", "half"),
        (
            "new \U0001fae9 \U0001fa75 \U000323b0",
            "new \U0001fae9 \U0001fa75 \U000323b0",
        ),  # of Unicode 15 to 17
        ("never \ufdd0\uffff\U000e0fff", "never"),
        ("👩\u200d💻 works", "👩\u200d💻 works"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("क्\u200dष", "क्\u200dष"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("pass\u200dword", "password"),
        ("क\u200d\u200c\u200d\u200cष", "कष"),
        ("a" + "\ufe00\ufe01\ufe02" * 20, "a\ufe00"),
        ("", ""),
    ],
)
def test_examples(given_, expected):
    assert clean(given_, 200) == expected


def test_a_long_text_is_cut_at_a_word():
    assert clean("one two three four", 12) == "one two…"
    assert clean("x" * 50, 10) == "x" * 9 + "…"
    assert clean("just fits", 9) == "just fits"


@pytest.mark.parametrize("tag", ["en", "pt-BR", "zh-Hant-TW", "en_US", "sa"])
def test_language_tags(tag):
    assert language_tag(tag) == tag


@pytest.mark.parametrize("text", ["", "English", "en\u202e", "<b>", "en-", "e", "en us", "de\n", "ру"])
def test_what_names_no_language(text):
    assert language_tag(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>One\ntwo</p><ul><li>Three</li><li><b>Fo</b>ur</li></ul>", ["One two", "Three", "Four"]),
        ("A line that goes\non here.\n\nAnother.\n- a point\n- and one\n2) more", [
            "A line that goes on here.", "Another.", "- a point", "- and one", "2) more"]),
        ("One  word<br><br>Two <script>x</script>", ["One word", "Two"]),
        ("", []),
    ],
)  # fmt: skip
def test_paragraphs_are_lines(text, expected):
    assert paragraphs(text).split("\n") == expected or (paragraphs(text), expected) == ("", [])


@given(WILD)
def test_paragraphs_say_what_the_clean_text_says(text):
    assert "".join(paragraphs(text).split()) == "".join(clean(text, 10**6).split())


ODD = "\u2800"  # shows nothing, and goes, but a text with it is looked at letter by letter
LETTERS = st.sampled_from(
    [*"aä ß\n\tе日가,.", "\u00a0", "\u00ad", "\u0301", "\u200d", "\ufe0f", "😀", "e\u0301", "\u202e"]
)


@given(st.lists(LETTERS, max_size=30).map("".join), st.integers(3, 40))
def test_a_text_of_ordinary_letters_comes_out_as_if_each_were_looked_at(text: str, limit: int) -> None:
    assert plain(text, limit) == plain(text + ODD, limit)


def test_no_letter_is_called_ordinary_that_is_not() -> None:
    for first in range(0, 0x10000, 64):
        letters = "".join(f"a{chr(code)}b " for code in range(first, first + 64) if not 0xD800 <= code < 0xE000)
        for text in (letters, *letters.split(" ")):
            assert plain(text, 1000) == plain(text + ODD, 1000)


@given(WILD)
def test_the_paragraphs_on_one_line_are_what_the_text_is_on_one_line(markup: str) -> None:
    assert paragraphs(markup).replace("\n", " ") == clean(markup, len(markup) * 4)
