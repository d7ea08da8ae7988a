"""Lists in web pages from the server to items: by selectors, or found; a page that leaves nothing is a failed poll."""

from tests.webserver import answer

HTML = "Content-Type: text/html; charset=utf-8"


def page(*rows: str, around: str = "<ul class='news-list'>{}</ul>") -> bytes:
    menu = "".join(f"<li><a href='/{n}'>A department of the institute, number {n}</a></li>" for n in range(20))
    body = f"<header><nav><ul>{menu}</ul></nav></header><main>{around.format(''.join(rows))}</main>"
    return f"<!doctype html><html lang='en'><title>The Institute</title><body>{body}</body></html>".encode()


def row(n: int, title: str = "") -> str:
    return (
        f"<li class='item item-{n}'><h3><a href='/news/{n}'>{title or f'Working group {n} publishes a draft'}</a></h3>"
        f"<span class='when'>{n} May 2024</span><p>Its <b>comment period</b> begins.</p></li>"
    )


SELECTORS = {"item": "ul.news-list > li", "date": ".when", "summary": "p"}


def test_new_elements_of_a_list_are_items_once(source, site):
    site.answers["/news"] = answer(page(row(2), row(1)), HTML)
    watched = source("page", "/news", **SELECTORS)
    first = watched.poll()
    assert (first.poll.baseline, first.poll.title) == (2, "The Institute")
    site.answers["/news"] = answer(page(row(5), row(2), row(1)), HTML)
    second = watched.poll()
    (item,) = second.items
    assert (item.title, item.url, item.summary, item.lang) == (
        *("Working group 5 publishes a draft", f"{site.base}/news/5", "Its comment period begins.", "en"),
    )
    assert (item.date_quality, second.poll.seen) == ("trusted", 2)
    assert watched.poll().poll.new == 0


def test_a_layout_that_leaves_nothing_is_failing_and_says_so(source, site):
    site.answers["/news"] = answer(page(row(1)), HTML)
    watched = source("page", "/news", **SELECTORS)
    watched.poll()
    site.answers["/news"] = answer(page(row(1), around="<div>{}</div>"), HTML)
    failed = watched.poll().poll
    assert (failed.outcome, failed.state) == ("parse", "failing")
    assert "`ul.news-list > li`" in failed.error.message
    site.answers["/news"] = answer(page(row(2), row(1)), HTML)
    assert watched.poll().poll.new == 1


def test_a_page_that_robots_may_not_read_is_not_requested(source, site):
    site.answers["/news"] = answer(page(row(1)), HTML)
    site.answers["/robots.txt"] = answer(b"User-agent: themewire\nDisallow: /news\n")
    poll = source("page", "/news", **SELECTORS).poll().poll
    assert (poll.outcome, poll.state) == ("robots", "failing")
    assert [request.split(" ")[1] for request in site.requests] == ["/robots.txt"]
