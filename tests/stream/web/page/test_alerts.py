"""The view of alerts: what it shows of one, and what people say of it: right, wrong, mute, and none of it."""

from collections.abc import Iterator
from ipaddress import ip_network
from urllib.parse import quote

import msgspec
import pytest

from stream.log.records import Out
from stream.records import Alert, Feed, Label, Mute, Opinion, Poll, Reason, Related, Source, Tagged, decode, encode
from stream.units import HOUR
from stream.web.access import Access, Proxies, Role
from stream.web.page.rendering import address_of
from tests.stream.backends import read_all
from tests.stream.index.test_search import alert, tagged
from tests.stream.web.page.some_page import EVIL, NOW, Page, Tags

SOURCES = (Source("Wire", "https://example.org/1", "i"), Source("Echo", "https://example.net/1", "j", copy_of="i"))
ROLES = {Role.READER: "reader token", Role.LABELLER: "labeller token"}


def token(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name} token"}


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    made = Page(tmp_path, Access("", loopback=True))
    made.index.take(
        tagged("i", "Suit over chiplets", NOW - 2 * HOUR, ["t"]),
        alert("a", "Suit over chiplets", NOW - HOUR, sources=SOURCES),
        alert("b", "Another suit", NOW - 2 * HOUR, sources=[Source("Post", "", "k")], lang="de"),
    )
    yield made
    made.close()


def labels(page: Page) -> list[Label]:
    return [decode(record.value, Label) for record in read_all(page.log, "labels")]


def changed(out: Out, kind: type[msgspec.Struct], **of: object) -> Out:
    return Out(out.topic, out.key, encode(msgspec.structs.replace(decode(out.value or b"", kind), **of)))


def polled(feed: str, next_poll: int) -> Out:
    poll = Poll(feed=feed, url="u", title="", at=1, outcome="new", error=None, next_poll=next_poll, state="healthy")
    return Out("polls", feed, encode(poll))


def posted_to(html: str) -> set[str]:
    return {attributes["action"] or "" for tag, attributes in Tags(html).found if attributes.get("method") == "post"}


def test_right_and_wrong_are_labels_of_who_says_so_that_count_once_and_can_be_taken_back(page):
    status, html = page.post("/alert/right", alert="a", back="/?lang=en&before=7")
    assert status == 200
    assert "Taken: it is of" in html
    page.post("/alert/right", alert="a", back="/")
    page.post("/alert/wrong", alert="a", back="/")
    right, wrong = labels(page)
    assert (right.item.id, right.who, right.yes, right.no, right.alert) == ("i", "page", ("t",), (), "a")
    assert (right.standing, right.contrary) == ("labeller", False)
    assert (wrong.yes, wrong.no, wrong.contrary) == ((), ("t",), True)
    page.post("/alert/undo", alert="a", back="/")
    page.post("/alert/undo", alert="a", back="/")
    assert [each.undoes for each in labels(page)[2:]] == [wrong.id, right.id]
    status, html = page.post("/alert/undo", alert="a", back="/")
    assert (status, len(labels(page))) == (409, 4)
    assert "no word of yours" in html


def test_an_act_leads_back_to_the_list_it_came_from_with_its_alert_opened_and_offers_to_undo_it(page):
    _, html = page.post("/alert/wrong", alert="a", back="/?lang=en&open=b&said=muted")
    assert page.last.endswith("/?lang=en&open=a&said=wrong#opened")
    assert "/alert/undo" in posted_to(html)
    assert "said=" not in page.get("/?lang=en&open=a&said=wrong")[1].partition('<section class="opened')[0]
    page.post("/alert/mute", alert="a", back="https://evil.example/")
    assert page.last.startswith(page.address + "/?open=a")


def test_a_label_that_says_more_is_not_taken_back_by_halves(page):
    item = decode(tagged("i", "x").value or b"", Tagged).item
    both = Label(id="l", item=item, who="page", origin="page", at=1, yes=("t",), no=("u",))
    page.log.append([Out("labels", "i", encode(both))])
    status, html = page.post("/alert/undo", alert="a", back="/")
    assert (status, len(labels(page))) == (409, 1)
    assert "says more" in html


def test_a_muted_story_says_so_and_who_did_it_until_that_is_taken_back(page):
    page.post("/alert/mute", alert="a", back="/")
    (muted,) = read_all(page.log, "mutes")
    mute = decode(muted.value, Mute)
    assert (muted.key, mute.alert, mute.theme, mute.who, mute.at) == ("a", "a", "t", "page", NOW)
    page.index.take(Out("mutes", "a", muted.value))
    _, html = page.get("/?open=a")
    assert html.count('<span class="tag">muted</span>') == 2
    assert "<bdi>page</bdi> muted it" in html
    assert "/alert/unmute" in posted_to(html)
    page.post("/alert/unmute", alert="a", back="/")
    assert [record.value for record in read_all(page.log, "mutes")][1:] == [None]


def test_an_opened_alert_shows_whose_word_there_is_what_is_related_and_copies_apart(page):
    said = (
        Opinion("page", "labeller", "t", right=True, counts=True, at=NOW),
        Opinion("subscription team", "subscriber", "t", right=False, counts=False, at=NOW),
        Opinion("eve", "labeller", "u", right=False, counts=True, at=NOW),
    )
    related = (Related("b", 0.41, "Another suit", "https://example.org/2"),)
    page.index.take(
        changed(tagged("i", "Suit over chiplets", NOW - 2 * HOUR, ["t"]), Tagged, opinions=said),
        changed(alert("a", "Suit over chiplets", NOW, 1, sources=SOURCES), Alert, related=related),
    )
    _, html = page.get("/?open=a&lang=en")
    assert "<bdi>page</bdi> says right" in html
    assert "<bdi>subscription team</bdi> says wrong" in html
    assert "<bdi>eve</bdi>" not in html
    assert "/alert/undo" in posted_to(html)
    assert '<a href="/?lang=en&amp;open=b"><bdi>Another suit</bdi></a> 0.41' in html
    assert "1 copy of the same text" in html
    assert "related to 1 alert" in html


