"""An odd element costs itself: whatever feedparser has a handler for stands in an item, and the items are read."""

import pytest
from feedparser.api import StrictFeedParser

from collectors.parsing import recovery
from collectors.parsing.parse import parse
from collectors.parsing.parsed import Parsed

URL = "https://feeds.example/"
SPACES = {prefix: uri for uri, prefix in StrictFeedParser.namespaces.items() if prefix not in ("", "xml")}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
FIELDS = {
    *("item", "entry", "title", "link", "guid", "id", "description", "summary", "content", "content_encoded", "body"),
    *("fullitem", "xhtml_body", "abstract", "dc_title", "dc_description", "media_title", "media_description"),
    *("channel", "feed", "rss", "itunes_summary", "itunes_title", "itunes_subtitle"),
}
HANDLED = sorted(
    {name.split("_", 2)[2] for name in dir(StrictFeedParser) if name.startswith(("_start_", "_end_"))} - FIELDS
)
INNER = [
    "",
    "NaN 1",
    "<gml:pos>1</gml:pos>",
    "<psc:chapter title='a'/><media:credit/><url>x</url><width>w</width><name>n</name>",
]
ATTRIBUTES = ["", ' url="http://[x" href="http://[y" srsName="EPSG:x" srsDimension="q" start="a" mode="base64"']


def items(odd: str, at: str) -> str:
    return "".join(
        f"<item>{odd if at == 'first' and n == 0 else ''}<title>T{n}</title><link>https://d.example/{n}</link>"
        f'<guid isPermaLink="false">g{n}</guid><description>D{n}</description>'
        f"{odd if at == 'last' and n == 0 else ''}</item>"
        for n in (0, 1)
    )


def read(odd: str, at: str, damage: str = "") -> Parsed:
    channel = odd if at == "channel" else ""
    document = (
        f'<rss version="2.0" {DECLARED}><channel><title>F</title>{channel}{items(odd, at)}{damage}</channel></rss>'
    )
    found = parse(document.encode(), "", URL)
    assert isinstance(found, Parsed), found
    return found


def told(found: Parsed) -> list[tuple[str, str, str, str]]:
    return [(entry.title, entry.link, entry.guid, entry.summary) for entry in found.entries]


WHOLE = [(f"T{n}", f"https://d.example/{n}", f"g{n}", f"D{n}") for n in (0, 1)]


def tag(name: str) -> str:
    prefix, _, rest = name.partition("_")
    return f"{prefix}:{rest}" if prefix in SPACES and rest else name


@pytest.mark.parametrize("name", HANDLED)
def test_whatever_an_element_holds_the_items_are_read(name):
    for inner in INNER:
        for attributes in ATTRIBUTES:
            odd = f"<{tag(name)}{attributes}>{inner}</{tag(name)}>"
            for at in ("first", "last", "channel"):
                assert told(read(odd, at)) == WHOLE
                assert told(read(odd, at, damage="&"))[1:] == WHOLE[1:]


STRUCTURES = [
    "image",
    "textInput",
    "textinput",
    "event",
    "category",
    "author",
    "enclosure",
    "media:group",
    "x:y",
    "comments",
]


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("at", ["first", "last"])
def test_what_an_element_says_of_itself_is_not_the_item_s(name, at):
    parts = (
        "<title>own</title><link>https://no.example/</link><description>own</description><guid>own</guid><url>u</url>"
    )
    odd = f'<{name} xmlns:x="urn:x">{parts}</{name}>'
    assert told(read(odd, at)) == WHOLE


def test_in_a_damaged_document_too_an_image_is_its_own():
    image = "<image><title>own</title><link>https://no.example/</link></image>"
    for odd in (image, image.replace("</image>", "")):
        assert told(read(odd, "last", damage="&")) == WHOLE


def test_what_feedparser_fails_on_is_named():
    found = read("<gml:pos>1 2</gml:pos>", "last")
    assert told(found) == WHOLE
    assert found.warnings == ("<gml:pos> was passed over (KeyError: 'where')",)
    assert not found.damaged


def test_parts_that_belong_to_a_field_are_read():
    parts = "<media:group><media:title>own</media:title><media:description>M</media:description></media:group>"
    document = f'<rss version="2.0" {DECLARED}><channel><item><guid>g</guid>{parts}</item></channel></rss>'
    (entry,) = told_of(document)
    assert (entry.title, entry.summary) == ("own", "M")
    author = "<author><name>N</name><title>Dr</title></author><title>T</title>"
    author += "<summary type='xhtml'><div><b>a</b>b</div></summary>"
    (entry,) = told_of(f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{author}</entry></feed>')
    assert (entry.title, entry.summary) == ("T", "<b>a</b>b")


def told_of(document: str):
    found = parse(document.encode(), "", URL)
    assert isinstance(found, Parsed)
    return found.entries


def test_broken_letters_are_counted():
    document = f"<rss><channel>{items('', '')}</channel></rss>".encode().replace(b"D1", b"\xd0\x9d\xd0")
    found = parse(document, "", URL)
    assert isinstance(found, Parsed)
    assert (found.entries[1].summary, found.warnings) == ("Н\ufffd", ("broken characters: 1",))


def test_what_nobody_reads_is_not_built():
    """feedparser compares each category with all before it: 200,000 of them would take the whole deadline."""
    categories = "".join(f"<category>c{n}</category>" for n in range(50))
    document = f"<rss version='2.0'><channel><title>F</title><item><title>T</title>{categories}</item></channel></rss>"
    (entry,) = recovery.read(document.encode()).entries
    assert (entry["title"], entry["tags"]) == ("T", [])


@pytest.mark.parametrize("part", ["<category>c</category>", "<x><y>1</y></x>", "<enclosure url='http://e.example/'/>"])
@pytest.mark.parametrize("end", ["</channel></rss>", "<odd></channel>"], ids=["whole", "damaged"])
def test_parts_beyond_what_an_entry_may_have_are_passed_over_and_the_next_entry_is_read(part, end):
    many = part * (recovery.MOST_PARTS + 50)
    document = f"<rss version='2.0'><channel><title>F</title>{many}<item><title>T</title>{many}<link>/a</link></item>"
    document += f"<item><title>U</title><link>/u</link></item>{end}"
    found = parse(document.encode(), "", URL)
    assert isinstance(found, Parsed)
    assert [(entry.title, entry.link) for entry in found.entries] == [("T", ""), ("U", f"{URL}u")]
    assert any("has more than 1,000 parts" in warning for warning in found.warnings)


def test_a_long_text_is_no_crowd_of_parts():
    text = "<p>a</p>" * (recovery.MOST_PARTS + 50)
    document = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'><div>{text}</div></content>"
    (entry,) = told_of(document + "<title>T</title></entry></feed>")
    assert (entry.title, entry.summary.count("<p>")) == ("T", recovery.MOST_PARTS + 50)


def test_a_damaged_document_of_very_many_parts_is_read_up_to_the_damage(monkeypatch):
    monkeypatch.setattr(recovery, "MOST_LOOSE", 20)
    one, two = (f"<item><title>T{n}</title><link>/{n}</link></item>" for n in (1, 2))
    assert [entry.title for entry in told_of(f"<rss><channel>{one}{one}</oops>{two}</channel></rss>")][:1] == ["T1"]
