"""Sitemaps from the server to items: what is new is found once, whatever the site does."""

import gzip

import msgspec
import pytest

from collectors.article_result import ArticleRequest, ArticleResult
from stream.engine.stage import Result
from tests.collectors.partition import PollRecords
from tests.webserver import Web, answer

RECENT = "2024-05-06T10:00:00Z"


def urlset(*pages: str, date: str = RECENT) -> bytes:
    listed = "".join(f"<url><loc>{page}</loc><lastmod>{date}</lastmod></url>" for page in pages)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'.encode()


def index(*sitemaps: str) -> bytes:
    listed = "".join(f"<sitemap><loc>{sitemap}</loc></sitemap>" for sitemap in sitemaps)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'.encode()


def asked(web: Web, path: str) -> int:
    return [request.split(" ")[1] for request in web.requests].count(path)


def test_a_new_page_is_an_item_with_the_title_and_the_text_of_its_article(source, site):
    old = f"{site.base}/news/an-old-page"
    site.answers["/sitemap.xml"] = answer(urlset(old), 'ETag: "1"')
    watched = source("sitemap", "/sitemap.xml")
    first = watched.poll()
    assert (first.poll.baseline, [item.title for item in first.items]) == (1, ["An old page"])
    new = f"{site.base}/news/2024/iso-votes-on-c-26-123.html"
    site.answers["/sitemap.xml"] = answer(urlset(old, new), 'ETag: "2"')
    second = watched.poll()
    assert (second.poll.new, second.poll.gap, second.items) == (1, False, [])  # it waits for its article
    (request,) = watched.articles
    assert msgspec.msgpack.decode(request.body, type=ArticleRequest).titled is False
    read = ArticleResult("read", "The vote ends in May. " * 20, title="ISO votes on C26")
    out = watched.partition.decide(Result(request, msgspec.msgpack.encode(read))).outputs
    (item,) = PollRecords(out).items
    assert (item.title, item.url, item.article) == ("ISO votes on C26", new, "read")
    assert item.text.startswith("The vote ends in May.")
    site.answers["/sitemap.xml"] = answer(status="304 Not Modified")
    assert watched.poll().poll.outcome == "not_modified"
    assert site.header("if-none-match") == '"2"'


def test_of_an_index_what_has_not_changed_brings_nothing_and_is_asked_with_its_validators(source, site):
    site.answers["/map.xml"] = answer(index("/a.xml", "/b.xml.gz"), 'ETag: "index"')
    site.answers["/a.xml"] = answer(urlset("/news/alpha-one", "/news/alpha-two"), 'ETag: "a"')
    site.answers["/b.xml.gz"] = answer(gzip.compress(urlset("/news/beta-one")), "Content-Type: application/gzip")
    watched = source("sitemap", "/map.xml")
    first = watched.poll().poll
    assert (first.outcome, first.baseline) == ("ok", 3)
    site.answers["/a.xml"] = answer(status="304 Not Modified")
    assert watched.poll().poll.outcome in ("ok", "not_modified")  # nothing of it has changed
    assert site.header("if-none-match", -2) == '"a"'
    assert site.header("if-none-match", -3) is None  # of the index itself nothing is believed
    site.answers["/b.xml.gz"] = answer(gzip.compress(urlset("/news/beta-two", "/news/beta-one")))
    second = watched.poll().poll
    assert (second.new, second.seen, second.gap) == (1, 1, False)
    assert watched.poll().poll.new == 0


def test_a_sitemap_that_cannot_be_read_leaves_the_others_and_all_of_them_fail(source, site):
    site.answers["/map.xml"] = answer(
        index("/dead.xml", "/cut.xml.gz", "/bomb.xml", "/map.xml", "/deeper.xml", "/a.xml")
    )
    site.answers["/cut.xml.gz"] = answer(gzip.compress(urlset("/news/cut-off"))[:-20])
    site.answers["/bomb.xml"] = answer(b'<!DOCTYPE u [<!ENTITY a "aaaa">]><urlset><url><loc>/&a;</loc></url></urlset>')
    site.answers["/deeper.xml"] = answer(index("/map.xml", "/deeper.xml"))
    site.answers["/a.xml"] = answer(urlset("/news/alpha-one"))
    watched = source("sitemap", "/map.xml")
    poll = watched.poll().poll
    assert (poll.outcome, poll.baseline, len(poll.warnings)) == ("ok", 1, 4)
    for part, why in zip(poll.warnings, ("404", "breaks off", "entities", "lists another one"), strict=True):
        assert why in part
    assert [asked(site, path) for path in ("/map.xml", "/deeper.xml", "/a.xml")] == [1, 1, 1]
    del site.answers["/a.xml"]
    failed = watched.poll().poll
    assert (failed.outcome, failed.state) == ("status", "failing")


