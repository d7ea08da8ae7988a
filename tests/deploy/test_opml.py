import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.feeds.opml import OpmlError, read_opml, write_opml
from stream.records import Feed

LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=30)
TITLES = LINE.map(str.strip)
URLS = LINE.map(lambda text: f"http://a.example/{text}".strip())


@given(st.dictionaries(URLS, TITLES, max_size=8))
def test_what_is_written_is_read(feeds):
    document = write_opml([Feed(id=url, url=url, title=title) for url, title in feeds.items()])
    assert read_opml(document.encode()).feeds == [(url, title or url) for url, title in feeds.items()]


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data):
    with contextlib.suppress(OpmlError):
        read_opml(data)


def test_nested_outlines_are_read_and_each_address_once_under_its_first_title():
    outline = '<outline text="Law"><outline title="A" xmlUrl=" http://a/ "/><outline text="B" xmlUrl="http://b/"/>'
    again = '<outline title="A again" XMLURL="http://a/"/></outline><outline text="no feed"/>'
    document = f'<opml version="1.0"><body>{outline}{again}</body></opml>'
    assert read_opml(document.encode()).feeds == [("http://a/", "A"), ("http://b/", "B")]


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
    page = Feed(id="b", url="http://b/", kind="page")  # which no feed reader could read
    assert read_opml(write_opml([Feed(id="a", url="http://a/?x=1&y=2"), page]).encode()).feeds == [
        ("http://a/?x=1&y=2", "http://a/?x=1&y=2")
    ]


def written(outline: str, prolog: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    body = f'<outline text="One" xmlUrl="http://a/?a=1"/>\n{outline}\n<outline text="Last" xmlUrl="http://b/"/>'
    return f'{prolog}\n<opml version="2.0">\n<head><title>My feeds</title></head>\n<body>\n{body}\n</body></opml>'


ENDS = (("http://a/?a=1", "One"), ("http://b/", "Last"))


@pytest.mark.parametrize(
    ("outline", "feed", "line", "what"),
    [
        ('<outline text="R & D" xmlUrl="http://c/"/>', ("http://c/", "R & D"), 6, "&amp;"),
        (
            '<outline text="C" htmlUrl="http://x/?a=1&b=2" xmlUrl="http://c/?a=1&b=2"/>',
            ("http://c/?a=1&b=2", "C"),
            6,
            "&amp;",
        ),
        (
            '<outline text="Caf&eacute;&nbsp;&x; &lt;b&gt; &#38;" xmlUrl="http://c/"/>',
            ("http://c/", "Café\xa0&x; <b> &"),
            6,
            "&amp;",
        ),
        ('<outline text="A\x0bB" xmlUrl="http://c/"/>', ("http://c/", "AB"), 6, "control"),
        ('<outline text="a < b" xmlUrl="http://c/"/>', ("http://c/", "a < b"), 6, "not well-formed"),
        ("<outline text=C xmlUrl='http://c/'>", ("http://c/", "C"), 6, "not well-formed"),
        ('<outline text="C" text="D" xmlUrl="http://c/"/>', ("http://c/", "C"), 6, "duplicate"),
        ('<outline text="C" xmlUrl="http://c/"></outlin>', ("http://c/", "C"), 6, "mismatched"),
    ],
)
def test_what_is_damaged_is_read_and_its_line_is_named(outline, feed, line, what):
    found = read_opml(written(outline).encode())
    assert found.feeds == [ENDS[0], feed, ENDS[1]]
    (warning,) = found.warnings
    assert warning.startswith(f"line {line}: ")
    assert what in warning


def test_each_line_that_is_damaged_is_named_and_others_are_not():
    many = "\n".join(f'<outline text="{n} & more" xmlUrl="http://c/{n}"/>' for n in range(3))
    assert [warning.partition(":")[0] for warning in read_opml(written(many).encode()).warnings] == [
        "line 6",
        "line 7",
        "line 8",
    ]
    assert read_opml(written("<!-- a & b --><x><![CDATA[ & ]]></x>").encode()).warnings == []
    assert len(read_opml(written(many * 30).encode()).warnings) == 20


@pytest.mark.parametrize("blank", ["\n", "\r\n\r\n", "  ", "\ufeff\n"])
def test_blanks_before_the_beginning_are_passed_over(blank):
    found = read_opml((blank + written("")).encode())
    assert found.feeds == list(ENDS)
    assert [warning.startswith("line 1: ") for warning in found.warnings] == [True]
    damaged = read_opml((blank + written('<outline text="&" xmlUrl="http://c/"/>')).encode())
    assert damaged.warnings[1].startswith(f"line {6 + blank.count(chr(10))}: ")


def test_a_wrong_byte_costs_itself():
    outline = '<outline text="Café Zürich" xmlUrl="http://c/"/>'
    whole, wrong = written(outline).encode(), written(outline).encode().replace("é".encode(), b"\xe9")
    assert read_opml(whole).warnings == []
    found = read_opml(wrong)
    assert [warning.partition(":")[0] for warning in found.warnings] == ["line 6"]
    assert found.feeds[1] == ("http://c/", "Caf\ufffd Zürich")
    latin = read_opml(wrong.replace("ü".encode(), b"\xfc"))
    assert latin.feeds[1] == ("http://c/", "Café Zürich")
    assert [warning.partition(":")[0] for warning in latin.warnings] == ["line 6"]
    said = written(outline, '<?xml version="1.0" encoding="iso-8859-1"?>').encode("latin-1")
    assert read_opml(said) == ([ENDS[0], ("http://c/", "Café Zürich"), ENDS[1]], [])


def test_a_document_that_is_cut_off_is_read_as_far_as_it_goes():
    found = read_opml(written("").encode()[:-30])
    assert found.feeds == [ENDS[0]]
    assert len(found.warnings) == 1


def test_damage_hides_no_entity():
    document = '<!DOCTYPE opml [<!ENTITY a "b">]><opml><body><outline text="&a; & <" xmlUrl="http://a/"/></body></opml>'
    with pytest.raises(OpmlError, match="entit"):
        read_opml(document.encode())
