"""Sitemaps from the server to items: what is new is found once, whatever the site does."""

import msgspec

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