def test_an_endless_index_is_read_as_far_as_its_options_say(source, site):
    site.answers["/map.xml"] = answer(index(*(f"/{n}.xml" for n in range(5000))))
    for n in range(5000):
        site.answers[f"/{n}.xml"] = answer(urlset(*(f"/news/{n}-the-page-{m}" for m in range(3))))
    few = source("sitemap", "/map.xml", sitemaps="4").poll().poll
    assert (few.entries, len(site.requests)) == (12, 6)  # with robots.txt
    assert few.warnings == ("the index lists 5,000 sitemaps, and 4 of them are read",)
    assert source("sitemap", "/map.xml", most="7").poll().poll.entries == 7


def test_the_sitemaps_that_were_changed_last_are_read_first(source, site):
    listed = "".join(f"<sitemap><loc>/{n}.xml</loc><lastmod>2024-05-0{n}</lastmod></sitemap>" for n in range(1, 6))
    site.answers["/map.xml"] = answer(f"<sitemapindex>{listed}</sitemapindex>".encode())
    for n in range(1, 6):
        site.answers[f"/{n}.xml"] = answer(urlset(f"/news/the-page-{n}"))
    source("sitemap", "/map.xml", sitemaps="2").poll()
    assert [request.split(" ")[1] for request in site.requests] == ["/robots.txt", "/map.xml", "/5.xml", "/4.xml"]


def test_a_host_that_asks_for_time_in_between_fails_the_poll_and_nothing_of_it_is_kept(source, site):
    site.answers["/map.xml"] = answer(index("/a.xml", "/b.xml"))
    site.answers["/a.xml"] = answer(urlset("/news/alpha-one"))
    site.answers["/b.xml"] = answer(b"", "Retry-After: 120", status="429 Too Many Requests")
    watched = source("sitemap", "/map.xml")
    poll = watched.poll().poll
    assert (poll.outcome, poll.baseline) == ("rate_limited", 0)
    assert not [key for table, key in watched.partition.rows if table == "parts"]


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        (b"User-agent: *\nDisallow: /\n", "robots"),
        (b"User-agent: *\nDisallow: /\nSitemap: BASE/map.xml\n", "ok"),  # it is there for robots
        (None, "robots"),
    ],
)
def test_robots_txt_is_obeyed(source, site, rules, outcome):
    site.answers["/map.xml"] = answer(urlset("/news/alpha-one"))
    said = answer(status="500 No") if rules is None else answer(rules.replace(b"BASE", site.base.encode()))
    site.answers["/robots.txt"] = said
    poll = source("sitemap", "/map.xml").poll().poll
    assert (poll.outcome, asked(site, "/map.xml")) == (outcome, int(outcome == "ok"))


def test_of_the_pages_that_are_there_at_first_the_newest_become_items_and_the_others_are_known(source, site):
    moments = [f"2024-04-{1 + n // 24:02}T{n % 24:02}:00Z" for n in range(300)]
    dates = [f"<url><loc>/news/page-{n}</loc><lastmod>{at}</lastmod></url>" for n, at in enumerate(moments)]
    site.answers["/map.xml"] = answer(f"<urlset>{''.join(dates)}</urlset>".encode())
    watched = source("sitemap", "/map.xml")
    first = watched.poll()
    assert (first.poll.baseline, first.poll.seen, len(first.items)) == (100, 200, 100)
    assert {item.url.rpartition("-")[2] for item in first.items} == {str(n) for n in range(200, 300)}
    more = f"<url><loc>/news/a-new-page</loc><lastmod>{RECENT}</lastmod></url>"
    site.answers["/map.xml"] = answer(f"<urlset>{more}{''.join(dates)}</urlset>".encode())
    second = watched.poll().poll
    assert (second.new, second.baseline, second.seen) == (1, 0, 300)
