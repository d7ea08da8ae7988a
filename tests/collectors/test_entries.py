"""Stories of several polls: what is new, what is an edit, and what was there before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.entries import Entries, item_id, judge_entries
from collectors.deciding.flood import Limits
from collectors.deciding.seen_entries import Memory
from collectors.parsing.parsed import Entry, Parsed
from stream.records import Feed, Item
from stream.units import DAY, MINUTE

WISH = Feed(id="f", url="https://feeds.example/feed")
START = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp() * 1000)


def entry(n: int, **other: object) -> Entry:
    """The n-th entry, with what is different about it."""
    usual: dict[str, object] = {
        "guid": f"urn:{n}",
        "link": f"https://example.com/{n}",
        "title": f"Title {'abcdefghij'[n]}",
        "summary": f"Summary {'abcdefghij'[n]}",
        "author": "",
        "published": f"day {n}",
        "published_ms": START - n * MINUTE,
    }
    return Entry(**{**usual, **other})  # type: ignore[arg-type]


@dataclass
class Reader:
    """Polls documents one after another, as the stage does."""

    rows: dict[str, bytes] = field(default_factory=dict)
    polls: int = 0
    items: list[Item] = field(default_factory=list)

    def poll(self, entries: Sequence[Entry], wish: Feed = WISH, baseline: bool = False) -> Entries:
        now = START + self.polls * MINUTE
        memory = Memory(self.rows)
        limits = None if baseline else Limits(10**15, 1000)
        found = judge_entries(Parsed("Feed", "en", "", tuple(entries)), wish, "Feed", memory, limits, now)
        for name, row in memory.changed_rows(now).items():
            assert row is not None
            self.rows[name] = row
        self.polls += 1
        self.items += found.items
        parts = (found.new, found.revised, found.seen, found.held_back, found.refused)
        assert found.count == len(entries) == sum(parts)
        assert len(found.items) == found.new + found.revised
        return found


def churned(n: int, poll: int) -> Entry:
    return entry(n, guid=f"{poll}-{n}")


def redated(n: int, poll: int, **other: object) -> Entry:
    return entry(n, published=f"poll {poll}", published_ms=START + poll, **other)


DESK = "https://desk.example"
SUED = "Chip maker sued over memory patents"
COURT = "Chip maker in court over memory patents"
OTHER = "Judge lets rivals hear the packaging claims"
TEXT = "A federal judge refused to dismiss claims that the company infringed four patents on stacked memory."
CRASH = "NCCL timeouts and ECC errors on hundreds of accelerators stopped the run until a checkpoint was found."


def of_day(n: int) -> dict[str, object]:
    return {"published": f"{n} days before", "published_ms": START - n * DAY - 7777}


def told(title: str, guid: str = "", link: str = "", summary: str = "", n: int = 1) -> Entry:
    """An entry of the n-th day before."""
    return entry(1, title=title, guid=guid, link=f"{DESK}{link}" if link else "", summary=summary, **of_day(n))


def undated(*args: str, **other: str) -> Entry:
    return msgspec.structs.replace(told(*args, **other), published="", published_ms=None)


BARE = {"guid": "", "link": ""}
HOME = "https://example.com/"
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
        ([entry(1, guid="", link=WISH.url)], 1, 0),
        ([entry(2, guid="", link=WISH.url)], 1, 0),
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
        ([told(f"Release v{n}.0", link=f"/changelog#v{n}.0", n=9 - n)], 1, 0) for n in (1, 2, 3)
    ],
    "releases on one page, by title": [([told(f"Release v{n}.0", link="/changelog", n=9 - n)], 1, 0) for n in (1, 2)],
    "releases on one page, without dates": [([undated(f"Release {n}", link="/changelog")], 1, 0) for n in (1, 2)],
    "releases on one page, with texts that count": [
        ([undated(f"Version {n}", link="/log", summary=f"All the many changes of version {n}")], 1, 0) for n in (1, 2)
    ],
    "stories on one page": [
        ([told("GPU cluster loses nodes", link="/news", summary=CRASH, n=2)], 1, 0),
        ([told(SUED, link="/news", summary=TEXT)], 1, 0),
        ([told(COURT, link="/news", summary=TEXT)], 0, 1),
    ],
    "stories on one page, without dates": [
        ([undated("GPU cluster loses nodes", link="/news")], 1, 0),
        ([undated(SUED, link="/news")], 1, 0),
        ([undated(COURT, link="/news")], 0, 1),
    ],
    "bulletins on one page, with guids": [
        ([told("GPU cluster loses nodes", "b-1", "/news", CRASH, 2)], 1, 0),
        ([told(SUED, "b-2", "/news", TEXT)], 1, 0),
        ([told(SUED, "b-2", "/news", TEXT), told("GPU cluster loses nodes", "b-1", "/news", CRASH, 2)], 0, 0),
    ],
    "advisories on one page": [
        ([told("Security advisory: Foo parser overflow", link="/adv", n=2)], 1, 0),
        ([told("Security advisory: Bar driver overflow", link="/adv", n=1)], 1, 0),
    ],
    "advisories on one page, with texts": [
        ([told("Security advisory: Foo parser overflow", link="/adv", summary=TEXT, n=2)], 1, 0),
        ([told("Security advisory: Bar driver overflow", link="/adv", summary=CRASH, n=1)], 1, 0),
    ],
    "releases of one day on one page": [
        ([msgspec.structs.replace(told(f"Release {n}.0", link="/log"), published_ms=START - DAY)], 1, 0) for n in (1, 2)
    ],
    "a live page counts on": [
        ([told("Outage hits 5 sites", link="/live", summary=CRASH)], 1, 0),
        ([told("Outage hits 7 sites", link="/live", summary=CRASH)], 0, 1),
    ],
    "edited, page and date the same": [([told(SUED, link="/a")], 1, 0), ([told(OTHER, link="/a")], 0, 1)],
    **{
        f"a guid that counts: {base % 0} to {base % 1}": [
            ([told(SUED, f"{DESK}/a{base % 0}", "/a", TEXT)], 1, 0),
            ([told(COURT, f"{DESK}/a{base % 1}", "/a", TEXT)], 0, 1),
            ([told(OTHER, f"{DESK}/a{base % 2}", "/a", "Lawyers called the ruling a milestone.")], 0, 1),
            ([told(OTHER, f"{DESK}/a{base % 2}", "/a", "Lawyers called the ruling a milestone.")], 0, 0),
        ]
        for base in ("#%d", "?v=%d", "?rev=%d", "#rev%d", "/rev/%d", "&version=%d", "-v%d", "@rev%d")
    },
    "a guid that counts at last": [
        ([told(SUED, f"{DESK}/a", "/a", TEXT)], 1, 0),
        ([told(OTHER, f"{DESK}/a#1", "/a", TEXT)], 0, 1),
    ],
    "a guid that counts, and no link": [
        ([told(SUED, "urn:a#1", "", TEXT)], 1, 0),
        ([told(COURT, "urn:a#2", "", TEXT)], 0, 1),
    ],
    "a guid that counts in the link, too": [
        ([told(SUED, f"{DESK}/a?v=1", "/a?v=1", TEXT)], 1, 0),
        ([told(COURT, f"{DESK}/a?v=2", "/a?v=2", TEXT)], 0, 1),
    ],
    "guids of releases on one page are no counter": [
        ([told(f"Release {n}", f"{DESK}/log#{n}", "/log", n=9 - n)], 1, 0) for n in (1, 2)
    ],
    "guids of bulletins of one page in one document are no counter": [
        ([told(SUED, f"{DESK}/b#1", "/b#1"), told(OTHER, f"{DESK}/b#2", "/b#2")], 2, 0),
        ([told("GPU cluster loses nodes", f"{DESK}/b#3", "/b#3", CRASH), told(OTHER, f"{DESK}/b#2", "/b#2")], 1, 0),
    ],
    "a slug that follows the headline, under its guid": [
        ([told(SUED, "art-7", "/2026/chip-maker-sued", TEXT)], 1, 0),
        ([told(OTHER, "art-7", "/2026/judge-lets-rivals", TEXT)], 0, 1),
    ],
    "a slug that follows the headline, dated anew": [
        ([told(SUED, "art-7", "/2026/chip-maker-sued", TEXT, 2)], 1, 0),
        ([told(COURT, "art-7", "/2026/chip-maker-in-court", TEXT, 1)], 0, 1),
    ],
    "a slug that follows the headline, guid and all": [
        ([told(SUED, f"{DESK}/chip-maker-sued", "/chip-maker-sued", TEXT)], 1, 0),
        ([told(COURT, f"{DESK}/chip-maker-in-court", "/chip-maker-in-court", TEXT)], 0, 1),
        ([told(OTHER, f"{DESK}/judge-lets-rivals", "/judge-lets-rivals", TEXT)], 0, 1),
    ],
    "a slug that follows the headline, without a text": [
        ([told(SUED, f"{DESK}/sued", "/sued")], 1, 0),
        ([told(COURT, f"{DESK}/court", "/court")], 0, 1),
    ],
    "two of one date, both there": [
        ([told(SUED, "a", "/a", TEXT)], 1, 0),
        ([told(COURT, "b", "/b", TEXT), told(SUED, "a", "/a", TEXT)], 1, 0),
    ],
    "releases of one date": [
        ([told("Release 1.0 of the engine", "a", "/a")], 1, 0),
        ([told("Release 1.1 of the engine", "b", "/b")], 1, 0),
    ],
    "another of one date": [([told(SUED, "a", "/a", TEXT)], 1, 0), ([told("Racks down", "b", "/b", CRASH)], 1, 0)],
    **{
        f"what counts on by itself: {form % '17'}": [
            ([told(form % count, "a", "/a")], int(n == 0), 0) for n, count in enumerate(["3", "17", "1200"])
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
        ([told(SUED, "a", "/a", f"Posted {ago} in news. Racks were down.")], int(n == 0), 0)
        for n, ago in enumerate(["2 minutes ago", "59 minutes ago", "an hour ago", "2 hours ago", "a day ago"])
    ],
    "a number in a title that says something": [
        ([told("Outage hits 5 sites", "a", "/a")], 1, 0),
        ([told("Outage hits 7 sites", "a", "/a")], 0, 1),
    ],
    "guids of spaces and zeros": [([entry(1, guid=" \0"), entry(2, guid=" \0")], 2, 0), ([entry(2, guid=" \0")], 0, 0)],
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_stories(story):
    reader = Reader()
    told = [(entries, found.new, found.revised) for entries, *_ in story for found in [reader.poll(entries)]]
    assert [counts for _, *counts in told] == [list(counts) for _, *counts in story]


TEXT = st.text(max_size=6) | st.sampled_from("ab")
LINKS = TEXT | st.sampled_from(["", HOME, "https://example.com/1", "https://example.com/2?utm_id=1", "javascript:x"])
ENTRIES = st.lists(
    st.builds(Entry, TEXT, LINKS, TEXT, TEXT, TEXT, TEXT, st.none() | st.integers(0, 2 * START), st.just("en")),
    max_size=8,
)
UNIQUE = st.lists(st.integers(0, 9), unique=True, min_size=1, max_size=10)


@given(ENTRIES)
def test_the_same_document_twice_gives_nothing(entries):
    reader = Reader()
    first = reader.poll(entries)
    second = reader.poll(entries)
    assert (second.new, second.revised, second.refused) == (0, 0, first.refused)
    assert second.seen == len(entries) - first.refused


@given(UNIQUE, st.data())
def test_shuffled_and_partly_vanished_documents_give_nothing(numbers, data):
    reader = Reader()
    assert reader.poll([entry(n) for n in numbers]).new == len(numbers)
    for _ in range(3):
        some = data.draw(st.lists(st.sampled_from(numbers), unique=True))
        again = reader.poll([entry(n) for n in some])
        assert (again.new, again.revised, again.seen) == (0, 0, len(some))


@given(UNIQUE, st.sets(st.sampled_from(["guid", "date", "tracking", "order"])))
def test_whatever_else_changes_at_each_poll_gives_nothing_new(numbers, changing):
    def document(poll: int) -> list[Entry]:
        entries = [
            entry(
                n,
                guid=f"{poll}/{n}" if "guid" in changing else f"urn:{n}",
                link=f"https://example.com/{n}?utm_campaign={poll if 'tracking' in changing else 0}",
                published=f"poll {poll if 'date' in changing else n}",
            )
            for n in numbers
        ]
        return entries[poll:] + entries[:poll] if "order" in changing else entries

    reader = Reader()
    assert reader.poll(document(0)).new == len(numbers)
    assert [(found.new, found.revised) for found in map(reader.poll, map(document, range(1, 4)))] == [(0, 0)] * 3


@given(st.integers(1, 30))
def test_memory_does_not_grow_by_what_changes_at_each_poll(polls):
    reader = Reader()
    sizes = []
    for poll in range(polls):
        reader.poll([redated(1, poll, guid=f"{poll}")])
        sizes.append(sum(map(len, reader.rows.values())))
    assert len(set(sizes)) == 1


def test_an_item_keeps_its_id_through_edits_and_moves():
    reader = Reader()
    reader.poll([entry(1)])
    reader.poll([entry(1, title="Other")])
    reader.poll([entry(1, title="Other", summary="More", link="https://new.example/1")])
    assert [item.revision for item in reader.items] == [0, 1, 2]
    assert {item.id for item in reader.items} == {item_id("https://example.com/1", "f", "")}


def test_one_page_in_two_feeds_is_one_item():
    one, two = Reader(), Reader()
    one.poll([entry(1, link="http://www.example.com/1/?utm_source=a")])
    two.poll([entry(1, guid="other")], Feed(id="g", url="https://other.example/"))
    assert one.items[0].id == two.items[0].id
    assert one.items[0].entry != two.items[0].entry


def test_without_a_link_of_their_own_feeds_do_not_share_items():
    one, two = Reader(), Reader()
    one.poll([entry(1, link=HOME)])
    two.poll([entry(1, link=HOME)], Feed(id="g", url="https://other.example/"))
    assert one.items[0].id != two.items[0].id


def test_the_next_issue_under_the_same_guid_and_date_is_another_item():
    reader = Reader()
    issue = entry(1, guid="slot-1", title="Another matter 7 entirely", link="https://example.com/7")
    reader.poll([issue, entry(2)])
    later = msgspec.structs.replace(issue, title="Another matter 8 entirely", link="https://example.com/8")
    found = reader.poll([later, entry(2)])
    assert (found.new, found.revised) == (1, 0)


def test_a_slot_that_is_used_again_is_another_item():
    reader = Reader()
    reader.poll([entry(1)])
    reader.poll([entry(9, guid="urn:1")])
    assert len({item.id for item in reader.items}) == 2


def test_the_oldest_comes_first():
    reader = Reader()
    reader.poll([entry(1), entry(2), entry(3)])
    assert [item.url[-1] for item in reader.items] == ["3", "2", "1"]


def test_a_baseline_marks_what_is_new_and_nothing_later():
    reader = Reader()
    found = reader.poll([entry(1), entry(2)], baseline=True)
    assert (found.new, found.baseline) == (2, 2)
    found = reader.poll([entry(1, title="Other"), entry(2), entry(3)])
    assert (found.new, found.revised, found.baseline) == (1, 1, 0)
    assert [item.baseline for item in reader.items] == [True, True, False, False]


def test_records_are_clean():
    reader = Reader()
    reader.poll(
        [entry(1, title="<i>A\u202e</i>\n&amp; B", summary="<script>x</script>s", lang="<x>", link="/n?utm_id=1")]
    )
    (item,) = reader.items
    assert (item.title, item.summary, item.url) == ("A & B", "s", "https://feeds.example/n")
    assert (item.lang, item.source, item.date_quality) == ("", "Feed", "trusted")


def test_without_a_title_the_summary_stands_in():
    reader = Reader()
    reader.poll([entry(1, title="", summary="<p>Only this</p>")])
    assert (reader.items[0].title, reader.items[0].summary) == ("Only this", "")


def test_what_has_nothing_to_show_is_refused_and_counted():
    found = Reader().poll([entry(1, title="", summary=" ", link="javascript:x"), entry(2)])
    assert (found.new, found.refused) == (1, 1)


def test_a_document_that_dates_all_it_lists_now_says_nothing_of_its_dates():
    reader = Reader()
    reader.poll([entry(n, published_ms=START - 1000, published="now") for n in range(3)], baseline=True)
    assert {(item.date_quality, item.published) for item in reader.items} == {("now", START)}
    few = Reader()
    few.poll([entry(n, published_ms=START - 1000, published="now") for n in range(2)])
    apart = Reader()
    apart.poll([entry(n, published_ms=START - n * 2 * MINUTE) for n in range(3)])
    assert {item.date_quality for item in few.items + apart.items} == {"trusted"}


def test_what_is_held_back_is_known_and_is_no_edit_and_no_item():
    reader = Reader()
    reader.poll([entry(0)], baseline=True)
    old = [entry(n, published_ms=START - 10_000 * MINUTE) for n in range(1, 6)]
    limits = Limits(7 * 24 * 60 * MINUTE // 10, 3)
    memory = Memory(reader.rows)
    found = judge_entries(Parsed("Feed", "en", "", (entry(0), *old)), WISH, "Feed", memory, limits, START)
    assert (found.seen, found.new, found.held_back, len(found.held), found.items) == (1, 0, 5, 5, [])
    rows = {**reader.rows, **{k: v for k, v in memory.changed_rows(START).items() if v}}
    edited = [entry(n, title=f"Other {n}", published_ms=START - 10_000 * MINUTE) for n in range(1, 6)]
    again = judge_entries(Parsed("Feed", "en", "", tuple(edited)), WISH, "Feed", Memory(rows), limits, START)
    assert (again.held_back, again.held, again.revised, again.turned_over) == (5, [], 0, False)


def test_the_content_is_kept_for_judging_beside_the_summary_for_people():
    reader = Reader()
    reader.poll([entry(1, summary="In short", content="<p>At length</p><p>And more</p>"), entry(2)])
    short, long = sorted(reader.items, key=lambda item: len(item.text))
    assert (short.text, short.partial) == ("", False)
    assert (long.summary, long.text) == ("In short", "In short\nAt length\nAnd more")


def test_of_an_entry_without_a_title_all_is_kept():
    reader = Reader()
    reader.poll([entry(1, title="", summary="word " * 200)])
    (item,) = reader.items
    assert (len(item.title), item.summary, item.text) == (500, "", ("word " * 200).strip())


def test_a_body_that_changes_under_the_same_title_and_summary_is_no_revision():
    reader = Reader()
    reader.poll([entry(1, content="<p>Read by 17</p>")])
    assert (reader.poll([entry(1, content="<p>Read by 18</p>")]).seen, len(reader.items)) == (1, 1)


GOLDEN = Path(__file__).parent.parent / "data" / "rows"  # as they were written before there were gists


def of_before() -> tuple[Reader, list[Entry]]:
    """A feed that was remembered in rows of version 1, and its document."""
    name, row = (GOLDEN / "seen-v1.hex").read_text().split()
    entries = [Entry(**fields) for fields in msgspec.json.decode((GOLDEN / "seen-v1.json").read_bytes())]
    return Reader({name: bytes.fromhex(row)}), entries


def test_what_was_remembered_before_is_known_also_where_links_are_kept_otherwise_now():
    reader, entries = of_before()
    for _ in range(2):
        found = reader.poll(entries)
        assert (found.new, found.revised, found.seen) == (0, 0, len(entries))


def test_what_was_remembered_before_is_revised_by_edits_only():
    reader, entries = of_before()
    counted = msgspec.structs.replace(entries[1], title="Chip maker sued over patents (17 comments)")
    assert reader.poll([entries[0], counted, *entries[2:]]).revised == 1  # the count of before cannot be told off
    counted = msgspec.structs.replace(entries[1], title="Chip maker sued over patents (18 comments)")
    assert reader.poll([entries[0], counted, *entries[2:]]).revised == 0
    edited = msgspec.structs.replace(entries[0], title="Another title")
    assert reader.poll([edited, counted, *entries[2:]]).revised == 1


def test_the_next_release_on_a_page_that_was_remembered_before_is_new():
    reader, entries = of_before()
    release = msgspec.structs.replace(entries[2], link="https://desk.example/changelog#v3.0", title="Release v3.0")
    found = reader.poll([release, *entries])
    assert (found.new, found.revised) == (1, 0)
