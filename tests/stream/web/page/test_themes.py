"""Themes on the page: made from a description and examples, labelled, previewed, judged by people, and removed."""

from collections.abc import Iterator

import pytest

from stream.records import OwnTheme, Source
from stream.units import WEEK
from stream.web.access import Access, Role
from stream.web.page import Job, Previewed, Said, ThemeWish
from stream.web.page.theme_form import theme_id
from tests.stream.index.test_search import alert, tagged
from tests.stream.web.page.some_desks import item
from tests.stream.web.page.some_page import NOW, Page

READER = {"Authorization": "Bearer reader"}
OPERATOR = {"Authorization": "Bearer operator"}
FERRIES = {"name": "Ferry routes", "about": "Passenger ferries: routes and sailings."}


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    made = Page(tmp_path, Access("operator", loopback=True, tokens={Role.READER: "reader"}))
    made.own.mine = [OwnTheme(id="t", name="Boats", about="All of boats", added_at=1, model="h")]
    made.index.take(
        tagged("i", "A ferry sails to Malmö", NOW - 9000), tagged("j", "Ferry tale wins a prize", NOW - 8000),
        tagged("k", "A chip is made", NOW - 7000),
    )  # fmt: skip
    yield made
    made.close()


def test_a_theme_is_made_of_a_description_and_of_examples_that_the_archive_has(page):
    _, html = page.get("/themes?q=ferry", **OPERATOR)
    assert "2 items found" in html
    assert "A chip is made" not in html
    _, html = page.post("/themes/save", OPERATOR, **FERRIES, q="chip", find="1", **{"is-i": "1"})
    assert 'name="is-i" value="1" checked' in html  # what was chosen stays, whatever is searched
    assert "A chip is made" in html
    assert "Passenger ferries" in html
    chosen = {"is-i": "1", "not-j": "1", "examples": "A line ends\r\nfor good\r\n\r\nAnother opens", "others": "Cars"}
    page.post("/themes/save", OPERATOR, **FERRIES, **chosen, not_about="Car sales\nBridges\n")
    assert page.own.done == [
        ThemeWish(
            "ferry-routes", FERRIES["name"], FERRIES["about"], ("Car sales", "Bridges"), ("i",), ("j",),
            ("A line ends\nfor good", "Another opens"), ("Cars",),
        ),
    ]  # fmt: skip


def test_what_makes_no_sense_is_said_beside_what_was_written(page):
    for wrong, sentence in (
        ({"name": "Boats of all kinds", "about": "nonsense, really"}, "says too little"),
        ({"name": "船", "about": "ships"}, "Give it an id"),
        ({"name": "T", "about": "ships"}, "There is a theme"),
    ):
        status, html = page.post("/themes/save", OPERATOR, **wrong, **{"is-i": "1"})
        assert status == 422
        assert sentence in html
        assert f'value="{wrong["name"]}"' in html
        assert 'name="is-i" value="1" checked' in html
    assert page.own.done == []


def test_an_id_is_made_of_a_name():
    assert theme_id("  Export controls & chips ") == "export-controls-chips"
    assert theme_id("Économie") == "economie"
    assert theme_id("船") == ""


def test_examples_are_added_to_a_theme_of_ones_own_and_to_no_other(page):
    _, html = page.get("/themes?theme=t&q=ferry", **OPERATOR)
    assert "All of boats" in html
    page.post("/themes/save", OPERATOR, theme="t", name="Boats", about="All of boats", **{"is-i": "1"})
    assert page.own.done == [ThemeWish("t", "Boats", "All of boats", examples=("i",))]
    assert page.get("/themes?theme=u&q=ferry", **OPERATOR)[0] == 404
    assert page.get("/themes?theme=none", **OPERATOR)[0] == 404


def test_it_is_labelled_by_what_a_search_found(page):
    page.own.jobs["search", "t"] = Job("search t", "A search", NOW, total=10, done=4, steps=("searching",))
    _, html = page.post("/themes/work", OPERATOR, kind="search", theme="t")
    assert "40 %" in html
    assert 'data-running="/label?theme=t"' in html
    page.own.jobs["search", "t"] = Job("search t", "A search", NOW, NOW, result=("i", "j"))
    page.own.spoken = [Said(item("i"), True, ("ann",), NOW)]
    _, html = page.get("/label?theme=t", **OPERATOR)
    assert "Ferry tale wins a prize" in html
    assert 'name="is-t"' in html
    assert 'name="is-u"' not in html
    page.post("/label/say", OPERATOR, item="j", theme="t", none="1")
    assert [(label.yes, label.no) for label in page.labels.said] == [((), ("t",))]
    page.own.spoken.append(Said(item("j"), False, ("ann",), NOW))
    assert "All that was found is labelled" in page.get("/label?theme=t", **OPERATOR)[1]
    assert page.get("/label?theme=u", **OPERATOR)[0] == 404


def test_its_preview_is_shown_and_it_can_be_removed_by_force_where_it_is_asked_for(page):
    rows = (("i", "A ferry sails", "en", "https://example.org/x", NOW, 0.91),)
    page.own.jobs["preview", "t"] = Job("preview t", "A preview", NOW, NOW, result=Previewed(7, 1, 0, rows, ()))
    _, html = page.get("/themes?theme=t", **OPERATOR)
    assert "Of 7 items, 1 would alert surely, and 0 more unsurely" in html
    assert page.post("/themes/remove", OPERATOR, theme="t")[0] == 409
    _, html = page.post("/themes/remove", OPERATOR, theme="t", force="1")
    assert page.own.done == [("remove", "t")]
    assert "themes watched" in html
    assert page.post("/themes/work", OPERATOR, kind="other", theme="t")[0] == 422
    page.post("/themes/stop", OPERATOR, job="learn t")
    assert page.own.done[-1] == ("cancel", "learn t")


def test_people_s_verdicts_are_counted_by_week_for_what_was_alerted_of(page):
    page.index.take(alert("a", "A ferry sails", NOW, sources=[Source("S", "", "i")]))
    page.own.spoken = [
        Said(item("i"), False, ("ann",), NOW), Said(item("j"), True, ("ann",), NOW),
        Said(item("i"), True, ("bob",), NOW - 99 * WEEK),
    ]  # fmt: skip
    _, html = page.get("/themes?theme=t", **OPERATOR)
    assert html.count('<td data-name="Wrong" class="n">1</td>') == 1
    assert '<td data-name="Right" class="n">1</td>' not in html  # nothing was alerted of it
    assert "0 right, 1 wrong" in page.get("/themes", **OPERATOR)[1]


def test_who_only_reads_sees_themes_and_nothing_to_change_them_with(page):
    for path in ("/themes", "/themes?theme=t", "/themes?q=ferry"):
        assert "<form method" not in page.get(path, **READER)[1].replace('class="stack" ', "")
    assert "/themes/remove" in page.get("/themes?theme=t", **OPERATOR)[1]
    assert page.post("/themes/save", READER, **FERRIES)[0] == 403
    assert page.own.done == []
