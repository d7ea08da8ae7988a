"""The whole way, on both backends: a feed ─► items ─► tagged ─► alerts ─► webhook, once."""

from collections import Counter

import pytest

from stream.kafka import KafkaLog
from stream.log.topics import STAGES
from tests.e2e.installation import Installation, installation, once_each, tokens
from tests.ledger import Ledger, token_of


def themed(ledger: Ledger, of) -> set[str]:
    return {token for token in of if ledger.theme(token)}


def tell_new_ones(place: Installation, first: list[str], new: list[str]) -> None:
    """What was there is the baseline and raises nothing; what came is alerted and delivered once."""
    ledger, seen = place.ledger, place.seen
    assert tokens(seen.values("items")) == once_each(first + new)
    assert tokens(seen.values("tagged"), lambda v: v["item"]["title"]) == once_each(first + new)
    assert tokens(seen.alerts) == once_each(themed(ledger, new))
    assert all(alert["theme"] == ledger.theme(token_of(alert["title"])) for alert in seen.alerts)
    delivered = {d.key: d for d in ledger.deliveries if d.status == 204}  # as a receiver does: by the idempotency key
    assert tokens(delivered.values(), lambda d: d.body["alert"]["title"]) == once_each(themed(ledger, new))
    assert Counter(d["delivery"] for d in seen.values("deliveries") if d["outcome"] == "delivered") == once_each(
        delivered
    )
    assert not seen.records["dead"]


def test_run_once_does_what_is_to_do_and_then_nothing(tmp_path, stream_url, cache):
    ledger = Ledger()
    first = ledger.grow(20)
    with installation(tmp_path, stream_url, cache, ledger) as place:
        place.follow_ledger(interval=1)
        baseline = place.once()
        assert (baseline["polled"], baseline["entries"], baseline["items_new"], baseline["baseline"]) == (1, 20, 20, 20)
        assert (baseline["tagged"], baseline["none"], baseline["alerts"], baseline["delivered"]) == (16, 4, 0, 0)
        again = place.once()
        assert (again["polled"], again["not_modified"], again["entries"], again["items_new"]) == (1, 1, 0, 0)
        assert (again["tagged"], again["alerts"], again["delivered"], again["dead"]) == (0, 0, 0, 0)
        new = ledger.grow(10)
        ledger.fail("/hook", 503)
        third = place.once()
        assert (third["entries"], third["items_new"], third["seen"], third["baseline"]) == (30, 10, 20, 0)
        assert third["alerts"] == third["delivered"] + third["pending"] == 8
        assert third["pending"] > 0  # what failed, and what stands in line behind it unless another was taken since
        fourth = place.once()
        assert (fourth["items_new"], fourth["alerts"]) == (0, 0)
        [shown] = place.command.does("feeds", "list", "--json").json
        assert (shown["outcome"], shown["entries"], shown["state"]) == ("not_modified", 30, "healthy")
        with place.running() as run:  # what failed is delivered when its time has come, under the same key
            place.seen.wait(lambda seen: len(seen.values("deliveries")) >= 9, run.alive)
            assert run.terminate(10) == 0
        tell_new_ones(place, first, new)
        [failed] = [d for d in ledger.deliveries if d.status == 503]
        assert failed.key in {d.key for d in ledger.deliveries if d.status == 204}
        outcomes = Counter(d["outcome"] for d in place.seen.values("deliveries"))
        assert outcomes == {"delivered": 8, "failed": 1}
        if isinstance(place.log, KafkaLog):
            forget_offsets(place.log)
            told = len(ledger.deliveries)
            last = place.once()
            assert (last["items_new"], last["tagged"], last["alerts"], last["delivered"], last["dead"]) == (0,) * 5
            assert len(ledger.deliveries) == told
            tell_new_ones(place, first, new)


def forget_offsets(log: KafkaLog) -> None:
    """As a broker does with a group that was away for a week."""
    admin = log.clients.admin()
    admin.delete_groups([log.group(stage) for stage in STAGES if stage != "index"])
    admin.close()


@pytest.mark.parametrize("stream_url", ["sqlite"], indirect=True)  # which stream it is matters nothing here
def test_a_feed_that_fails_says_why_and_comes_back(tmp_path, stream_url, cache):
    ledger = Ledger()
    ledger.grow(5)
    with installation(tmp_path, stream_url, cache, ledger) as place:
        place.follow_ledger()
        ledger.fail("/feed.xml", 500)  # a 503 would ask for time, and get it
        assert place.once()["failed"] == {"status": 1}
        [shown] = place.command.does("feeds", "list", "--json").json
        assert (shown["outcome"], shown["state"], shown["error"]["kind"]) == ("status", "failing", "status")
        place.command.does("feeds", "resume", ledger.feed_url)  # looked at now, not when its time comes
        assert place.once()["items_new"] == 5


def test_sigterm_ends_a_run_soon_and_loses_nothing(tmp_path, stream_url, cache):
    ledger = Ledger(per_poll=5, most=60)
    with installation(tmp_path, stream_url, cache, ledger) as place:
        ledger.grow(5)
        place.follow_ledger()
        for count in (15, 35, 60):  # stopped in the middle of its work, twice
            with place.running() as run:
                place.seen.wait(lambda seen, n=count: len(seen.values("items")) >= n, run.alive)
                if count == 60:
                    due = 4 * (60 - len([v for v in place.seen.values("items") if v["baseline"]])) // 5
                    place.seen.wait(lambda seen, n=due: len(seen.values("deliveries")) >= n, run.alive)
                assert run.terminate(10) == 0
        baseline = [token_of(v["title"]) for v in place.seen.values("items") if v["baseline"]]
        tell_new_ones(place, baseline, [t for t in ledger.tokens if t not in baseline])
