"""After a `run --once` nothing is lost, whatever happens; `tests/stream/ops/test_balance.py` has each stage."""

from collections import Counter

import pytest

from stream.log.records import Out
from stream.log.topics import retry_topic
from stream.sqlite import SqliteLog
from tests.deploy.command import Command
from tests.ledger import Ledger

POISON = ("items", "candidates", "alerts.standards", "events", *map(retry_topic, ("tag", "story", "match")))


@pytest.fixture
def ledger():
    with Ledger().serving() as made:
        yield made


def worked_off(themewire: Command) -> Counter[str]:
    """What a run came to; nothing of it may be lost."""
    summary = themewire.does("run", "--once", "--json").json
    assert summary["lost"] == {}, summary
    fates = ("items_new", "items_revised", "seen", "held_back", "refused")
    assert summary["entries"] == sum(summary[fate] for fate in fates)
    return Counter({name: count for name, count in summary.items() if isinstance(count, int)})


def test_nothing_is_lost_in_a_run_nor_in_one_with_trouble(themewire, ledger):
    local = Command(themewire.data, {**themewire.settings, "fetch.allow_networks": '["127.0.0.0/8"]'})
    local.does("feeds", "add", ledger.feed_url, "--yes", "--interval", "1")
    subscribe = ("--theme", "standards", "--webhook", ledger.hook_url)
    for name, more in {"all": (), "capped": ("--cap", "1"), "digest": ("--digest", "08:00"), "muted": ()}.items():
        local.does("subscriptions", "add", name, *subscribe, *more)
    local.does("subscriptions", "mute", "muted", "12h")
    ledger.grow(5)
    assert worked_off(local)["baseline"] == 5
    ledger.grow(10)
    log = SqliteLog(local.data / "stream.db")
    log.append([Out(topic, "poison", b"no record of ours") for topic in POISON])
    log.close()
    ledger.fail("/hook", 500)
    total: Counter[str] = Counter()
    while total["items_new"] < 10:  # once the feed is due again
        total += worked_off(local)
    assert total["dead"] == len(POISON) + 1  # the index reads alerts as well
    assert total["tagged"] + total["none"] + total["unsure"] == 10
    links = [f"http://ledger.example/{token}" for token in ledger.tokens[5:8]]
    for said in (("--is", "standards", "--only"), ("--none",)):
        for link in links:
            local.does("label", "add", link, *said, "--who", "ann")
        total += worked_off(local)
    assert min(total["alerts"], total["retracted"]) >= len(links)
    assert total["delivered"] > 0
