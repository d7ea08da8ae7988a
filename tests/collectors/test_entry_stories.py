"""Stories of several polls: what is new, what is an edit, and what was there before."""

import msgspec
import pytest

from collectors.parsing.parsed import Entry
from stream.units import DAY
from tests.collectors.reader import FEED, HOME, START, Reader, entry, redated


def churned(n: int, poll: int) -> Entry:
    return entry(n, guid=f"{poll}-{n}")


DESK = "https://desk.example"
SUED = "Chip maker sued over seen patents"
COURT = "Chip maker in court over seen patents"
OTHER = "Judge lets rivals hear the packaging claims"
TEXT = "A federal judge refused to dismiss claims that the company infringed four patents on stacked seen."
CRASH = "NCCL timeouts and ECC errors on hundreds of accelerators stopped the run until a checkpoint was found."


def of_day(n: int) -> dict[str, object]:
    return {"published": f"{n} days before", "published_ms": START - n * DAY - 7777}


def story(title: str, guid: str = "", link: str = "", summary: str = "", n: int = 1) -> Entry:
    """An entry of the n-th day before."""
    return entry(1, title=title, guid=guid, link=f"{DESK}{link}" if link else "", summary=summary, **of_day(n))


def undated(*args: str, **other: str) -> Entry:
    return msgspec.structs.replace(story(*args, **other), published="", published_ms=None)


