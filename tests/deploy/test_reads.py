"""What people ask for reads what it is about, and not all that is on the stream."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from deploy.inspect.preview import alerts_since
from stream.log.records import Out, Record
from stream.log.topics import Topic, alerts_of
from stream.records import encode
from stream.sqlite import SqliteLog
from stream.sqlite.reader import SqliteReader
from stream.subscriptions.saved import SavedSubscriptions, read_subscriptions, remove_subscription, save_subscription
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
    saved = SavedSubscriptions(log)
    for n in range(50):
        save_subscription(log, subscription(f"s{n}"), ["t"], 0, saved.now())
    remove_subscription(log, "s7", saved.now())
    assert saved.now() == read_subscriptions(log)
    log.count = 0
    save_subscription(log, subscription("s8"), ["t"], 1, saved.now())
    assert log.count == 0
    assert saved.now()["s8"].revision == 2
    assert log.count == 1
