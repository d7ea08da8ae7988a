"""A page that is watched for changes: what has come and gone is an item, and what changes by itself is none."""

from tests.webserver import answer

HTML = "Content-Type: text/html; charset=utf-8"


def status(*rows: str, aside: str = "") -> bytes:
    listed = "".join(f"<tr><td>{row.partition(': ')[0]}</td><td>{row.partition(': ')[2]}</td></tr>" for row in rows)
    return (
        "<!doctype html><html lang=en><title>Status of drafts</title><body><nav>Home</nav>"
        f"<main><h1>Drafts</h1><table>{listed}</table></main><aside>{aside}</aside></body></html>"
    ).encode()


def test_what_has_come_and_gone_is_an_item_and_once(source, site):
    site.answers["/status"] = answer(status("P1.1: in ballot", "P2.2: draft"), HTML)
    watched = source("changes", "/status")
    first = watched.poll()
    assert (first.poll.baseline, first.items[0].title) == (1, "Drafts")
    site.answers["/status"] = answer(status("P1.1: approved", "P2.2: draft"), HTML)
    second = watched.poll()
    (item,) = second.items
    assert (item.title, item.summary) == ("Drafts: P1.1 approved", "+ P1.1 approved − P1.1 in ballot")
    assert (item.baseline, item.date_quality, item.url, second.poll.gap) == (
        *(False, "trusted", f"{site.base}/status", False),
    )
    assert watched.poll().poll.new == 0
    site.answers["/status"] = answer(status("P1.1: approved", "P2.2: draft", aside="Visitor 4711"), HTML)
    assert watched.poll().poll.new == 0  # not in the main part


def test_a_state_that_comes_again_is_news_again(source, site):
    watched = source("changes", "/status")
    found = []
    for state in ("up", "down", "up", "down"):
        site.answers["/status"] = answer(status(f"API: {state}"), HTML)
        found += watched.poll().items
    assert [item.title for item in found[1:]] == ["Drafts: API down", "Drafts: API up", "Drafts: API down"]
    assert len({item.id for item in found}) == 4


def test_what_changes_by_itself_or_is_ignored_is_no_change(source, site):
    watched = source("changes", "/status", ignore="aside .ad", select="main, aside")
    for age, ad in (("59 minutes ago", "Buy"), ("2 hours ago", "Sell")):
        shown = f"<p>Checked {age}</p><p class=ad>{ad}</p>"
        site.answers["/status"] = answer(status("API: up", aside=shown), HTML)
        last = watched.poll()
    assert (last.poll.outcome, last.poll.error, last.items) == ("ok", None, [])


def test_a_part_that_is_no_longer_there_is_failing(source, site):
    site.answers["/status"] = answer(status("API: up"), HTML)
    watched = source("changes", "/status", select="table")
    watched.poll()
    site.answers["/status"] = answer(b"<!doctype html><div id=app></div><script>go()</script>", HTML)
    failed = watched.poll().poll
    assert (failed.state, "`table` finds no text" in failed.error.message) == ("failing", True)
