"""Text that attacks, in every field of every view, in a real browser: none of it runs, loads or leads anywhere."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Page as Tab

from stream.log.records import Out
from stream.records import Destination, Feed, OwnTheme, Poll, Source, Subscription, encode
from stream.records.message import Failure
from stream.web.access import Access
from stream.web.page import DeadRow, Doubted, FeedFound, Job, Said
from tests.stream.index.test_search import alert, tagged
from tests.stream.web.page.some_desks import item, model
from tests.stream.web.page.some_page import NOW, Page

RUN = "window.ran=1;alert(1)"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f"</title></textarea></style></script><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><a xlink:href=javascript:{RUN}><text>x</text></a></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}></style></mglyph></table></mtext></math>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<object data='data:text/html,<script>{RUN}</script>'></object>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<form action=javascript:{RUN}><button>x</button></form>",
    "<base href=http://canary.example/>",
    "<meta http-equiv=refresh content='0;url=http://canary.example/'>",
    "<link rel=stylesheet href=http://canary.example/a.css>",
    "<style>@import 'http://canary.example/a.css';body{display:none}</style>",
    f'" autofocus onfocus="{RUN}" x="',
    f"' onmouseover='{RUN}' x='",
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f"data:text/html;base64,{RUN}",
    "{{constructor.constructor('window.ran=1')()}}",
    "${window.ran=1}",
    "{% raw %}{{ 7 * 191 }}{% endraw %}",
    f"<!--><script>{RUN}</script>-->",
    f"]]><script>{RUN}</script>",
    f"\u202e<script>{RUN}</script>\u202c",
    f"＜script＞{RUN}＜/script＞",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
)
VIEWS = (
    "/", "/?open=a0", "/items", "/items?open=i0", "/label", "/label/review", "/label/train", "/sources",
    "/sources?feed=f0", "/subscriptions", "/subscriptions?name=s0", "/subscriptions?new=1&words={q}&source={q}",
    "/items?q={q}&atom=1",
    "/themes", "/themes?theme=t", "/themes?q={q}", "/system", "/why-not?link={q}", "/items?q={q}",
    "/?q={q}&source={q}", "/login?back={q}",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page whose index and stream have each payload in each field that comes from the world or from people."""
    made = Page(tmp_path_factory.mktemp("site"), Access("", loopback=True))
    for n, text in enumerate((" ".join(PAYLOADS), *PAYLOADS)):
        error, at = Failure("parse", text), NOW - n * 1000
        feed = Feed(id=f"f{n}", url=f"https://example.org/{text}", title=text)
        poll = Poll(feed=f"f{n}", url=text, title=text, at=at, outcome="parse", error=error, state="failing")
        made.index.take(
            Out("feeds", f"f{n}", encode(feed)),
            Out("polls", f"f{n}", encode(poll)),
            tagged(f"i{n}", text, at, ["t"], summary=text, lang=text, source=text, feed=f"f{n}"),
            alert(f"a{n}", text, at, sources=[Source(text, text, f"i{n}")], lang=text),
        )
        own = Subscription(id=f"s{n}", revision=1, channel=Destination("mail", text), themes=("t",), words=(text,))
        made.log.append([Out("feeds", f"f{n}", encode(feed)), Out("subscriptions", f"s{n}", encode(own))])
    text = " ".join(PAYLOADS)
    made.labels.waiting = ["i0"]
    made.labels.doubted = [Doubted(item("i1", text), ("t",), ("u",), (text,), ("l",), {"t": 0.1})]
    made.models.records = [model(text, note=text), model("m", promoted_at=NOW)]
    made.models.jobs["train"] = Job("train", text, NOW, error=text)
    made.own.mine = [OwnTheme(id="t", name=text, about=text, not_about=(text,), revision=1, added_at=NOW)]
    made.own.spoken = [Said(item("i2", text), True, (text,), NOW)]
    made.found = FeedFound(
        text, text, text, text, 3, 1.0, [(NOW, text), (None, text)], (text,), others=[(text, text)], why=text,
        options={text: text, "items": text},
    )  # fmt: skip
    made.dead.rows = [DeadRow("items:0:1", "tag", text, NOW)]
    yield made
    made.close()


@pytest.mark.parametrize("view", VIEWS)
def test_no_text_runs_or_runs_over(site: Page, page: Tab, view):
    page.set_viewport_size({"width": 320, "height": 800})
    for text in PAYLOADS[::3] if "{q}" in view else ("",):
        path = view.format(q=quote(text))
        page.goto(site.address + path)
        is_harmless(site, page, path)


@pytest.mark.parametrize("failure", ["", " ".join(PAYLOADS)])
def test_no_text_of_what_is_found_at_an_address_runs_or_runs_over(site: Page, page: Tab, failure):
    assert isinstance(site.found, FeedFound)
    page.set_viewport_size({"width": 320, "height": 800})
    site.found = replace(site.found, failure=failure)
    page.goto(f"{site.address}/sources")
    page.get_by_text("Add a source").click()
    page.get_by_label("Address").first.fill(PAYLOADS[0])
    page.get_by_role("button", name="Find its feed").first.click()
    page.wait_for_url("**/sources/find")
    is_harmless(site, page, "/sources/find")


def is_harmless(site: Page, page: Tab, path: str) -> None:
    """Asserts it of what is shown."""
    page.keyboard.press("Tab")
    assert page.evaluate("window.ran") is None, path
    assert page.url.startswith(site.address), path
    for href in page.locator("a[href]").evaluate_all("links => links.map(link => link.protocol)"):
        assert href in ("http:", "https:", "blob:"), (path, href)
    assert page.locator("main").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_a_title_keeps_its_own_direction(site: Page, page: Tab):
    site.index.take(tagged("arabic", "معيار جديد للذاكرة", NOW + 1, ["t"], lang="ar"))
    for path in ("/items", "/label?item=arabic"):
        page.goto(site.address + path)
        title = page.locator("h2 bdi[lang=ar], h2[lang=ar]").first
        assert title.evaluate("title => getComputedStyle(title).direction") == "rtl"
        assert page.locator("main").evaluate("main => getComputedStyle(main).direction") == "ltr"
