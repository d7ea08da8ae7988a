"""Old entries in bulk are held back, and go on the stream when a person releases them."""

import msgspec

from collectors.parsing.parsed import Entry
from stream.log.records import Tick
from stream.records import Feed
from tests.collectors.partition import FEED, NOW, SAME_BODY, Partition, PollRecords, aged, document


def undated(n: int) -> Entry:
    return Entry(f"urn:{n}", f"https://example.com/{n}", f"T {n}", "S", "", None, "en")


def test_what_was_missed_is_news_while_it_is_young_and_history_when_it_is_old(partition):
    partition.poll(document(aged(1, 30)))
    records = partition.poll(document(aged(4, 1), aged(3, 6), aged(2, 8), aged(1, 30), body_hash="h2"))
    assert [(item.title, item.baseline) for item in records.items] == [("T 2", True), ("T 3", False), ("T 4", False)]
    assert (records.poll.new, records.poll.baseline, records.poll.held_back) == (3, 1, 0)


def test_a_thousand_old_items_are_held_back_and_the_news_among_them_is_not(partition):
    partition.poll(document(aged(0, 1)))
    old = [aged(n, 100 + n) for n in range(2, 1002)]
    records = partition.poll(document(aged(1, 0), aged(0, 1), *old, body_hash="h2"))
    assert ([item.title for item in records.items], records.poll.held_back, records.poll.held) == (["T 1"], 1000, 1000)
    assert records.events == ["feed held back"]
    again = partition.poll(document(aged(1, 0), *old, body_hash="h3"))
    assert (again.poll.new, again.poll.held_back, again.poll.held, again.events) == (0, 1000, 1000, [])
    same = partition.poll(SAME_BODY)
    assert (same.poll.seen, same.poll.held_back) == (1, 1000)


def test_a_flood_without_dates_lets_the_first_through_that_stand_above_the_known(partition):
    partition.poll(document(undated(0)))
    flood = [undated(n) for n in range(10, 1010)]
    records = partition.poll(document(undated(1), undated(0), *flood, body_hash="h2"))
    assert ([item.title for item in records.items], records.poll.held_back) == (["T 1"], 1000)
    new = Partition()
    new.update(FEED)
    new.poll(document(undated(0)))
    assert (new.poll(document(*flood, body_hash="h2")).poll.new, new.state.held) == (100, 900)


def test_what_was_held_back_goes_on_the_stream_when_a_person_releases_it(partition):
    partition.poll(document(aged(0, 1)))
    old = [aged(n, 100 + n) for n in range(1, 1001)]
    partition.poll(document(*old, body_hash="h2"))
    partition.update(Feed(id="f", url=FEED.url, released=NOW))
    rows = sorted(key for table, key in partition.due if table == "held")
    assert len(rows) > 1
    released = []
    for number, key in enumerate(rows):
        partition.now = partition.due["held", key]
        released += PollRecords(partition.decide(Tick("held", key, partition.now)).outputs).items
        assert len(rows) - number - 1 == len([key for table, key in partition.rows if table == "held"])
    assert {item.title for item in released} == {f"T {n}" for n in range(1, 1001)}
    assert {(item.baseline, item.revision) for item in released} == {(False, 0)}
    records = partition.poll(document(*old, body_hash="h3"))
    assert (records.poll.seen, records.poll.held, records.items) == (1000, 0, [])
    edited = msgspec.structs.replace(old[0], title="Other")
    assert partition.poll(document(edited, body_hash="h4")).items[0].revision == 1


def test_what_is_held_back_goes_with_its_feed(partition):
    partition.poll(document(aged(0, 1)))
    partition.poll(document(*[aged(n, 100 + n) for n in range(1, 200)], body_hash="h2"))
    partition.update(None)
    assert partition.rows == {}
