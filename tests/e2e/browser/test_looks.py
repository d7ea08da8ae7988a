"""Every view of a live demo in a real browser: nothing of it shuts anybody out, runs over, or asks another host."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.conftest import Demo, Watch

VIEWS = (
    "/",
    "/items",
    "/label",
    "/label/review",
    "/label/train",
    "/sources",
    "/subscriptions",
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