BARE = {"guid": "", "link": ""}
STORIES = {
    "the same again": [([entry(1), entry(2)], 2, 0), ([entry(1), entry(2)], 0, 0)],
    "one more": [([entry(1)], 1, 0), ([entry(2), entry(1)], 1, 0)],
    "vanished and returned": [([entry(1), entry(2)], 2, 0), ([entry(2)], 0, 0), ([], 0, 0), ([entry(1)], 0, 0)],
    "another order": [([entry(1), entry(2), entry(3)], 3, 0), ([entry(3), entry(1), entry(2)], 0, 0)],
    "guids that change": [([churned(1, p), churned(2, p)], 2 if p == 0 else 0, 0) for p in range(4)],
    "guids that come": [([entry(1, guid="")], 1, 0), ([entry(1)], 0, 0), ([entry(1, guid="")], 0, 0)],
    "dates that change": [([redated(1, p), redated(2, p)], 2 if p == 0 else 0, 0) for p in range(4)],
    "dates that change, no guid": [([redated(1, p, guid="")], int(p == 0), 0) for p in range(4)],
    "tracking links": [
        ([entry(1, guid="", link=f"https://example.com/1?utm_source=rss{p}&fbclid={p}")], int(p == 0), 0)
        for p in range(4)
    ],
    "a link that moves": [([entry(1)], 1, 0), ([entry(1, link="https://new.example/1")], 0, 0)],
    "http becomes https": [([entry(1, guid="", link="http://www.example.com/1/")], 1, 0), ([entry(1, guid="")], 0, 0)],
    "title edited": [([entry(1)], 1, 0), ([entry(1, title="Other")], 0, 1), ([entry(1, title="Other")], 0, 0)],
    "summary edited": [([entry(1)], 1, 0), ([entry(1, summary="Other")], 0, 1)],
    "edited without guid": [([entry(1, guid="")], 1, 0), ([entry(1, guid="", title="Other")], 0, 1)],
    "edited and undone": [([entry(1)], 1, 0), ([entry(1, title="X")], 0, 1), ([entry(1)], 0, 1)],
    "only the markup changes": [([entry(1)], 1, 0), ([entry(1, title="<b>Title</b>  b")], 0, 0)],
    "a counter goes on": [
        ([entry(1, summary="5 comments")], 1, 0),
        ([entry(1, summary="17 comments")], 0, 0),
        ([entry(1, summary="Nobody comments")], 0, 1),
    ],
    "a slot is used again": [
        ([entry(1)], 1, 0),
        ([entry(9, guid="urn:1", title="Nine")], 1, 0),
        ([entry(9, guid="urn:1", title="Nine")], 0, 0),
    ],
    "a slot is used again each day": [
        ([entry(1, guid="latest", title=f"Report of {day}", link=f"https://example.com/{day}", **of_day(n))], 1, 0)
        for n, day in enumerate(["Monday", "Tuesday", "Wednesday"])
    ],
    "a page that always stands there": [
        ([entry(1)], 1, 0),
        ([entry(1, guid="urn:9", title="Nine")], 1, 0),
        ([entry(1, guid="urn:9", title="Nine")], 0, 0),
    ],
    "one guid for all": [([entry(1, guid="x"), entry(2, guid="x")], 2, 0)]
    + [([entry(1, guid="x"), entry(2, guid="x")], 0, 0)] * 2,
    "one link for all": [
        ([entry(1, link=HOME), entry(2, link=HOME)], 2, 0),
        ([entry(2, link=HOME), entry(1, link=HOME)], 0, 0),
    ],
    "one guid and link for all": [
        ([entry(1, guid="x", link=HOME), entry(2, guid="x", link=HOME)], 2, 0),
        ([entry(3, guid="x", link=HOME), entry(2, guid="x", link=HOME)], 1, 0),
    ],
    "the site's own link": [([entry(1, guid="", link=HOME)], 1, 0), ([entry(2, guid="", link=HOME)], 1, 0)],
    "the feed's own address as link": [
        ([entry(1, guid="", link=FEED.url)], 1, 0),
        ([entry(2, guid="", link=FEED.url)], 1, 0),
    ],
    "guids that change, neither link nor date": [
        ([entry(1, guid=f"{p}", link="", published="", published_ms=None)], int(p == 0), 0) for p in range(3)
    ],
    "neither guid nor link": [
        ([entry(1, **BARE), entry(2, **BARE)], 2, 0),
        ([entry(1, **BARE), entry(3, **BARE)], 1, 0),
    ],
    "a copy in one document": [([entry(1), entry(1)], 1, 0), ([entry(1), entry(1)], 0, 0)],
    "copies that differ": [
        ([entry(1), entry(1, summary="Older")], 1, 0),
        ([entry(1), entry(1, summary="Older")], 0, 0),
    ],
    "one title for all": [
        ([entry(1, **BARE, title="Up", published=""), entry(2, **BARE, title="Up", published="")], 2, 0),
        ([entry(n, **BARE, title="Up", published="") for n in (3, 2, 1)], 1, 0),
    ],
    "edited, with nothing but a title": [([entry(1, **BARE)], 1, 0), ([entry(1, **BARE, summary="Other")], 0, 1)],
    "nothing to show": [([entry(1, title=" ", summary="", link="")], 0, 0)],
    "an unsafe link and a title": [
        ([entry(1, guid="", link="javascript:x")], 1, 0),
        ([entry(1, guid="", link="javascript:x")], 0, 0),
    ],
    "releases on one page, by fragment": [
        ([story(f"Release v{n}.0", link=f"/changelog#v{n}.0", n=9 - n)], 1, 0) for n in (1, 2, 3)
    ],
    "releases on one page, by title": [([story(f"Release v{n}.0", link="/changelog", n=9 - n)], 1, 0) for n in (1, 2)],
    "releases on one page, without dates": [([undated(f"Release {n}", link="/changelog")], 1, 0) for n in (1, 2)],
    "releases on one page, with texts that count": [
        ([undated(f"Version {n}", link="/log", summary=f"All the many changes of version {n}")], 1, 0) for n in (1, 2)
    ],
    "stories on one page": [
        ([story("GPU cluster loses nodes", link="/news", summary=CRASH, n=2)], 1, 0),
        ([story(SUED, link="/news", summary=TEXT)], 1, 0),
        ([story(COURT, link="/news", summary=TEXT)], 0, 1),
    ],
    "stories on one page, without dates": [
        ([undated("GPU cluster loses nodes", link="/news")], 1, 0),
        ([undated(SUED, link="/news")], 1, 0),
        ([undated(COURT, link="/news")], 0, 1),
    ],
    "bulletins on one page, with guids": [
        ([story("GPU cluster loses nodes", "b-1", "/news", CRASH, 2)], 1, 0),
        ([story(SUED, "b-2", "/news", TEXT)], 1, 0),
        ([story(SUED, "b-2", "/news", TEXT), story("GPU cluster loses nodes", "b-1", "/news", CRASH, 2)], 0, 0),
    ],
    "advisories on one page": [
        ([story("Security advisory: Foo parser overflow", link="/adv", n=2)], 1, 0),
        ([story("Security advisory: Bar driver overflow", link="/adv", n=1)], 1, 0),
    ],
    "advisories on one page, with texts": [
        ([story("Security advisory: Foo parser overflow", link="/adv", summary=TEXT, n=2)], 1, 0),
        ([story("Security advisory: Bar driver overflow", link="/adv", summary=CRASH, n=1)], 1, 0),
    ],
    "releases of one day on one page": [
        ([msgspec.structs.replace(story(f"Release {n}.0", link="/log"), published_ms=START - DAY)], 1, 0)
        for n in (1, 2)
    ],
    "a live page counts on": [
        ([story("Outage hits 5 sites", link="/live", summary=CRASH)], 1, 0),
        ([story("Outage hits 7 sites", link="/live", summary=CRASH)], 0, 1),
    ],
    "edited, page and date the same": [([story(SUED, link="/a")], 1, 0), ([story(OTHER, link="/a")], 0, 1)],
    **{
        f"a guid that counts: {base % 0} to {base % 1}": [
            ([story(SUED, f"{DESK}/a{base % 0}", "/a", TEXT)], 1, 0),
            ([story(COURT, f"{DESK}/a{base % 1}", "/a", TEXT)], 0, 1),
            ([story(OTHER, f"{DESK}/a{base % 2}", "/a", "Lawyers called the ruling a milestone.")], 0, 1),
            ([story(OTHER, f"{DESK}/a{base % 2}", "/a", "Lawyers called the ruling a milestone.")], 0, 0),
        ]
        for base in ("#%d", "?v=%d", "?rev=%d", "#rev%d", "/rev/%d", "&version=%d", "-v%d", "@rev%d")
    },
    "a guid that counts at last": [
        ([story(SUED, f"{DESK}/a", "/a", TEXT)], 1, 0),
        ([story(OTHER, f"{DESK}/a#1", "/a", TEXT)], 0, 1),
    ],
    "a guid that counts, and no link": [
        ([story(SUED, "urn:a#1", "", TEXT)], 1, 0),
        ([story(COURT, "urn:a#2", "", TEXT)], 0, 1),
    ],
    "a guid that counts in the link, too": [
        ([story(SUED, f"{DESK}/a?v=1", "/a?v=1", TEXT)], 1, 0),
        ([story(COURT, f"{DESK}/a?v=2", "/a?v=2", TEXT)], 0, 1),
    ],
    "guids of releases on one page are no counter": [
        ([story(f"Release {n}", f"{DESK}/log#{n}", "/log", n=9 - n)], 1, 0) for n in (1, 2)
    ],
    "guids of bulletins of one page in one document are no counter": [
        ([story(SUED, f"{DESK}/b#1", "/b#1"), story(OTHER, f"{DESK}/b#2", "/b#2")], 2, 0),
        ([story("GPU cluster loses nodes", f"{DESK}/b#3", "/b#3", CRASH), story(OTHER, f"{DESK}/b#2", "/b#2")], 1, 0),
    ],
    "a slug that follows the headline, under its guid": [
        ([story(SUED, "art-7", "/2026/chip-maker-sued", TEXT)], 1, 0),
        ([story(OTHER, "art-7", "/2026/judge-lets-rivals", TEXT)], 0, 1),
    ],
    "a slug that follows the headline, dated anew": [
        ([story(SUED, "art-7", "/2026/chip-maker-sued", TEXT, 2)], 1, 0),
        ([story(COURT, "art-7", "/2026/chip-maker-in-court", TEXT, 1)], 0, 1),
    ],
    "a slug that follows the headline, guid and all": [
        ([story(SUED, f"{DESK}/chip-maker-sued", "/chip-maker-sued", TEXT)], 1, 0),
        ([story(COURT, f"{DESK}/chip-maker-in-court", "/chip-maker-in-court", TEXT)], 0, 1),
        ([story(OTHER, f"{DESK}/judge-lets-rivals", "/judge-lets-rivals", TEXT)], 0, 1),
    ],
    "a slug that follows the headline, without a text": [
        ([story(SUED, f"{DESK}/sued", "/sued")], 1, 0),
        ([story(COURT, f"{DESK}/court", "/court")], 0, 1),
    ],
    "two of one date, both there": [
        ([story(SUED, "a", "/a", TEXT)], 1, 0),
        ([story(COURT, "b", "/b", TEXT), story(SUED, "a", "/a", TEXT)], 1, 0),
    ],
    "releases of one date": [
        ([story("Release 1.0 of the engine", "a", "/a")], 1, 0),
        ([story("Release 1.1 of the engine", "b", "/b")], 1, 0),
    ],
    "another of one date": [([story(SUED, "a", "/a", TEXT)], 1, 0), ([story("Racks down", "b", "/b", CRASH)], 1, 0)],
    **{
        f"what counts on by itself: {form % '17'}": [
            ([story(form % count, "a", "/a")], int(n == 0), 0) for n, count in enumerate(["3", "17", "1200"])
        ]
        for form in (
            f"{SUED} (%s comments)",
            f"[+%s] {SUED}",
            f"{SUED} [%s]",
            f"{SUED} (%s Kommentare)",
            f"{SUED}（%s件のコメント）",
            f"{SUED} (%s条评论)",
            f"{SUED} [댓글 %s]",
            f"{SUED} (%s ответов)",
            f"{SUED} | %s views",
            f"%s replies: {SUED}",
        )
    },
    "how long ago": [
        ([story(SUED, "a", "/a", f"Posted {ago} in news. Racks were down.")], int(n == 0), 0)
        for n, ago in enumerate(["2 minutes ago", "59 minutes ago", "an hour ago", "2 hours ago", "a day ago"])
    ],
    "a number in a title that says something": [
        ([story("Outage hits 5 sites", "a", "/a")], 1, 0),
        ([story("Outage hits 7 sites", "a", "/a")], 0, 1),
    ],
    "guids of spaces and zeros": [([entry(1, guid=" \0"), entry(2, guid=" \0")], 2, 0), ([entry(2, guid=" \0")], 0, 0)],
}


@pytest.mark.parametrize("polls", STORIES.values(), ids=STORIES.keys())
def test_stories(polls):
    reader = Reader()
    found = [(entries, found.new, found.revised) for entries, *_ in polls for found in [reader.poll(entries)]]
    assert [counts for _, *counts in found] == [list(counts) for _, *counts in polls]
