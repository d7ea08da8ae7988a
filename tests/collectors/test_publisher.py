"""Whose an entry is: the feed's own, or of the outlet that an aggregator took it from."""

import pytest

from collectors.deciding.publisher import Publisher, Publishers
from collectors.parsing.parsed import Entry

GOOGLE = Publishers("GPU - News", ("https://news.google.com/rss/search?q=GPU", "https://news.google.com/"))
PLANET = Publishers("Planet", ("https://planet.example/atom.xml", "https://www.planet.example/"))
REDIRECT = "https://news.google.com/rss/articles/x1"
BLOG = "https://blog.example/2026/a"
HOME, OWN = "https://www.blog.example/feed", "https://planet.example/1"
WIRE, PAGE = "https://wire.example/", "https://www.thewire.example/1"


def entry(name: str = "", url: str = "") -> Entry:
    return Entry("g", "", "", "", "", "", None, source_name=name, source_url=url)


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
