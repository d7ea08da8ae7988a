"""What people ask for reads what it is about, and not all that is on the stream."""

from collections.abc import Iterator, Mapping, Sequence

import pytest
from msgspec.structs import replace

from deploy.inspect.preview import alerts_since, preview
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Out, Record
from stream.log.topics import Topic, alerts_of
from stream.matching.stage import MatchStage
from stream.records import Destination, encode
from stream.sqlite import SqliteLog
from stream.sqlite.reader import SqliteReader
from stream.subscriptions.saved import read_subscriptions, remove_subscription, save_subscription, saved_subscriptions
from stream.units import DAY
from tests.stream.matching.test_stage import subscription
from tests.stream.stories.test_stages import alert


class CountingLog(SqliteLog):
    """Counts the records that its readers return."""

    def reader(self, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> SqliteReader:
        outer = self

        class Counting(SqliteReader):
            def poll(self, timeout: float) -> list[Record]:
                found = super().poll(timeout)
                outer.count += len(found)
                return found

        return Counting(self, topics, start or {})

    count = 0


@pytest.fixture
def log(tmp_path) -> Iterator[CountingLog]:
    made = CountingLog(tmp_path / "stream.db")
    made.ensure([alerts_of("t"), Topic("subscriptions", 1, "compact", None, "k", "")])
    yield made
    made.close()


def test_a_preview_reads_the_days_that_it_is_of(log):
    log.append([Out("alerts.t", f"a{n}", encode(alert())) for n in range(900)])
    with log.database.transaction() as db:
        db.execute("UPDATE record SET timestamp = offset * ?", (DAY,))
    found = alerts_since(log, ["t"], 893 * DAY)
    assert [record.offset for record in found] == [*range(893, 900)]
    assert log.count == 7


def test_a_subscription_is_saved_without_reading_all_that_were(log):
    saved = saved_subscriptions(log)
    for n in range(50):
        save_subscription(log, subscription(f"s{n}"), ["t"], 0, saved.rows())
    remove_subscription(log, "s7", saved.rows())
    assert saved.rows() == read_subscriptions(log)
    log.count = 0
    save_subscription(log, subscription("s8"), ["t"], 1, saved.rows())
    assert log.count == 0
    assert saved.rows()["s8"].revision == 2
    assert log.count == 1


def test_a_preview_tells_what_is_sent_and_counts_what_the_filters_keep_away():
    wish = replace(
        subscription("s"), themes=("t",), threshold=0.5, channel=Destination("webhook", "https://r.example/")
    )
    said = [replace(alert(), id=f"a{n}", theme="t", probability=0.9 if n % 3 else 0.1) for n in range(9)]
    found = preview([Record("alerts.t", 0, n, one.id, encode(one), n) for n, one in enumerate(said)], wish, DAY)
    assert (found.alerts, found.kept_away) == (9, {"threshold": 3})
    assert [(out.alert.id, out.at) for out in found.sent if out.alert] == [(f"a{n}", n) for n in range(9) if n % 3]
    assert [out.at for out in reversed(found.sent[-2:])] == [8, 7]


def test_what_is_sent_at_once_leaves_no_row_to_delete_where_others_wait():
    wish = replace(subscription("s"), themes=("t",))
    views = {"subscriptions": {"s": encode(wish)}}
    said = replace(alert(), theme="t")
    made = MatchStage(("t",)).decide(
        Tables(InMemoryRows(), views), [Record("alerts.t", 0, 0, said.id, encode(said), 1)], 1
    )
    assert [out.topic for out in made.outputs] == ["outbox"]
    assert [change.table for change in made.changes if change.value is None] == []
