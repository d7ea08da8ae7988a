"""An installation moves from the embedded stream to Kafka with work under way, and goes on as if nothing had been."""

from dataclasses import replace

import pytest

from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from stream.log.topics import STAGES
from tests.e2e.brokers import started
from tests.e2e.installation import Seen, installation, once_each, tokens
from tests.e2e.test_way import themed
from tests.kafka_broker import Broker
from tests.ledger import Ledger


@pytest.mark.kafka
def test_after_moving_to_kafka_nothing_is_lost_or_told_again(tmp_path, broker: Broker, cache):
    ledger = Ledger()
    first = ledger.grow(20)
    with installation(tmp_path, f"sqlite:///{tmp_path}/stream.db", cache, ledger) as place:
        place.follow_ledger(interval=1)
        place.once()
        new = ledger.grow(10)
        ledger.fail("/hook", 503)
        before = place.once()
        assert before["pending"] > 0
        waiting = {stage: place.log.rows(stage, "requests") for stage in STAGES}
        tables = {table: place.log.rows("deliver", table) for table in ("attempts", "queues", "slots")}
        assert any(tables.values())
        refused = place.command("migrate", broker.url)
        assert "is running on" in refused.failed()  # this test has it open
        place.seen.close()
        place.log.close()
        with started() as empty:
            url = empty.url
            moved = place.command.does("migrate", url)
            assert "read again and compared" in moved.out
            assert "records already" in place.command("migrate", url).failed()
            log = open_log(Settings.model_validate({"stream": {"url": url}}))
            seen = Seen(log)
            there = replace(
                place,
                log=log,
                seen=seen,
                command=replace(place.command, settings={**place.command.settings, "stream.url": url}),
            )
            assert {stage: log.rows(stage, "requests") for stage in STAGES} == waiting
            assert {table: log.rows("deliver", table) for table in tables} == tables
            told = len(ledger.deliveries)
            again = there.once()
            assert (again["not_modified"], again["entries"]) == (1, 0)  # even its ETag has come along
            assert [again[name] for name in ("items_new", "tagged", "alerts", "dead")] == [0] * 4
            last = ledger.grow(5)
            with there.running() as run:
                expected = themed(ledger, new + last)
                seen.wait(lambda _: len(delivered(ledger)) >= len(expected), run.alive)
                assert run.terminate(20) == 0
            assert told < len(ledger.deliveries)
            while seen.look():
                pass
            assert tokens(seen.values("items")) == once_each(first + new + last)
            assert tokens(seen.alerts) == once_each(expected)
            assert tokens(delivered(ledger).values(), lambda d: d.body["alert"]["title"]) == once_each(expected)
            assert {d["outcome"] for d in seen.values("deliveries")} == {"delivered", "failed"}
            assert not seen.records["dead"]
            seen.close()
            log.close()


def delivered(ledger: Ledger) -> dict[str, object]:
    """What was taken, by its idempotency key: none was taken under two."""
    return {d.key: d for d in ledger.deliveries if d.status == 204}
