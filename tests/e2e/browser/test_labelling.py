"""Items are labelled by keys alone, in a real browser, and a training is followed there to its gate, and promoted."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Demo, shipped_themes

STEP = re.compile("%: .")
COLUMNS = ["What is compared", "Before", "Now", "Limit", "Verdict"]


def labels_today(page: Page) -> int:
    """How many the view tells of."""
    found = re.search(r"(\d+) labels? today", page.locator(".state").inner_text())
    assert found
    return int(found[1])


def begin_training(demo: Demo, page: Page) -> None:
    """Gives a label that is new, since without one there is nothing to learn, and begins to learn it."""
    page.goto(f"{demo.address}/label")
    with page.expect_navigation():
        page.keyboard.press("0")
    with page.expect_navigation():
        page.keyboard.press("t")
    with page.expect_navigation():
        page.keyboard.press("t")


def test_a_training_is_followed_to_its_gate_without_a_reload_and_what_it_made_is_promoted(demo: Demo, page: Page):
    begin_training(demo, page)
    page.evaluate("window.opened = 'once'")
    expect(page.get_by_role("status")).to_contain_text(STEP)  # which came after the page was made
    assert page.evaluate("window.opened") == "once"
    table = page.locator("table.gate")
    expect(table).to_be_visible()
    assert table.locator("thead th").all_inner_texts() == COLUMNS
    rows = [row.split("\t") for row in table.locator("tbody tr:has(td)").all_inner_texts()]
    assert {name for name, *_ in rows} >= shipped_themes(demo) | {"de", "en"}
    assert all(float(before) >= 0 and float(now) >= 0 for name, before, now, *_ in rows if name in ("de", "en"))
    page.get_by_role("button", name="Promote it").click()
    expect(page.locator("#model")).to_contain_text("it serves")


def test_a_training_can_be_stopped(demo: Demo, page: Page):
    begin_training(demo, page)
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("alert")).to_contain_text("It was stopped.")


def test_ten_items_are_labelled_by_keys_and_the_last_label_is_taken_back(demo: Demo, page: Page):
    page.goto(f"{demo.address}/label")
    before = labels_today(page)
    title = page.locator("article h2")
    for n in range(10):
        expect(title).to_be_visible()
        last = title.inner_text()
        with page.expect_navigation():
            if n % 2:
                page.keyboard.press("0")
            else:
                page.keyboard.press(str(1 + n % 4))
                page.keyboard.press("Enter")
    assert labels_today(page) == before + 10
    with page.expect_navigation():
        page.keyboard.press("u")
    expect(title).to_have_text(last)
    assert labels_today(page) == before + 9
    with page.expect_navigation():
        page.keyboard.press("Enter")  # with nothing ticked
    expect(page.get_by_role("alert")).to_contain_text("Tick a theme")
