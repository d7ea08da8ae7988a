import re
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collectors.sources.registry import check_source
from deploy.running.feed_address import feed_at
from seeds.feeds import load_feeds, parse_feeds
from seeds.themes import load_themes

ENTRY = '[[feed]]\nurl = "{url}"\ntitle = "A"\nlang = "en"\nknown_from = "its own page"\n'


FEEDS = load_feeds()
LANGUAGES = {"en", "de", "fr", "es", "pt", "it", "pl", "fi", "el", "ru", "ja", "ko", "zh", "id"}
REPOSITORY = re.compile(r"/[A-Za-z0-9-]+/[A-Za-z0-9._-]+/(releases|commits/[a-z]+)\.atom")


def test_the_default_list_is_long_and_of_every_theme_and_language() -> None:
    assert len(FEEDS) >= 250
    assert {feed.lang for feed in FEEDS} == LANGUAGES
    assert all(sum(feed.lang == lang for feed in FEEDS) >= 3 for lang in LANGUAGES)
    for theme in load_themes():
        assert sum(theme.id in feed.themes for feed in FEEDS) >= 35, theme.id


def test_the_readme_counts_them() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"({len(FEEDS)} sources in {len(LANGUAGES)} languages, by theme)" in readme


def test_no_source_is_there_twice_under_two_spellings() -> None:
    spelled = [feed.url.removeprefix("https://").removeprefix("http://").removeprefix("www.") for feed in FEEDS]
    assert len({url.rstrip("/") for url in spelled}) == len(FEEDS)


def test_each_can_be_polled_and_says_where_its_address_is_known_from() -> None:
    for feed in FEEDS:
        assert feed_at(feed.url).url == feed.url
        assert check_source(feed.kind, {}).name == feed.kind
        assert len(feed.known_from) > 10
        assert feed.title == feed.title.strip()


def test_projects_are_named_as_the_host_spells_their_feeds() -> None:
    projects = [urlsplit(feed.url) for feed in FEEDS if urlsplit(feed.url).hostname == "github.com"]
    assert len(projects) >= 40
    assert all(REPOSITORY.fullmatch(url.path) and not url.query for url in projects)


def test_those_of_a_theme_stand_together_before_those_of_news_in_general() -> None:
    first = [feed.themes[0] if feed.themes else "" for feed in FEEDS]
    assert [theme for theme, _ in groupby(first)] == [*(theme.id for theme in load_themes()), ""]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[feed", "not valid TOML"),
        ("", "at least one"),
        ("feed = 3", "at least one"),
        (ENTRY.format(url="ftp://example.org/"), "no http or https address"),
        (ENTRY.format(url="http://[::1"), "no http or https address"),
        (ENTRY.format(url="https://example.org:x/"), "no http or https address"),
        (ENTRY.format(url=""), "'url'"),
        (ENTRY.format(url="https://example.org/").replace("known_from", "from"), "'known_from'"),
        (ENTRY.format(url="https://example.org/") * 2, "repeats"),
        (ENTRY.format(url="https://example.org/") + 'themes = ["cooking"]', "'themes'"),
        (ENTRY.format(url="https://example.org/") + 'themes = "standards"', "'themes'"),
        (ENTRY.format(url="https://example.org/") + "kind = 3", "'kind'"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refusal:
        parse_feeds(text, "mine.toml")
    assert "mine.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)
