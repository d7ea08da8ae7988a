"""What messages say, and what strangers who write titles, names and addresses cannot make them say."""

import unicodedata
from html.parser import HTMLParser
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stream.delivering.feedback import links_by_alert
from stream.delivering.message import SUBJECT, worded
from stream.delivering.sanitising import moment, one_line, web_link
from stream.records import Alert, HealthEvent, Outbound, Reason, Related, Source
from tests.stream.stories.test_stages import alert

OURS = {"html", "head", "meta", "title", "body", "h2", "p", "ul", "li", "bdi", "a"}
ATTRIBUTES = {"charset", "lang", "dir", "href", "rel"}
OWN = {
    "right": "https://tw.example/r?t=a%20b",
    "wrong": "https://tw.example/w?t=1&u=2",
    "mute": "https://tw.example/m",
}
LINKS = {alert().id: OWN}
UNSEEN = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u200c\u200d\u2060\ufeff\u00ad"


class Page(HTMLParser):
    """Every tag, link and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.other: list[str] = []
        self.text = ""
        self._href: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag == "a":
            self.links.append((dict(attrs)["href"] or "", ""))
            self._href = dict(attrs)["href"]

    def handle_endtag(self, tag):
        self._href = None if tag == "a" else self._href

    def handle_data(self, data):
        self.text += data
        if self._href is not None:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)

    def handle_comment(self, data):
        self.other.append(data)

    def unknown_decl(self, data):
        self.other.append(data)

    def handle_pi(self, data):
        self.other.append(data)


def told(**of) -> Alert:
    made = {
        "title": "ISO committee votes on storage", "summary": "A vote was taken.", "theme": "standards", "lang": "en",
        "sources": (Source("Wire", "https://wire.example/1", "i"), Source("Blog", "https://blog.example/2", "i")),
        "independent": 2, "url": "https://wire.example/1", "published": 1_772_618_400_000, "model": "m-1",
        "first_seen": 1_772_618_460_000, "reasons": (Reason("standards", "title", 0, 13, 0.3),),
    }  # fmt: skip
    return msgspec.structs.replace(alert(), **{**made, **of})


def out(**of) -> Outbound:
    made = {"delivery": "d1", "subscription": "team", "alert": told(), "at": 1}
    why = "theme standards with probability 0.90, asked: from 0.50"
    return Outbound(revision=1, **{**made, "why": why, **of})


def test_an_alert_says_all_that_is_known_of_it():
    said = worded(out(), LINKS)
    assert said.subject == "[standards] ISO committee votes on storage"
    for part in (
        "A vote was taken.", "Theme: standards", "Probability: 0.90, sure", "Because of: “ISO committee”",
        "Judged by: model m-1", "Sources: 2, of which independent: 2", "Source: Wire https://wire.example/1",
        "Source: Blog https://blog.example/2", "Published: 2026-03-04 10:00 UTC", "First seen: 2026-03-04 10:01 UTC",
        "Sent because: theme standards with probability 0.90", "Subscription: team, delivery d1",
        "Right, it is of this theme: https://tw.example/r?t=a%20b", "Wrong, it is not: https://tw.example/w?t=1&u=2",
        "Mute this subscription: https://tw.example/m",
    ):  # fmt: skip
        assert part in said.text, part
    page = Page(said.html)
    assert page.links == [
        ("https://wire.example/1", "https://wire.example/1"),
        ("https://blog.example/2", "https://blog.example/2"),
        (OWN["right"], "Right, it is of this theme"),
        (OWN["wrong"], "Wrong, it is not"),
        (OWN["mute"], "Mute this subscription"),
    ]
    assert "0.90, sure" in page.text


def test_the_passage_that_was_judged_is_shown_where_the_summary_does_not_begin_with_it():
    reasons = (Reason("standards", "excerpt", 4, 11, 0.3),)
    said = worded(out(alert=told(excerpt="The ballot closes in May.", reasons=reasons)), {})
    assert "A vote was taken.\n\n… The ballot closes in May. …" in said.text
    assert "… The ballot closes in May. …" in Page(said.html).text
    assert "Because of: “ballot”" in said.text.replace("“ballot ”", "“ballot”")
    assert "…" not in worded(out(alert=told(excerpt="vote was")), {}).text


def test_what_is_likely_of_the_same_event_is_named():
    related = (Related("a2", 0.634, "Vote on <storage>", "https://other.example/"), Related("a3", 0.5))
    said = worded(out(alert=told(related=related)), {})
    assert "Likely the same event as: Vote on <storage> (0.63) https://other.example/" in said.text
    assert "Likely the same event as: (without a title) (0.50)" in said.text
    assert ("https://other.example/", "https://other.example/") in Page(said.html).links
    assert f"thread {told().id}" in said.text
    threaded = worded(out(alert=told(related=related), thread="a2"), {})
    assert threaded.subject.startswith("Related: [standards]")
    assert "thread a2" in threaded.text
    assert worded(out(alert=told(kind="update"), thread="a2"), {}).subject.startswith("Update: [standards]")
    digest = worded(out(alert=None, alerts=(told(related=related), told())), {}).text
    assert digest.count("likely the same event as Vote on <storage>") == 1


def test_without_links_of_ours_there_are_none():
    assert "Mute" not in worded(out(), {}).text
    assert "Mute" not in worded(out(), {told().id: {"mute": "javascript:alert(1)"}}).html


def test_what_a_rule_or_people_decided_says_so():
    assert "Judged by: rule r7" in worded(out(alert=told(rule="r7")), {}).text
    assert "Judged by: people" in worded(out(alert=told(rule="label")), {}).text


@pytest.mark.parametrize(
    ("probability", "sure", "says"),
    [
        (0.99, True, "0.99, sure"),
        (0.6, False, "0.60, unsure"),
        (0.1, True, "0.10, sure"),
    ],
)
def test_a_probability_is_a_number_with_a_word_on_whether_it_may_be_relied_on(probability, sure, says):
    assert f"Probability: {says}" in worded(out(alert=told(probability=probability, sure=sure)), {}).text


def test_what_is_unsure_is_marked_before_it_is_opened():
    assert worded(out(alert=told(sure=False)), {}).subject.startswith("Unsure: [standards] ")
    assert "nsure" not in worded(out(alert=told()), {}).subject


def test_a_retraction_an_update_a_test_and_an_event_are_marked_in_subject_and_body():
    retracted = worded(out(alert=told(kind="retracted", seq=2)), {})
    assert retracted.subject == "Retracted: [standards] ISO committee votes on storage"
    assert "does not stand any more" in retracted.text
    assert "does not stand any more" in retracted.html
    assert worded(out(alert=told(kind="update", seq=1)), {}).subject.startswith("Update: [standards]")
    test = worded(out(test=True), {})
    assert (test.subject[:6], test.text.splitlines()[0]) == ("Test: ", "This is a test: nothing has happened.")
    event = HealthEvent(
        subject="https://wire.example/feed", kind="feed failing", message="no answer", at=1, before="healthy"
    )
    health = worded(out(alert=None, event=event, why="asked for"), LINKS)
    assert health.subject == "[themewire] feed failing: https://wire.example/feed"
    assert "not news" in health.text
    assert Page(health.html).links == []


def test_a_digest_has_one_line_for_each_alert_with_one_link_to_its_page():
    other = told(id="other", title="Another", kind="retracted", sources=(), url="https://wire.example/other")
    links = {alert().id: {**OWN, "page": "https://tw.example/digest/x#1"}, "other": {"mute": OWN["mute"]}}
    said = worded(out(alert=None, alerts=(told(), other), why="held back"), links)
    assert said.subject == "2 alerts: [standards] ISO committee votes on storage"
    first, second = said.text.splitlines()[:2]
    assert first.startswith("1: [standards] ISO committee votes on storage (Wire")
    assert first.endswith(") https://tw.example/digest/x#1")
    assert second.startswith("2: Retracted: [standards] Another (")
    assert second.endswith(" https://wire.example/other")
    assert OWN["right"] not in said.text
    assert Page(said.html).links[-1] == (OWN["mute"], "Mute this subscription")
    assert said.text.count("Mute") == 1


def test_a_digest_of_fifty_is_fifty_lines_and_a_few():
    many = tuple(told(id=f"a{n}", title="A long title of an alert " * 20) for n in range(50))
    digest = Outbound(delivery="0" * 32, subscription="s", revision=1, alerts=many, why="held back", at=1)
    said = worded(digest, links_by_alert("https://themewire.example", b"key", digest))
    lines = said.text.splitlines()
    assert len([line for line in lines if line]) <= 55
    page = "https://themewire.example/digest/"
    assert all(len(line[line.index(page) :]) <= len(page) + 52 for line in lines if page in line)
    assert said.text.count(page) == 50


def test_what_looks_like_a_link_in_a_title_is_none():
    said = worded(
        out(alert=told(title="See https://evil.example/ or [here](https://evil.example)", sources=(), url="")), {}
    )
    assert Page(said.html).links == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x y?q=\"><script>#f'", "https://a.example/x%20y?q=%22%3E%3Cscript%3E#f'"),
        ("http://bank.example@evil.example/", "http://evil.example/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt://a.example/%0aalert(1)", ""),
        ("data:text/html,x", ""),
        ("//evil.example/", ""),
        ("https://a.example/\r\nBcc: x", ""),
        ("https://a.example\\@evil.example/", ""),
        ("https://a.example/\ud800", ""),
        ("https://[::1", ""),
        ("https://a.example/" + "x" * 3000, ""),
    ],
)
def test_a_link_is_the_address_it_leads_to_or_none(url, shown):
    assert web_link(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("News\r\nBcc: victim@evil.example\r\n\r\nbody", "News Bcc: victim@evil.example body"),
        ("Report \u202egnp.exe\u202c \u2066left\u2069", "Report gnp.exe left"),
        ("Fre\u200be mo\u200dney\ufeff \u2060now", "Free money now"),
        ("\x1b[2J\x1b[31mred\x1b]0;kit\x07", "[2J [31mred ]0;kit"),
        ("half \ud83d a pair", "half a pair"),
        ("Z" + "\u0351" * 4000, "Z" + "\u0351" * 4),
        ("a\u3164\u2800b\u00a0c\u2028d", "ab c d"),
        ("new \U0001fae9\ufdd0 \U000323b0", "new \U0001fae9 \U000323b0"),  # newer than this Python's Unicode
        ("संस्कृतम् 中文 한국어 Ελληνικά", "संस्कृतम् 中文 한국어 Ελληνικά"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_a_text_is_what_a_reader_sees_of_it(text, shown):
    assert one_line(text, 300) == shown


def test_a_span_that_lies_outside_its_text_is_passed_over():
    reasons = tuple(Reason("t", field, start, end, 1.0) for field, start, end in [
        ("title", -4, 2), ("title", 5, 3), ("title", 0, 10**9), ("url", 0, 3), ("summary", 2, 6),
    ])  # fmt: skip
    assert "Because of: “vote”" in worded(out(alert=told(reasons=reasons)), {}).text


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_any_number_is_a_time_or_none(ms):
    assert moment(ms).endswith("UTC") or moment(ms) == "-"


ANY = st.text(st.characters(exclude_categories=()))
PLANTED = st.sampled_from(
    ["<script>x</script>", '" onmouseover="x', "'><a href='javascript:x'>", "]]>", "<!--", "&lt;img src=x&gt;"]
) | st.sampled_from(
    ["\r\nBcc: x@y.example\r\n\r\n", "\x00", "https://evil.example/", "=?utf-8?q?=0d=0aBcc:_x?=", "%s{0}", *UNSEEN]
)
HOSTILE = st.lists(ANY | PLANTED, max_size=5).map("".join)
SPAN = st.integers(-10, 40)
SOURCE = st.builds(Source, HOSTILE, HOSTILE | HOSTILE.map("https://a.example/{}".format), HOSTILE)
REASON = st.builds(Reason, HOSTILE, st.sampled_from(["title", "summary", "x"]), SPAN, SPAN, st.floats())
ALERT = st.builds(
    told, title=HOSTILE, summary=HOSTILE, theme=HOSTILE, url=HOSTILE, lang=HOSTILE, model=HOSTILE, rule=HOSTILE,
    probability=st.floats(), independent=st.integers(), kind=st.sampled_from(["new", "update", "retracted"]),
    sources=st.lists(SOURCE, max_size=3).map(tuple), reasons=st.lists(REASON, max_size=3).map(tuple),
)  # fmt: skip
EVENT = st.builds(HealthEvent, subject=HOSTILE, kind=HOSTILE, message=HOSTILE, at=st.integers(), before=HOSTILE)
OUT = st.builds(
    out, why=HOSTILE, test=st.booleans(), alert=st.none() | ALERT, event=st.none() | EVENT,
    alerts=st.lists(ALERT, max_size=2).map(tuple),
)  # fmt: skip


@example(out(alert=told(title="</title><script>kitpwn(1)</script>", lang='en" onload="x')))
@given(OUT)
def test_nothing_that_strangers_write_adds_a_line_a_tag_or_a_link(sent):
    said = worded(sent, LINKS)
    assert len(said.subject) <= SUBJECT
    assert "\n" not in said.subject
    for text in (said.subject, said.text, said.html):
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
        text.encode()
    page = Page(said.html)
    assert set(page.tags) <= OURS
    assert set(page.attributes) <= ATTRIBUTES
    assert page.other == []
    assert page.tags.count("h2") == said.html.count("<h2")
    own = set(OWN.values())
    for href, shown in page.links:
        assert urlsplit(href).scheme in ("http", "https")
        assert href in own or shown.rstrip("…") == href[: len(shown.rstrip("…"))]
    given_ = {source.url for each in (sent.alert, *sent.alerts) if each for source in each.sources}
    given_ |= {each.url for each in (sent.alert, *sent.alerts) if each}
    assert {href for href, _ in page.links} <= own | {web_link(url) for url in given_}
