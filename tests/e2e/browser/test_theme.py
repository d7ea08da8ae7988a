"""A theme of one's own is made in a real browser: described, given examples by a search, labelled and previewed."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Demo

ABOUT = "Quarrels about patents on chips: suits, rulings, licences and settlements between firms."


def searched(page: Page, words: str) -> None:
    """Looks for examples, with the keyboard alone."""
    box = page.get_by_label("Search the archive")
    box.fill(words)
    with page.expect_navigation():
        box.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"\d+ items? found"))


def test_a_theme_is_made_of_a_description_and_five_examples_labelled_by_keys_and_previewed(demo: Demo, page: Page):
    page.goto(f"{demo.address}/themes")
    page.get_by_role("link", name="Make a theme").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Patent quarrels")
    page.get_by_label("What belongs to it").fill(ABOUT)
    searched(page, "patent")
    for n in range(3):
        page.get_by_label("Of it", exact=True).nth(n).check()
    searched(page, "norm")
    chosen = page.get_by_label("Of it", exact=True)
    assert [chosen.nth(n).is_checked() for n in range(3)] == [True] * 3  # of the search before
    for n in (3, 4):
        chosen.nth(n).check()
    page.get_by_role("button", name="Make the theme").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Patent quarrels")
    expect(page.get_by_text("5 of it, 0 that are not")).to_be_visible()
    expect(page.get_by_text("Learning the theme ended")).to_be_visible()

    page.wait_for_load_state()  # keys are listened to once the script has run
    with page.expect_navigation():
        page.keyboard.press("l")
    for key in "0", "1":
        expect(page.locator("article h2")).to_be_visible()
        page.wait_for_load_state()
        with page.expect_navigation():
            page.keyboard.press(key)
            if key != "0":
                page.keyboard.press("Enter")
    page.get_by_role("link", name="back to the theme").click()
    expect(page.get_by_text("6 of it, 1 that are not")).to_be_visible()

    page.wait_for_load_state()
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="The last 7 days with it")).to_be_visible()
    page.goto(f"{demo.address}/")
    expect(page.get_by_role("group", name="Theme").get_by_role("link", name="Patent quarrels")).to_be_visible()
