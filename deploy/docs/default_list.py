"""`docs/default-list.md`: the sources that the service knows on its first day."""

from collections import Counter
from collections.abc import Iterator, Sequence

from seeds.feeds import SeedFeed, load_feeds
from seeds.themes import load_themes

__all__ = ["default_list_page"]


def default_list_page() -> str:
    """The page: how many there are by theme and language, and then each with where its address is known from."""
    feeds = load_feeds()
    themes = {theme.id: theme.name for theme in load_themes()}
    lines = [
        "# The default list\n",
        f"A new stream begins with these {len(feeds)} sources (`seeds/feeds.toml`). Their addresses were found as the "
        "last column says, and none has been looked at since: until its first good poll each is `unverified` in "
        "`themewire feeds list`, the API and the page. `themewire feeds check` polls all of them now, `themewire feeds "
        "remove` forgets one.\n",
        "A source stands under each theme that it is there for; those of news in general bring whatever is news. Every "
        "item is judged for all themes, wherever it is from. Sites without a feed are watched as another "
        "[kind](sources.md): as the list in a page, or as a page that changes.\n",
        *_counts(feeds, themes),
    ]
    for theme, name in {**themes, "": "News in general"}.items():
        lines += [f"\n## {name}\n", *_rows([feed for feed in feeds if theme in (feed.themes or ("",))])]
    return "\n".join(lines) + "\n"


def _counts(feeds: Sequence[SeedFeed], themes: dict[str, str]) -> Iterator[str]:
    languages = [lang for lang, _ in Counter(feed.lang for feed in feeds).most_common()]
    yield f"| | all | {' | '.join(languages)} |"
    yield "|---" * (len(languages) + 2) + "|"
    for theme, name in {**themes, "": "News in general"}.items():
        count = Counter(feed.lang for feed in feeds if theme in (feed.themes or ("",)))
        yield f"| {name} | {count.total()} | {' | '.join(str(count[lang] or '') for lang in languages)} |"


def _rows(feeds: Sequence[SeedFeed]) -> Iterator[str]:
    yield "| source | kind | language | its address is known from |"
    yield "|---|---|---|---|"
    yield from (f"| [{feed.title}](<{feed.url}>) | {feed.kind} | {feed.lang} | {feed.known_from} |" for feed in feeds)
