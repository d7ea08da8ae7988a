import json
from calendar import timegm
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeds.demo import load_demo, parse_demo, render
from seeds.demo_items import DemoFeed, DemoItem
from seeds.themes import load_themes

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:8000"
DEMO = load_demo()
ITEMS = [item for feed in DEMO for item in feed.items]


def test_there_are_enough_items_in_enough_languages_and_formats() -> None:
    assert len(ITEMS) >= 72
    assert len({item.lang for item in ITEMS}) >= 13
    assert {feed.format for feed in DEMO} == {"rss", "atom", "rdf", "json"}
    assert len({item.title for item in ITEMS}) == len(ITEMS)


def test_each_theme_has_live_items_in_several_languages_and_many_have_none() -> None:
    themes = {theme.id for theme in load_themes()}
    assert {item.theme for item in ITEMS} == themes | {None}
    for theme in themes:
        assert len({item.lang for item in ITEMS if item.live and item.theme == theme}) >= 3
    assert 0.4 < sum(item.theme is None for item in ITEMS) / len(ITEMS) < 0.5


def test_the_first_reveals_of_all_feeds_together_show_all_four_themes() -> None:
    assert {feed.items[feed.baseline].theme for feed in DEMO} >= {theme.id for theme in load_themes()}


def test_ages_reach_from_a_minute_to_three_days_and_live_items_are_newest() -> None:
    assert min(item.age for item in ITEMS) == 1
    assert 2.5 * 1440 < max(item.age for item in ITEMS) < 3.5 * 1440
    assert max(item.age for item in ITEMS if item.live) < min(item.age for item in ITEMS if not item.live)


@pytest.mark.parametrize("feed", DEMO, ids=lambda feed: feed.name)
def test_a_document_reads_back_as_what_it_shows(feed: DemoFeed) -> None:
    for shown in (0, feed.baseline, len(feed.items)):
        expected = [(i.title, i.summary, f"{BASE}/items/{i.number}", i.published(START)) for i in feed.items[:shown]]
        assert read(feed.format, render(feed, shown, START, BASE)) == expected[::-1]


def test_ids_stay_the_same_whatever_is_shown_and_wherever_the_server_is() -> None:
    for feed in DEMO:
        few, many = ids(feed, 2, BASE), ids(feed, len(feed.items), "http://127.0.0.1:9")
        assert few == many[-2:]
        assert len(set(many)) == len(many)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffe\uffff"), min_size=1)


@given(title=texts, form=st.sampled_from(["rss", "atom", "rdf", "json"]))
def test_any_title_survives_the_markup(title: str, form: str) -> None:
    item = DemoItem(1, "f", "en", f"<&'\">]]>{title}.", "s", 5)
    body = render(DemoFeed("f", title, form, "en", (item,)), 1, START, BASE)
    if form == "json":
        assert json.loads(body)["items"][0]["title"] == item.title
    else:
        assert not feedparser.parse(body)["bozo"]


ITEM = '[[item]]\nfeed = "f"\nlang = "en"\ntitle = "t"\nsummary = "s"\nage = 5\n'
FEED = '[[feed]]\nname = "f"\ntitle = "F"\nformat = "rss"\nlang = "en"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FEED, "item"),
        (ITEM, "feed"),
        (FEED + ITEM.replace("5", "0"), "'age'"),
        (FEED + ITEM.replace("5", "true"), "'age'"),
        (FEED + ITEM + 'live = "yes"', "'live'"),
        (FEED + ITEM.replace('"f"', '"g"'), "exactly one feed"),
        (FEED + FEED + ITEM, "exactly one feed"),
        (FEED.replace("rss", "csv") + ITEM, "format"),
        (FEED + ITEM + ITEM.replace("5", "6") + "live = true", "older"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refusal:
        parse_demo(text, "mine.toml")
    assert "mine.toml" in str(refusal.value)


def read(form: str, body: bytes) -> list[tuple[str, str, str, datetime]]:
    """Return title, summary, link and date of each entry, by feedparser or json."""
    if form == "json":
        return [
            (e["title"], e["content_text"], e["url"], datetime.fromisoformat(e["date_published"]))
            for e in json.loads(body)["items"]
        ]
    parsed: Any = feedparser.parse(body)
    assert parsed["bozo"] == 0
    return [(e["title"], e["summary"], e["link"], date_of(e)) for e in parsed["entries"]]


def date_of(entry: Any) -> datetime:
    """Return feedparser's date of an entry: RDF has none but dc:date, which it takes for an update."""
    return datetime.fromtimestamp(timegm(entry.get("published_parsed") or entry["updated_parsed"]), UTC)


def ids(feed: DemoFeed, shown: int, base: str) -> list[str]:
    """Return the ids of a document's entries."""
    body = render(feed, shown, START + timedelta(hours=1), base)
    if feed.format == "json":
        return [entry["id"] for entry in json.loads(body)["items"]]
    return [entry.get("dc_identifier") or entry["id"] for entry in feedparser.parse(body)["entries"]]
