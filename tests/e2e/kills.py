"""kill -9 at random moments while a feed grows, and what must have come of every token all the same.

The feed grows at each poll, so what a poll showed that was lost with its process is still there at the next: the window
holds the growth of twenty polls.
"""

import random
from collections import Counter
from collections.abc import Iterator
from functools import partial

from tests.e2e.installation import Installation, Seen, once_each, tokens

__all__ = ["GROWTH", "WINDOW", "alerted", "done", "kill_while_growing", "look_at_every_token"]

GROWTH = 10
WINDOW = 20 * GROWTH
TOPICS = ("items", "tagged", "polls")  # whose growth is waited for before a kill


def kill_while_growing(place: Installation, kills: int, seed: int) -> None:
    """Kills `run` so many times while the ledger grows to its end, lets it finish, and looks at every token."""
    place.follow_ledger(interval=1)
    for topic, count, whole in moments(random.Random(seed), kills, place.ledger.most):
        with place.running() as run:
            place.seen.wait(partial(has, topic, count), run.alive)
            run.kill(whole)
    with place.running() as run:
        place.seen.wait(lambda seen: done(place, seen), run.alive)
        assert run.terminate(10) == 0
    look_at_every_token(place)


def moments(chance: random.Random, kills: int, most: int) -> Iterator[tuple[str, int, bool]]:
    """When to kill, spread over the growth: a topic, its number of records, and whether the children go as well."""
    share = most * 0.9 / kills
    for n in range(kills):
        count = int(share * (n + chance.random()))
        topic = chance.choice(TOPICS)
        yield topic, count // GROWTH if topic == "polls" else count, n % 3 != 1


def has(topic: str, count: int, seen: Seen) -> bool:
    """Whether so many records are on a topic."""
    return len(seen.records[topic]) >= count


def done(place: Installation, seen: Seen) -> bool:
    """Whether everything has come that is to come."""
    most = place.ledger.most
    if not len(seen.records["items"]) == len(seen.records["tagged"]) == most:
        return False
    return len(seen.records["deliveries"]) >= len(alerted(seen))


def alerted(seen: Seen) -> list[tuple[str, str]]:
    """(item, theme) of all that has to be alerted, by what was tagged."""
    fresh = [tagged for tagged in seen.values("tagged") if not tagged["item"]["baseline"]]
    return [(tagged["item"]["id"], theme) for tagged in fresh for theme in tagged["tags"]]


def look_at_every_token(place: Installation) -> None:
    """Each token once on `items` and on `tagged`, each alert once, and each delivered, under one key."""
    ledger, seen = place.ledger, place.seen
    assert len(ledger.tokens) == ledger.most
    assert tokens(seen.values("items")) == once_each(ledger.tokens)
    assert tokens(seen.values("tagged"), lambda v: v["item"]["title"]) == once_each(ledger.tokens)
    by_item = Counter((alert["sources"][0]["item"], alert["theme"]) for alert in seen.alerts)
    assert by_item == once_each(alerted(seen))
    assert {alert["seq"] for alert in seen.alerts} == {0}
    delivered = {d.key: d.body["alert"]["id"] for d in ledger.deliveries}
    assert Counter(delivered.values()) == once_each(alert["id"] for alert in seen.alerts)
    assert not seen.records["dead"]
