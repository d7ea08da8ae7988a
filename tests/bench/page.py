"""`python -m tests.bench.page`: what views of the page cost, over HTTP and until the first paint in a browser."""

import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
from playwright.sync_api import BrowserContext, sync_playwright

from seeds.statements import load_statements
from stream.log.records import Out
from stream.records import Feed, Poll, Source, encode
from stream.units import MINUTE
from stream.web.access import Access
from tests.stream.index.test_search import alert, tagged
from tests.stream.web.page.some_page import NOW, Page

VIEWS = (
    "/", "/?theme=t", "/?q=memory", "/items", "/items?q=chip+model", "/items?theme=t&decision=tagged",
    "/items?feed=f7&theme=t", "/sources", "/sources?feed=f7", "/subscriptions", "/themes", "/system",
)  # fmt: skip
HEADLINES = [statement.title for statement in load_statements()]
EVERY = 20  # one item in so many has an alert
STATES = ("healthy", "healthy", "failing", "silent")
ASKED = 40
TABS = 7
APART = 0.06  # seconds between two, since a client that asks for more than 20 a second is turned away
EMPTY = "/static/icon.svg"  # what the browser itself takes for a tab: a page of one picture of ours
PAINT = """() => new Promise(done => new PerformanceObserver(list =>
  list.getEntriesByName('first-paint').forEach(entry => done(entry.startTime))
).observe({type: 'paint', buffered: true}))"""
WEIGHT = "performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0)"


@click.command()
@click.option("--items", default=100_000, show_default=True, help="In the index.")
@click.option("--feeds", default=10_000, show_default=True, help="That they come from.")
def main(items: int, feeds: int) -> None:
    """Print what each view costs."""
    for row in rows(items, feeds):
        print(row, flush=True)


def rows(items: int, feeds: int) -> Iterator[str]:
    """Yields for each view milliseconds over HTTP (median, 95 of 100), from the opening of a new tab to the first paint
    (median, least) in a browser that has seen nothing of us and in one that has, and the weight of it all."""
    with tempfile.TemporaryDirectory() as folder:
        page = Page(Path(folder), Access("", loopback=True))
        try:
            fill(page, items, feeds)
            yield from measured(page)
        finally:
            page.close()


def fill(page: Page, items: int, feeds: int) -> None:
    """Has the index know so many items of real headlines, by the stage's own decisions."""
    outs = records(items, feeds)
    while batch := list(islice(outs, 2000)):
        page.log.append([out for out in batch if out.topic == "feeds"])
        page.index.take(*batch)
    with page.index.db.transaction() as db:  # which has heard of all of them
        heard = [(*at, offset) for at, offset in page.log.ends(["feeds"]).items()]
        db.executemany("INSERT OR REPLACE INTO position VALUES (?, ?, ?)", heard)


def records(items: int, feeds: int) -> Iterator[Out]:
    """Feeds with their polls, and the items, one a minute, some of them with an alert."""
    for n in range(feeds):
        yield Out("feeds", f"f{n}", encode(Feed(id=f"f{n}", url=f"https://f{n}.example/", title=f"Feed {n}")))
        state = STATES[n % len(STATES)]
        poll = Poll(feed=f"f{n}", url="", title="", at=NOW, outcome="ok", error=None, state=state)
        yield Out("polls", f"f{n}", encode(poll))
    for n in range(items):
        title, at = f"{HEADLINES[n % len(HEADLINES)]} {n}", NOW - (items - n) * MINUTE
        yield tagged(f"i{n}", title, at, ["t"] if n % EVERY == 0 else [], feed=f"f{n % min(feeds, 100)}")
        if n % EVERY == 0:
            yield alert(f"a{n}", title, at, sources=[Source("Feed", "https://x.example/", f"i{n}")])


def measured(page: Page) -> Iterator[str]:
    """Asks for each view, and opens it in tabs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield f"{'view':32}{'median':>10}{'95 %':>10}{'paint, new':>18}{'paint, again':>18}{'weight':>10}"
        known = browser.new_context()
        opened(known, page.address + EMPTY)
        for view in (EMPTY, *VIEWS):
            took = sorted(asked(page.address + view) for _ in range(ASKED))
            slow = took[int(len(took) * 0.95)]
            new, again = list[float](), list[float]()
            for _ in range(TABS):
                context = browser.new_context()
                paint, weight = opened(context, page.address + view)
                context.close()
                new.append(paint)
                again.append(opened(known, page.address + view)[0])
            paints = "".join(f"{statistics.median(of):8.0f} ({min(of):3.0f}) ms" for of in (new, again))
            yield f"{view:32}{statistics.median(took):7.0f} ms{slow:7.0f} ms{paints:>36}{weight / 1000:7.0f} kB"
        browser.close()


def opened(context: BrowserContext, address: str) -> tuple[float, float]:
    """Milliseconds until the first paint in a new tab, and the bytes of it all."""
    tab = context.new_page()
    tab.goto(address, wait_until="load")
    paint, weight = tab.evaluate(PAINT), tab.evaluate(WEIGHT)
    tab.close()
    return paint, weight


def asked(address: str) -> float:
    """Milliseconds until a view has come."""
    time.sleep(APART)
    began = time.perf_counter()
    with urllib.request.urlopen(address, timeout=60) as answer:
        answer.read()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
