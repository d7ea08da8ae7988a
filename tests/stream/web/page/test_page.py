"""The page: every view of what came from the world, over a real socket, for who may see it."""

import urllib.request
from collections.abc import Iterator

import pytest

from stream.log.records import Out
from stream.records import Destination, Feed, OwnTheme, Poll, Reason, Source, Subscription, encode
from stream.records.message import Failure
from stream.web.access import Access, Role
from stream.web.page import DeadRow, Doubted, Job, Previewed, Said
from stream.web.page.marked import marked
from stream.web.page.rendering import address_of
from stream.web.page.wording import sentence
from tests.stream.index.test_search import alert, tagged
from tests.stream.web.page.some_desks import item, model
from tests.stream.web.page.some_page import EVIL, NOW, Page, Tags

VIEWS = ("/", "/items", "/label", "/sources", "/subscriptions", "/themes", "/system")
PATHS = (
    *VIEWS,
    "/why-not?link=x",
    "/sources?feed=f",
    "/subscriptions?name=s",
    "/subscriptions?name=s&change=1",
    "/label?item=i",
    "/label/review",
    "/label/train",
    "/themes?theme=u",
    "/themes?q=alert",
    "/themes?theme=t",
)


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    made = Page(tmp_path, Access("", loopback=True))
    error = Failure("parse", EVIL)
    poll = Poll(feed="f", url="u", title=EVIL, at=NOW, outcome="parse", error=error, state="failing")
    made.log.append([Out("feeds", "f", encode(Feed(id="f", url=f"https://example.org/{EVIL}", title=EVIL)))])
    made.index.take(
        Out("polls", "f", encode(poll)),
        tagged("i", EVIL, NOW - 5000, ["t"], summary=EVIL, lang=EVIL),
        alert("a", EVIL, NOW - 4000, sources=[Source(EVIL, "javascript:alert(1)", "i")], lang=EVIL),
    )
    mail = Destination("mail", EVIL)
    made.log.append([Out("subscriptions", "s", encode(Subscription(id="s", revision=1, channel=mail, themes=("t",))))])
    made.labels.waiting = ["i"]
    made.labels.doubted = [Doubted(item("i"), ("t",), ("u",), (EVIL,), ("l",), {"t": 0.1})]
    made.dead.rows = [DeadRow(EVIL, "tag", EVIL, NOW), DeadRow("o", "tag", EVIL, NOW, EVIL)]
    made.models.records = [model("m-1", promoted_at=1), model("m-2", note=f"refused: {EVIL}")]
    made.own.mine = [OwnTheme(id="t", name=EVIL, about=EVIL, added_at=1, not_about=(EVIL,), model="h")]
    made.own.spoken = [Said(item("i"), True, (EVIL,), NOW), Said(item("j"), False, (EVIL,), NOW)]
    rows = (("i", EVIL, "en", "javascript:alert(1)", NOW, 0.9),)
    made.own.jobs["preview", "t"] = Job("preview t", "A preview", 1, 2, result=Previewed(5, 1, 1, rows, rows))
    yield made
    made.close()


@pytest.mark.parametrize("path", PATHS)
def test_every_view_shows_text_of_the_world_as_text_only(page, path):
    status, html = page.get(path)
    assert status == 200, html
    assert "alert(1)" in html
    tags = Tags(html).found
    assert [attributes for tag, attributes in tags if tag == "script"] == [
        {"src": address_of("page.js"), "defer": None}
    ]
    assert not [each for tag, each in tags if tag == "img" or any(name.startswith("on") for name in each)]
    links = [each["href"] or "" for _, each in tags if "href" in each]
    assert all(link.startswith(("/", "#", "http://", "https://")) for link in links)
    assert "4907" not in html  # no template in a text is a template


@pytest.mark.parametrize("path", PATHS)
def test_a_page_may_load_and_run_nothing_but_our_own_files(page, path):
    with urllib.request.urlopen(page.address + path, timeout=20) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_links_of_the_world_open_without_telling_where_from_and_show_their_host(page):
    page.index.take(alert("b", "Good", NOW, sources=[Source("Wire", "https://www.example.org/x", "j")]))
    _, html = page.get("/")
    (link,) = [each for tag, each in Tags(html).found if each.get("href") == "https://www.example.org/x"]
    assert link["rel"] == "noopener noreferrer"
    assert ">example.org</a>" in html


