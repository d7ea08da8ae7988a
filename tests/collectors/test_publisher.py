"""Whose an entry is: the feed's own, or of the outlet that an aggregator took it from."""

import pytest

from collectors.deciding.entries.novelty import decide_entries
from collectors.deciding.entries.publisher import Publisher, Publishers
from collectors.deciding.entries.seen import SeenEntries
from collectors.parsing.parse import parse
from collectors.parsing.parsed import Entry, Parsed
from stream.records import Feed

GOOGLE = Publishers("GPU - News", ("https://news.google.com/rss/search?q=GPU", "https://news.google.com/"))
PLANET = Publishers("Planet", ("https://planet.example/atom.xml", "https://www.planet.example/"))
REDIRECT = "https://news.google.com/rss/articles/x1"
BLOG = "https://blog.example/2026/a"
HOME, OWN = "https://www.blog.example/feed", "https://planet.example/1"
WIRE, PAGE = "https://wire.example/", "https://www.thewire.example/1"


def entry(name: str = "", url: str = "") -> Entry:
    return Entry("g", "", "", "", "", None, source_name=name, source_url=url)


@pytest.mark.parametrize(
    ("publishers", "told", "link", "title", "expected"),
    [
        (PLANET, entry(), OWN, "A title", Publisher("Planet")),
        (PLANET, entry(), BLOG, "A title", Publisher("Planet")),
        (PLANET, entry("A Blog"), BLOG, "A title", Publisher("A Blog", BLOG, "Planet")),
        (PLANET, entry("", HOME), BLOG, "T", Publisher("blog.example", HOME, "Planet")),
        (PLANET, entry("Blog", HOME), OWN, "T", Publisher("Blog", HOME, "Planet")),
        (PLANET, entry("A Blog"), OWN, "T", Publisher("A Blog", "", "Planet")),
        (PLANET, entry("planet"), OWN, "T", Publisher("Planet")),
        (PLANET, entry("Planet: all", "https://planet.example/rss"), OWN, "T", Publisher("Planet")),
        (GOOGLE, entry("The Wire", WIRE), REDIRECT, "T - The Wire", Publisher("The Wire", WIRE, "GPU - News")),
        (GOOGLE, entry("The Wire"), REDIRECT, "T - The Wire", Publisher("The Wire", "", "GPU - News")),
        (GOOGLE, entry(), REDIRECT, "A pause - and on - The Wire", Publisher("The Wire", "", "GPU - News")),
        (GOOGLE, entry(), REDIRECT, "No name behind", Publisher("GPU - News")),
        (PLANET, entry(), PAGE, "T | The Wire", Publisher("The Wire", PAGE, "Planet")),
        (PLANET, entry(), PAGE, "Training fails - what now", Publisher("Planet")),
        (PLANET, entry(), PAGE, "Submissions - The Wire Writers' Prize of 2026", Publisher("Planet")),
        (PLANET, entry(), PAGE, "T - Planet", Publisher("Planet")),
        (PLANET, entry(PAGE), PAGE, "T", Publisher("thewire.example", PAGE, "Planet")),
        (PLANET, entry(), OWN, "T | Planet", Publisher("Planet")),
        (PLANET, entry("<b>A\u202e Blog</b>", "javascript:x"), BLOG, "T", Publisher("A Blog", BLOG, "Planet")),
    ],
)  # fmt: skip
def test_who_published_an_entry(publishers, told, link, title, expected):
    assert publishers.of(told, link, title) == expected


def test_the_items_of_an_aggregator_are_those_of_its_outlets():
    document = b"""<rss version="2.0"><channel><title>GPU - News</title><link>https://news.google.com/</link>
        <item><title>One - The Wire</title><link>https://news.google.com/rss/articles/1</link><guid>1</guid>
        <source url="https://wire.example">The Wire</source></item>
        <item><title>Two - Daily</title><link>https://news.google.com/rss/articles/2</link><guid>2</guid>
        <source url="https://daily.example">Daily</source></item></channel></rss>"""
    url = "https://news.google.com/rss/search?q=GPU"
    parsed = parse(document, "application/rss+xml", url)
    assert isinstance(parsed, Parsed)
    found = decide_entries(parsed, Feed(id="f", url=url), parsed.title, SeenEntries({}), None, 1_714_521_600_000)
    told = [(item.source, item.source_url, item.via, item.title) for item in found.items]
    assert told == [
        ("Daily", "https://daily.example/", "GPU - News", "Two - Daily"),
        ("The Wire", "https://wire.example/", "GPU - News", "One - The Wire"),
    ]
