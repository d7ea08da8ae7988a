"""The list of feeds: whoever somebody wants to see first comes first, and what was just wished for is in it."""

from stream.index.feed_list import FeedRow, FeedsWanted, find_feeds, heard_of_feeds
from stream.log.records import Out
from stream.records import Feed, Poll, encode
from tests.stream.index.test_search import Index, index

__all__ = ["index"]

STATES = ("failing", "paused", "new", "healthy")


def feed(key: str, title: str = "", **of: bool) -> Feed:
    return Feed(id=key, url=f"https://{key}.example/FEED", title=title, **of)


def take(index: Index, made: Feed, state: str = "", title: str = "") -> None:
    index.take(Out("feeds", made.id, encode(made)))
    if state:
        poll = Poll(feed=made.id, url="", title=title, at=1, outcome="ok", error=None, state=state)
        index.take(Out("polls", made.id, encode(poll)))


def found(index: Index, states: tuple[str, ...] = STATES, **wanted: object) -> list[str]:
    return [row.id for row in find_feeds(index.db, FeedsWanted(states, **wanted))[0]]  # type: ignore[arg-type]


def test_states_come_in_the_order_they_are_asked_for_then_titles_without_case_and_pages_go_on(index):
    take(index, feed("a", "zebra"), "healthy")
    take(index, feed("b", "Ärger"), "healthy")
    take(index, feed("c"), "healthy", "äpfel")  # as it calls itself
    take(index, feed("d", "x"), "failing")
    take(index, feed("e", "x"), "failing")
    assert found(index) == ["d", "e", "a", "c", "b"]
    assert found(index, ("healthy", "failing"), limit=4) == ["a", "c", "b", "d"]
    assert found(index, limit=2, after=FeedRow("failing", "x", "d")) == ["e", "a"]
    assert found(index, ("failing",), after=FeedRow("healthy", "zebra", "a")) == []
    assert found(index, words=["ÄR"]) == ["b"]
    assert found(index, words=["x", "e.example/feed"]) == ["e"]
    assert found(index, ("no such state",)) == []


def test_a_poll_is_not_read_again_to_say_how_its_feed_is(index):
    take(index, feed("a"), "healthy")
    poll = Poll(feed="a", url="", title="", at=1, outcome="ok", error=None, state="failing")
    asked: list[str] = []
    index.db.connection().set_trace_callback(asked.append)
    index.take(Out("polls", "a", encode(poll)))
    index.db.connection().set_trace_callback(None)
    assert found(index, ("failing",)) == ["a"]
    assert not [each for each in asked if each.startswith("SELECT") and "'polls'" in each]


def test_what_was_wished_for_since_counts_as_if_the_index_had_heard_of_it(index):
    for key in ("gone", "stays", "rests"):
        take(index, feed(key), "healthy")
    changed = {"gone": None, "unknown": None, "rests": feed("rests", paused=True), "added": feed("added", "Added")}
    rows, counts = find_feeds(index.db, FeedsWanted(STATES, changed=changed))
    assert [(row.id, row.state) for row in rows] == [("rests", "paused"), ("added", "new"), ("stays", "healthy")]
    assert counts == {"paused": 1, "new": 1, "healthy": 1}


def test_up_to_where_the_index_has_heard_of_feeds(index):
    with index.db.transaction() as db:
        db.execute("INSERT INTO position VALUES ('feeds', 1, 7), ('polls', 0, 9)")
    assert heard_of_feeds(index.db) == {("feeds", 1): 7}
