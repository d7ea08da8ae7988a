"""The archive: everything that was judged is found, says why it was judged so, and can be labelled where it stands."""

from collections.abc import Iterator

import msgspec
import pytest

from stream.records import Opinion, Reason, Source, Tagged, decode
from stream.units import HOUR
from stream.web.access import Access
from tests.stream.index.test_search import alert, tagged
from tests.stream.web.page.some_page import NOW, Page, Tags
from tests.stream.web.page.test_alerts import ROLES, changed, posted_to, token


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    made = Page(tmp_path, Access("", loopback=True))
    made.index.take(
        tagged("i", "Suit over chiplets", NOW - HOUR, ["t"], source="Wire"),
        tagged("j", "Quarterly results", NOW - 2 * HOUR, lang="de", feed="g"),
        alert("a", "Suit over chiplets", NOW - HOUR, sources=[Source("Wire", "", "i")]),
    )
    yield made
    made.close()


def rows(html: str) -> list[str]:
    return [each["id"] or "" for tag, each in Tags(html).found if tag == "li" and "id" in each]


def links(html: str) -> set[str]:
    return {each["href"] or "" for tag, each in Tags(html).found if tag == "a"}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("", ["i-i", "i-j"]),
        ("source=Wire", ["i-i"]),
        ("feed=g", ["i-j"]),
        ("theme=t", ["i-i"]),
        ("decision=none&lang=de", ["i-j"]),
        ("q=quarter", ["i-j"]),
        ("until=2025-11-01", []),
    ],
)
def test_filters_narrow_what_is_found_and_can_be_cleared(page, filters, found):
    _, html = page.get(f"/items?{filters}")
    assert rows(html) == found
    assert ("Clear all filters" in html) is bool(filters)


def test_an_item_says_how_it_was_judged_why_whose_word_there_is_and_what_became_of_it(page):
    said = (Opinion("ann", "labeller", "t", right=True, counts=True, at=NOW),)
    why = (Reason("t", "title", 10, 18, 0.5),)
    page.index.take(changed(tagged("i", "Suit over chiplets", NOW - HOUR, ["t"]), Tagged, opinions=said, reasons=why))
    _, html = page.get("/items?open=i&lang=en")
    _, _, opened = html.partition('id="opened"')
    assert "<mark>chiplets</mark>" in opened
    assert "0.90" in opened
    assert "0.20" in opened
    assert "<bdi>ann</bdi> says that it is of" in opened
    assert {"/?open=a", "/why-not?link=i", "/themes?q=&is-i=1"} <= links(opened)
    assert "No alert: it is of no theme." in page.get("/items?open=j")[1]
    assert page.get("/items?open=gone")[0] == 404


def test_an_item_is_labelled_where_it_stands_and_that_can_be_taken_back(page):
    _, html = page.post("/items/say", item="j", back="/items?lang=de&said=undone", **{"is-u": "1"})
    assert [(label.item.id, label.yes, label.no) for label in page.labels.said] == [("j", ("u",), ("t",))]
    assert page.last.endswith("/items?lang=de&open=j&said=labelled&label=label+1#opened")
    assert "Labelled" in html
    _, html = page.post("/items/undo", item="j", label="label 1", back="/items?lang=de")
    assert page.labels.undone == ["label 1"]
    assert "Taken back" in html
    page.post("/items/say", item="j", back="/items", none="1", **{"is-u": "1"})
    assert (page.labels.said[-1].yes, page.labels.said[-1].no) == ((), ("t", "u"))
    assert page.post("/items/say", item="j", back="/items")[0] == 422


def test_a_search_becomes_a_subscription_or_examples_of_a_theme(page):
    found = links(page.get("/items?q=suit+chips&theme=t&lang=en&source=Wire&since=2025-11-01")[1])
    assert "/subscriptions?theme=t&lang=en&source=Wire&words=suit+chips" in found
    assert "/themes?q=suit%20chips" in found
    others = [link for link in links(page.get("/items")[1]) if link.startswith(("/subscriptions?", "/themes?"))]
    assert others == ["/themes?q=&is-i=1"]  # of the item that is opened


def test_who_may_not_label_is_not_asked(tmp_path):
    page = Page(tmp_path, Access("operator token", loopback=True, tokens=ROLES))
    try:
        page.index.take(tagged("i", "x", NOW))
        assert posted_to(page.get("/items", **token("labeller"))[1]) == {"/items/say"}
        assert posted_to(page.get("/items", **token("reader"))[1]) == set()
        assert page.post("/items/say", token("reader"), item="i", none="1")[0] == 403
        assert page.labels.said == []
    finally:
        page.close()


def test_an_id_is_no_part_of_an_address_or_of_html(page):
    item = decode(tagged("e", "Odd", NOW).value or b"", Tagged).item
    page.index.take(changed(tagged("e", "Odd", NOW), Tagged, item=msgspec.structs.replace(item, id='e&">')))
    _, html = page.get("/items?open=e%26%22%3E")
    assert 'value="e&amp;&#34;&gt;"' in html
    assert "/themes?q=&is-e%26%22%3E=1" in links(html)


def test_a_search_has_an_address_for_feed_readers_which_can_be_revoked(page):
    assert "atom=1" not in page.get("/items")[1]
    assert "/items?q=chips&amp;atom=1" in page.get("/items?q=chips")[1]
    _, html = page.get("/items?q=chips&since=2025-01-01&atom=1")
    assert "/atom/search/chips/0-" in html
    assert "of whatever day" in html
    page.post("/items/revoke", q="chips", theme="", back="/items?q=chips&atom=1")
    assert page.asked == [("revoke", "chips")]
    assert page.last.partition("#")[0].endswith("/items?q=chips&atom=1")


def test_a_search_of_what_there_is_not_has_no_address(page):
    status, html = page.get("/items?decision=perhaps&atom=1")
    assert (status, "/atom/search" in html) == (200, False)
