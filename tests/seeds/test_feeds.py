import pytest

from seeds.feeds import load_feeds, parse_feeds

ENTRY = '[[feed]]\nurl = "{url}"\ntitle = "A"\nlang = "en"\nknown_from = "its own page"\n'


def test_the_default_feeds_are_many_and_in_many_languages() -> None:
    feeds = load_feeds()
    assert len(feeds) >= 70
    assert len({feed.lang for feed in feeds}) >= 10
    assert len({feed.url.removeprefix("https://").removeprefix("http://").rstrip("/") for feed in feeds}) == len(feeds)


def test_each_says_where_its_address_is_known_from() -> None:
    assert all(len(feed.known_from) > 10 for feed in load_feeds())


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
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refusal:
        parse_feeds(text, "mine.toml")
    assert "mine.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)
