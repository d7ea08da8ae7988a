"""Items that wait for their article go on the stream once: with it, or at their moment without it."""

import msgspec
import pytest

from collectors.deciding.articles import Articles, Wait, take_tally
from collectors.poll_result import Article, ArticleOrder
from stream.engine.stage import Request, Result
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Out, Tick
from stream.ops.balance import balances
from stream.records import Failure, Feed, Item, Poll, decode, encode

NOW = 1_715_000_000_000
FEED = Feed(id="f", url="https://feeds.example/feed")
BODY = "A cluster lost forty accelerators overnight, and the run had to begin anew. " * 10


def item(n: int = 1, revision: int = 0, **changes: object) -> Item:
    plain = Item(
        id=f"i{n}",
        feed="f",
        source="Feed",
        entry=f"e{n}",
        revision=revision,
        url=f"https://site.example/{n}",
        title=f"Title {n}",
        summary="",
        lang="en",
        published=NOW,
        date_quality="trusted",
        first_seen=NOW,
        baseline=False,
    )
    return msgspec.structs.replace(plain, **changes)


class Turns:
    """Turns over the same rows."""

    def __init__(self, mode: str = "short") -> None:
        self.rows = InMemoryRows()
        self.mode = mode

    def __call__(self, *, put=(), answered=(), overdue=(), feed: Feed = FEED) -> Articles:
        turn = Articles(Tables(self.rows), Wait(self.mode, 20.0), NOW)
        turn.put(feed, put)
        for result in answered:
            turn.answered(result)
        for key in overdue:
            turn.overdue(Tick("waiting", key, NOW))
        self.rows.apply(turn.tables.changes)
        return turn


def items(turn: Articles) -> list[Item]:
    return [decode(out.value, Item) for out in turn.outs]


def came(request: Request, outcome: str = "read", text: str = BODY) -> Result:
    return Result(request, msgspec.msgpack.encode(Article(outcome, text if outcome == "read" else "", "because")))


def test_a_title_alone_waits_for_its_article_and_goes_on_with_its_text():
    turns = Turns()
    first = turns(put=[item()])
    (request,) = first.requests
    order = msgspec.msgpack.decode(request.body, type=ArticleOrder)
    assert (first.outs, order) == ([], ArticleOrder("https://site.example/1", FEED.url, NOW + 20_000))
    (landed,) = items(turns(answered=[came(request)]))
    assert (landed.text, landed.article, landed.first_seen) == (BODY, "read", NOW)
    assert BODY.startswith(landed.summary[:60])
    assert turns(answered=[came(request)], overdue=["f/i1"]).outs == []  # once, whatever comes later


def test_without_its_article_it_goes_at_its_moment_and_the_late_answer_changes_nothing():
    turns = Turns()
    (request,) = turns(put=[item()]).requests
    (landed,) = items(turns(overdue=["f/i1"]))
    assert (landed.text, landed.article) == ("", "late")
    assert turns(answered=[came(request)]).outs == []


def test_the_row_is_armed_for_that_moment():
    turns = Turns()
    turns(put=[item()])
    assert turns.rows.due(NOW + 19_999, 9) == []
    assert turns.rows.due(NOW + 20_000, 9) == [Tick("waiting", "f/i1", NOW + 20_000)]


def test_a_failure_is_told_on_the_item_and_counted_until_the_next_poll_takes_it():
    turns = Turns("all")
    one, two = turns(put=[item(1), item(2)]).requests
    (landed,) = items(turns(answered=[came(one, "robots")]))
    assert landed.article == "robots"
    turns(answered=[came(two)])
    tables = Tables(turns.rows)
    tally = take_tally(tables, "f")
    assert (tally.read, tally.failed, tally.failure) == (1, 1, Failure("robots", "because"))
    assert take_tally(tables, "f").failed == 0


def test_a_revision_lets_the_older_one_go_first_and_waits_itself():
    turns = Turns("all")
    (old,) = turns(put=[item()]).requests
    second = turns(put=[item(revision=1, title="Another")])
    assert [(each.revision, each.article) for each in items(second)] == [(0, "late")]
    assert turns(answered=[came(old)]).outs == []  # the answer was for the older one
    (landed,) = items(turns(answered=[came(*second.requests)]))
    assert (landed.revision, landed.text) == (1, BODY)


LONG = "Everything that happened is told here in full. " * 10


@pytest.mark.parametrize(
    ("mode", "of_feed", "changes", "waits"),
    [
        ("off", "", {}, False),
        ("off", "short", {}, True),
        ("all", "off", {}, False),
        ("short", "", {"summary": LONG}, False),
        ("short", "", {"summary": LONG + "Read more »"}, True),
        ("short", "", {"summary": LONG.strip(". ") + " […]"}, True),
        ("short", "", {"summary": "Seen.", "text": LONG}, False),
        ("all", "", {"summary": LONG}, True),
        ("all", "", {"baseline": True}, False),
        ("all", "", {"url": ""}, False),
    ],
)
def test_which_items_wait(mode, of_feed, changes, waits):
    turn = Turns(mode)(put=[item(**changes)], feed=msgspec.structs.replace(FEED, articles=of_feed))
    assert (len(turn.requests), len(turn.outs)) == ((1, 0) if waits else (0, 1))


def test_a_shorter_article_does_not_take_the_place_of_what_the_feed_says():
    turns = Turns("all")
    (request,) = turns(put=[item(summary=LONG)]).requests
    (landed,) = items(turns(answered=[came(request, text="Cookies?")]))
    assert (landed.summary, landed.text, landed.article) == (LONG, "", "read")


def test_the_balance_counts_an_item_once_whenever_it_lands():
    turns = Turns()
    poll = Poll(feed="f", url="", title="", at=0, outcome="ok", error=None, state="healthy", entries=2, new=2)
    first = turns(put=[item(1), item(2, summary=LONG)])
    (entries,) = balances("collect", (), [*first.outs, Out("polls", "f", encode(poll))], first.facts)
    assert (entries.came, entries.lost) == (2, 0)
    later = turns(overdue=["f/i1"])
    (entries,) = balances("collect", (), later.outs, later.facts)
    assert (entries.came, entries.lost, entries.went["new"]) == (0, 0, 0)
    (lost,) = balances("collect", (), (), later.facts)
    assert lost.lost == 1  # one that was to land and did not


def test_of_a_long_article_so_much_is_kept_as_of_other_texts():
    turns = Turns()
    (request,) = turns(put=[item()]).requests
    (landed,) = items(turns(answered=[came(request, text="word " * 10_000)]))
    assert (len(landed.text) <= 20_000, landed.partial) == (True, True)
