"""The entries of documents as items: their ids, their order, the baseline, and what is never new."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.entries.novelty import decide_entries, item_id
from collectors.deciding.entries.seen import SeenEntries
from collectors.parsing.parsed import Entry, Parsed
from stream.records import Feed
from stream.units import MINUTE
from tests.collectors.reader import FEED, HOME, START, Reader, entry, redated

TEXT = st.text(max_size=6) | st.sampled_from("ab")
LINKS = TEXT | st.sampled_from(["", HOME, "https://example.com/1", "https://example.com/2?utm_id=1", "javascript:x"])
ENTRIES = st.lists(
    st.builds(Entry, TEXT, LINKS, TEXT, TEXT, TEXT, st.none() | st.integers(0, 2 * START), st.just("en")),
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
    limits = FloodLimits(7 * 24 * 60 * MINUTE // 10, 3)
    seen = SeenEntries(reader.rows)
    found = decide_entries(Parsed("Feed", "en", "", (entry(0), *old)), FEED, "Feed", seen, limits, START)
    assert (found.seen, found.new, found.held_back, len(found.held), found.items) == (1, 0, 5, 5, [])
    rows = {**reader.rows, **{k: v for k, v in seen.changed_rows(START).items() if v}}
    edited = [entry(n, title=f"Other {n}", published_ms=START - 10_000 * MINUTE) for n in range(1, 6)]
    again = decide_entries(Parsed("Feed", "en", "", tuple(edited)), FEED, "Feed", SeenEntries(rows), limits, START)
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
