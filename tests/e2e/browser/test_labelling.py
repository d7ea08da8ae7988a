"""Items are labelled by keys alone, in a real browser, and a training is begun and stopped there."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Demo

STEP = re.compile("%: .")


def test_ten_items_are_labelled_by_keys_and_the_last_label_is_taken_back(demo: Demo, page: Page):
    page.goto(f"{demo.address}/label")
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
    expect(page.locator(".state")).to_contain_text("10 labels today")
    with page.expect_navigation():
        page.keyboard.press("u")
    expect(title).to_have_text(last)
    expect(page.locator(".state")).to_contain_text("9 labels today")
    with page.expect_navigation():
        page.keyboard.press("Enter")  # with nothing ticked
    expect(page.get_by_role("alert")).to_contain_text("Tick a theme")


def test_a_training_is_followed_without_a_reload_and_can_be_stopped(demo: Demo, page: Page):
    page.goto(f"{demo.address}/label")
    with page.expect_navigation():
        page.keyboard.press("0")  # a label that is new: without one there is nothing to learn
    with page.expect_navigation():
        page.keyboard.press("t")
    with page.expect_navigation():
        page.keyboard.press("t")
    page.evaluate("window.opened = 'once'")
    expect(page.get_by_role("status")).to_contain_text(STEP, timeout=120_000)  # which came after the page was made
    assert page.evaluate("window.opened") == "once"
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("alert")).to_contain_text("It was stopped.")
