"""Items that wait for their article go on the stream once: with it, or at their moment without it."""

import msgspec
import pytest

from collectors.article_result import ArticleRequest, ArticleResult
from collectors.deciding.articles import ArticlePolicy, Articles, take_counts
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


class Batches:
    """Batches over the same rows."""

    def __init__(self, mode: str = "short") -> None:
        self.rows = InMemoryRows()
        self.mode = mode

    def __call__(self, *, put=(), arrived=(), timed_out=(), feed: Feed = FEED) -> Articles:
        batch = Articles(Tables(self.rows), ArticlePolicy(self.mode, 20.0), NOW)
        batch.put(feed, put)
        for result in arrived:
            batch.arrived(result)
        for key in timed_out:
            batch.timed_out(Tick("waiting", key, NOW))
        self.rows.apply(batch.tables.changes)
        return batch


def items(batch: Articles) -> list[Item]:
    return [decode(out.value, Item) for out in batch.outs]


def came(request: Request, outcome: str = "read", text: str = BODY) -> Result:
    return Result(request, msgspec.msgpack.encode(ArticleResult(outcome, text if outcome == "read" else "", "because")))


def test_a_title_alone_waits_for_its_article_and_goes_on_with_its_text():
    batches = Batches()
    first = batches(put=[item()])
    (request,) = first.requests
    wanted = msgspec.msgpack.decode(request.body, type=ArticleRequest)
    assert (first.outs, wanted) == ([], ArticleRequest("https://site.example/1", FEED.url, NOW + 20_000))
    (landed,) = items(batches(arrived=[came(request)]))
    assert (landed.text, landed.article, landed.first_seen) == (BODY, "read", NOW)
    assert BODY.startswith(landed.summary[:60])
    assert batches(arrived=[came(request)], timed_out=["f/i1"]).outs == []  # once, whatever comes later


def test_without_its_article_it_goes_at_its_moment_and_the_late_result_changes_nothing():
    batches = Batches()
    (request,) = batches(put=[item()]).requests
    (landed,) = items(batches(timed_out=["f/i1"]))
    assert (landed.text, landed.article) == ("", "late")
    assert batches(arrived=[came(request)]).outs == []


def test_the_row_is_armed_for_that_moment():
    batches = Batches()
    batches(put=[item()])
    assert batches.rows.due(NOW + 19_999, 9) == []
    assert batches.rows.due(NOW + 20_000, 9) == [Tick("waiting", "f/i1", NOW + 20_000)]


def test_a_failure_stands_on_the_item_and_counted_until_the_next_poll_takes_it():
    batches = Batches("all")
    one, two = batches(put=[item(1), item(2)]).requests
    (landed,) = items(batches(arrived=[came(one, "robots")]))
    assert landed.article == "robots"
    batches(arrived=[came(two)])
    tables = Tables(batches.rows)
    counts = take_counts(tables, "f")
    assert (counts.read, counts.failed, counts.failure) == (1, 1, Failure("robots", "because"))
    assert take_counts(tables, "f").failed == 0


def test_a_revision_lets_the_older_one_go_first_and_waits_itself():
    batches = Batches("all")
    (old,) = batches(put=[item()]).requests
    second = batches(put=[item(revision=1, title="Another")])
    assert [(each.revision, each.article) for each in items(second)] == [(0, "late")]
    assert batches(arrived=[came(old)]).outs == []  # the result was for the older one
    (landed,) = items(batches(arrived=[came(*second.requests)]))
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
    batch = Batches(mode)(put=[item(**changes)], feed=msgspec.structs.replace(FEED, articles=of_feed))
    assert (len(batch.requests), len(batch.outs)) == ((1, 0) if waits else (0, 1))


def test_a_shorter_article_does_not_take_the_place_of_what_the_feed_says():
    batches = Batches("all")
    (request,) = batches(put=[item(summary=LONG)]).requests
    (landed,) = items(batches(arrived=[came(request, text="Cookies?")]))
    assert (landed.summary, landed.text, landed.article) == (LONG, "", "read")


def test_the_balance_counts_an_item_once_whenever_it_lands():
    batches = Batches()
    poll = Poll(feed="f", url="", title="", at=0, outcome="ok", error=None, state="healthy", entries=2, new=2)
    first = batches(put=[item(1), item(2, summary=LONG)])
    (entries,) = balances("collect", (), [*first.outs, Out("polls", "f", encode(poll))], first.facts)
    assert (entries.came, entries.lost) == (2, 0)
    later = batches(timed_out=["f/i1"])
    (entries,) = balances("collect", (), later.outs, later.facts)
    assert (entries.came, entries.lost, entries.went["new"]) == (0, 0, 0)
    (lost,) = balances("collect", (), (), later.facts)
    assert lost.lost == 1  # one that was to land and did not


def test_of_a_long_article_so_much_is_kept_as_of_other_texts():
    batches = Batches()
    (request,) = batches(put=[item()]).requests
    (landed,) = items(batches(arrived=[came(request, text="word " * 10_000)]))
    assert (len(landed.text) <= 20_000, landed.partial) == (True, True)