def test_who_may_not_say_is_not_asked_and_is_not_taken(tmp_path):
    page = Page(tmp_path, Access("operator token", loopback=True, tokens=ROLES))
    try:
        page.index.take(tagged("i", "x", NOW, ["t"]), alert("a", "x", NOW, sources=SOURCES))
        acts = {name: f"/alert/{name}" for name in ("right", "wrong", "mute")}
        assert not {*acts.values()} & posted_to(page.get("/", **token("reader"))[1])
        assert page.post(acts["right"], token("reader"), alert="a", back="/")[0] == 403
        assert {*acts.values()} & posted_to(page.get("/", **token("labeller"))[1]) == {acts["right"], acts["wrong"]}
        assert page.post(acts["mute"], token("labeller"), alert="a", back="/")[0] == 403
        assert {*acts.values()} <= posted_to(page.get("/", **token("operator"))[1])
        assert labels(page) == []
        assert read_all(page.log, "mutes") == []
        assert page.post(acts["wrong"], token("labeller"), alert="none", back="/")[0] == 404
    finally:
        page.close()


def test_a_word_is_of_the_user_whom_a_proxy_names(tmp_path):
    proxies = Proxies([ip_network("127.0.0.0/8")], groups={Role.LABELLER: ["desk"]})
    page = Page(tmp_path, Access("", loopback=True, proxies=proxies))
    try:
        page.index.take(tagged("i", "x", NOW, ["t"]), alert("a", "x", NOW, sources=SOURCES))
        for who in ("ann", "bob"):
            page.post("/alert/wrong", {"X-Forwarded-User": who, "X-Forwarded-Groups": "desk"}, alert="a", back="/")
        assert [each.who for each in labels(page)] == ["ann", "bob"]
    finally:
        page.close()


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("", {"a", "b"}),
        ("source=Wire", {"a"}),
        ("source=Post&lang=de", {"b"}),
        ("q=suit+chiplets", {"a"}),
        ("theme=u", set()),
        ("until=2025-11-23", set()),
        ("since=2025-11-24&until=2025-11-24", {"a", "b"}),
    ],
)
def test_filters_are_part_of_the_address_and_their_controls_show_them(page, filters, found):
    _, html = page.get(f"/?{filters}")
    assert {each["id"] for tag, each in Tags(html).found if tag == "li" and "id" in each} == {f"a-{n}" for n in found}
    assert ("Clear all filters" in html) is bool(filters)
    values = {each["name"]: each.get("value") for tag, each in Tags(html).found if tag == "input" and "name" in each}
    for pair in filters.split("&") if filters and "lang" not in filters else ():
        name, _, value = pair.partition("=")
        assert values[name] == value.replace("+", " ")


def test_the_line_above_says_whether_silence_can_be_trusted(page):
    assert "No feed is watched" in page.get("/")[1]
    page.index.take(*(Out("feeds", f, encode(Feed(id=f, url=f"https://{f}.example/"))) for f in "fgh"))
    page.index.take(*(polled(f, NOW + HOUR) for f in "fg"))
    _, html = page.get("/")
    assert "Watching 3 feeds." in html
    assert "0 items in the last hour" in html
    page.index.take(*(polled(f, NOW - HOUR) for f in "fg"))
    assert "2 feeds of 3 should have been polled by now" in page.get("/")[1]


def test_every_field_of_what_is_opened_is_text_only(page):
    said = tuple(Opinion(EVIL, whose, "t", right=True, counts=False, at=NOW) for whose in ("labeller", "subscriber"))
    sources = [Source(EVIL, "javascript:alert(1)", "i"), Source(EVIL, f"https://{EVIL}", "j", copy_of="i")]
    more = {
        "related": (Related(EVIL, 0.4, EVIL, "javascript:alert(1)"),),
        "reasons": (Reason("t", "title", 0, 9, 1.0), Reason("t", "excerpt", 2, 30, 1.0)),
        "excerpt": EVIL,
        "summary": EVIL,
        "url": "javascript:alert(1)",
        "rule": EVIL,
        "date_quality": EVIL,
    }
    page.index.take(
        changed(tagged("i", EVIL, NOW, ["t"], lang=EVIL), Tagged, opinions=said, rule=EVIL, model=EVIL),
        changed(alert("a", EVIL, NOW, 1, sources=sources, lang=EVIL), Alert, **more),
        Out("mutes", "a", encode(Mute(alert="a", theme="t", who=EVIL, at=NOW))),
    )
    for path in ("/?open=a&said=wrong", "/items?open=i&said=labelled&label=x", f"/?open=a&source={quote(EVIL)}"):
        status, html = page.get(path)
        assert status == 200, path
        tags = Tags(html).found
        assert [attributes.get("src") for tag, attributes in tags if tag == "script"] == [address_of("page.js")]
        assert not [each for tag, each in tags if tag == "img" or any(name.startswith("on") for name in each)]
        assert not [each for _, each in tags if (each.get("href") or "").startswith("javascript")]