def test_words_that_carried_a_decision_are_marked(page):
    reasons = (Reason("t", "title", 4, 8, 0.5), Reason("t", "title", 6, 9, 0.2), Reason("u", "title", 0, 3, 0.1))
    assert marked("The GPUs fail", reasons, "title", "t") == [
        ("The ", False),
        ("GPUs", True),
        (" ", True),
        ("fail", False),
    ]
    assert marked("Short", (Reason("t", "title", 2, 99, 0.5),), "title") == [("Short", False)]


def test_what_makes_no_sense_gets_a_sentence(page):
    for path in ("/?before=x", "/items?since=yesterday", f"/?q={'a' * 300}", "/?open=nothing", "/sources?feed=none"):
        status, html = page.get(path)
        assert status in (404, 422)
        assert {404: "There is nothing here", 422: "This cannot be shown"}[status] in html
        assert "Traceback" not in html


def test_a_form_is_taken_from_our_own_page_only_and_leads_back_into_it(page):
    form = {"name": "s", "days": "7", "back": "/subscriptions"}
    assert page.post("/subscriptions/mute", **form)[0] == 200
    assert page.muted == [("s", NOW + 7 * 86_400_000)]
    status, html = page.post("/subscriptions/mute", {"Origin": "https://evil.example"}, **form)
    assert status == 403
    assert "another site" in html
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", ""):
        assert page.post("/subscriptions/mute", name="s", days="0", back=back)[0] == 200  # of the first view
    assert page.post("/subscriptions/mute", name="s", days="8", back="/")[0] == 422


def test_who_only_reads_may_not_act_and_is_shown_nothing_to_act_with(tmp_path):
    page = Page(tmp_path, Access("operator token", loopback=True, tokens={Role.READER: "reader token"}))
    mail = Destination("mail", "a@example.org")
    page.log.append([Out("subscriptions", "s", encode(Subscription(id="s", revision=1, channel=mail, themes=("t",))))])
    try:
        reader = {"Authorization": "Bearer reader token"}
        assert page.get("/")[0] == 401
        assert page.get("/changes")[0] == 401
        assert page.get("/", **reader)[0] == 200
        assert page.post("/subscriptions/mute", reader, name="s", days="1", back="/")[0] == 403
        assert page.muted == []
        operator = {"Authorization": "Bearer operator token"}
        assert "/subscriptions/mute" in page.get("/subscriptions", **operator)[1]
        assert "/subscriptions/mute" not in page.get("/subscriptions", **reader)[1]
    finally:
        page.close()


def test_the_browser_hears_of_a_change_of_the_index_and_of_work_that_goes_on(page):
    page.index.take(alert("a", "Title", NOW))
    with page._db.transaction() as db:
        db.execute("INSERT INTO position VALUES ('tagged', 0, 7)")
    assert 'data-as-of="7"' in page.get("/")[1]
    with urllib.request.urlopen(page.address + "/changes", timeout=20) as events:
        lines = iter(events.readline, b"")

        def told(name: bytes) -> bytes:
            assert b"event: %s\n" % name in lines
            return next(lines)

        assert told(b"changed") == b"data: 7\n"  # as the page has it: there is nothing to ask for
        assert told(b"work") == b"data: 0\n"
        with page._db.transaction() as db:
            db.execute("UPDATE position SET next_offset = 8")
        assert told(b"changed") == b"data: 8\n"
        page.worked = 1
        assert told(b"work") == b"data: 1\n"


def test_a_file_of_ours_is_asked_for_once_in_each_of_its_states(page):
    style = address_of("style.css")
    assert f'<link rel="stylesheet" href="{style}">' in page.get("/")[1]
    for path, kept in (
        (style, "immutable"),
        ("/static/style.css", "no-cache"),
        ("/static/style.css?older", "no-cache"),
    ):
        with urllib.request.urlopen(page.address + path, timeout=20) as answer:
            assert kept in answer.headers["Cache-Control"]
    for path in ("/static/none.css", "/static/..%2Fsite.py", "/static/style"):
        assert page.get(path)[0] == 404


def test_what_is_wrong_is_a_sentence():
    assert sentence("it has no end") == "It has no end."
    assert sentence("http://a.example/x is refused: why?") == "http://a.example/x is refused: why?"
