"""What people do on the page, in a browser, against a live demo: mend the feeds, subscribe, and ask why."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Demo
from tests.webserver import answer, serve

HTML = b"""<!doctype html><html><head><title>A site</title>
<link rel="alternate" type="application/rss+xml" href="/news.xml"></head><body>News</body></html>"""
FEED = b"""<rss version="2.0"><channel><title>News of a site</title>
<item><title>The committee adopts a standard</title><link>http://site.example/1</link><guid>1</guid></item>
</channel></rss>"""


def test_a_feed_is_added_by_the_address_of_a_page_paused_and_exported(demo: Demo, page: Page, tmp_path: Path):
    with serve() as site:
        site.answers["/"] = answer(HTML, "Content-Type: text/html")
        site.answers["/news.xml"] = answer(FEED, "Content-Type: application/rss+xml")
        page.goto(demo.address + "/sources")
        page.get_by_text("Add a source").click()
        page.get_by_role("textbox", name="Address").fill(site.base)
        page.get_by_role("button", name="Find its feed").click()
        expect(page.get_by_text("The committee adopts a standard")).to_be_visible()
        page.get_by_role("button", name="Add this source").click()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Resume")).to_be_visible()
        page.goto(demo.address + "/sources")
        page.get_by_text("OPML", exact=True).click()
        with page.expect_download() as download:
            page.get_by_text("Export all feeds as OPML").click()
        download.value.save_as(tmp_path / "feeds.opml")
        assert f"{site.base}/news.xml" in (tmp_path / "feeds.opml").read_text(encoding="utf-8")


def test_a_subscription_is_previewed_tested_against_its_receiver_and_muted(demo: Demo, page: Page):
    with serve() as receiver:
        receiver.answers["/hook"] = answer(status="204 No Content")
        page.goto(demo.address + "/subscriptions?new=1")
        page.get_by_label("Name").fill("browser")
        page.get_by_role("group", name="Themes").get_by_role("checkbox").first.check()
        page.get_by_label("Channel").select_option("webhook")
        page.get_by_label("Address").fill(f"{receiver.base}/hook")
        page.get_by_role("button", name="Preview the last 7 days").click()
        expect(page.get_by_role("heading", name="The last 7 days would have sent")).to_be_visible()
        page.get_by_role("button", name="Save this subscription").click()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_role("heading", name="The test alert was taken")).to_be_visible()
        assert any(request.startswith("POST /hook ") for request in receiver.requests)
        page.get_by_role("link", name="Back to browser").click()
        page.get_by_role("button", name="Mute").click()
        expect(page.get_by_role("button", name="Unmute")).to_be_visible()


def test_why_not_is_answered_in_words(demo: Demo, page: Page):
    page.goto(demo.address + "/items")
    box = page.get_by_label("Why was there no alert? Paste a link")
    box.fill("https://nowhere.example/unknown")
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/why-not?link=https" in page.url
    assert len(page.locator("main").inner_text()) > 60
