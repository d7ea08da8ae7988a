"""Every view of a live demo in a real browser: nothing of it shuts anybody out, runs over, or asks another host."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from stream.web.access import Access
from stream.web.page import FeedFound
from tests.e2e.browser.conftest import Demo, Watch
from tests.stream.web.page import some_page

VIEWS = (
    "/",
    "/items",
    "/items?q=chip&atom=1",
    "/label",
    "/label/review",
    "/label/train",
    "/sources",
    "/subscriptions",
    "/subscriptions?new=1",
    "/themes",
    "/themes?q=chip",
    "/themes?theme=standards",
    "/system",
    "/why-not?link=https://x.example/",
    "/login",
)
HEAVIEST = 150_000  # bytes of a page with all that it loads
WIDTHS = (320, 640, 768, 1440)  # 640 is what 200 % make of 1280
WEIGHT = "performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0)"
DATED = tuple((some_page.NOW - n * 3_600_000, f"A title of an announcement that is long, {n}") for n in range(3))
FOUND = {
    "a list of a page": FeedFound(
        "https://example.org/a/very/long/path/that/breaks/nowhere/news-and-announcements-of-the-organisation", "page",
        "News", "https://example.org/", 20, 0.4, DATED, ("a line has no date",), why="a list of 20 lines",
        options={"items": "div.view-content > div.views-row:nth-child(2n)", "title": "h3 > a"},
        others=(("https://example.org/feed", "Another one"),),
    ),
    "one that fails": FeedFound("https://example.org/api", "json", failure="the server answered 503", why="JSON"),
    "one that is known": FeedFound("https://example.org/", "changes", "A page", known="f0", newest=((None, "It"),)),
}  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("path", VIEWS)
def test_a_view_is_light_and_fits_and_axe_finds_nothing(demo: Demo, page: Page, path):
    page.goto(demo.address + path, wait_until="load")
    page.keyboard.press("Tab")  # whoever has no mouse need not go through what stands around every view
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert 0 < page.evaluate(WEIGHT) < HEAVIEST
    for link in page.locator("a[href^='http']").all():
        assert {"noopener", "noreferrer"} <= set((link.get_attribute("rel") or "").split())
    fits_and_shuts_nobody_out(page)


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND)
def test_what_would_be_added_is_shown_first_and_fits_and_axe_finds_nothing(page: Page, tmp_path: Path, found):
    site = some_page.Page(tmp_path, Access("", loopback=True))
    try:
        site.found = found
        page.goto(f"{site.address}/sources")
        page.get_by_text("Add a source").click()
        page.get_by_label("Address").first.fill("example.org")
        page.get_by_role("button", name="Find its feed").first.click()
        expect(page.get_by_role("heading", name="Add a source")).to_be_visible()
        fits_and_shuts_nobody_out(page)
    finally:
        site.close()


SKIPPED = """async () => {
  const gone = new Promise(done => addEventListener("popstate", done, { once: true }));
  location.hash = "main";
  await gone;
  return document.getElementById("opened").getAttribute("aria-busy");
}"""


def test_to_skip_to_the_content_opens_nothing_anew_and_to_go_back_does(demo: Demo, page: Page):
    page.goto(f"{demo.address}/items")
    assert page.evaluate(SKIPPED) is None
    opened, row = page.locator("#opened"), page.locator("#list h2 a").nth(1)
    other = (row.locator("xpath=ancestor::li").get_attribute("id") or "").removeprefix("i-")
    row.click()
    expect(opened).to_have_attribute("data-of", other)
    page.go_back()
    expect(opened).not_to_have_attribute("data-of", other)


@pytest.mark.parametrize("kind", ["pagerduty", "matrix"])
def test_of_a_channel_only_what_it_has_is_asked_for(demo: Demo, page: Page, kind):
    page.goto(f"{demo.address}/subscriptions?new=1")
    page.get_by_label("Channel").select_option(kind)
    expect(page.get_by_label("Severity")).to_be_visible(visible=kind == "pagerduty")
    expect(page.get_by_label("Token")).to_be_visible(visible=kind == "matrix")
    fits_and_shuts_nobody_out(page)


def fits_and_shuts_nobody_out(page: Page) -> None:
    """Asserts it of what is shown, in all widths and both schemes."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": RULES})
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", VIEWS)
def test_a_view_says_the_same_without_scripts(demo: Demo, browser: Browser, watch: Watch, path):
    context = browser.new_context(java_script_enabled=False)
    watch.follow(context)
    try:
        page = context.new_page()
        page.goto(demo.address + path)
        assert page.locator("main h1").count() == 1
        assert page.locator("nav a").count() >= 7
    finally:
        context.close()
