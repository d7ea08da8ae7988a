"""kill -9 of story, match and deliver while candidates pass, and what must have come of every candidate all the same.

Each role is a `themewire run` of its own, so that one may be killed while the others go on, or all of them at once.
What passes is written onto the topic `candidates`, a portion before each kill: no feed and no model is needed.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from stream.ids import hashed
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Candidate, Item, Source, Tagged, encode
from tests.deploy.command import Command
from tests.e2e.installation import ALERTS, Run, Seen, once_each
from tests.ledger import THEMES, Ledger

__all__ = ["CONCURRENCY", "Telling", "kill_while_telling", "telling"]

CONCURRENCY = 8
MONTH = 30 * 86_400_000
MADE = {"story": ALERTS, "match": ["outbox"], "deliver": ["deliveries"]}
VICTIMS = (("deliver",), ("match",), ("story",), tuple(MADE))  # from behind, so that three kills overlap
WORDS = "amber basalt copper delta ember fjord garnet harbour indigo jasper kelp lagoon marble nectar opal"


def candidate(number: int) -> Candidate:
    """The candidate of this number; no other tells of the same, since a month lies between each two."""
    chance, words = random.Random(number), WORDS.split()
    theme, link = THEMES[number % len(THEMES)], f"https://told.example/{number}"
    item = Item(
        id=hashed("told", str(number)), feed="f", source="Told", entry=link, revision=0, url=link,
        title=f"{chance.choice(words).title()} {number}: {' '.join(chance.sample(words, 4))} {chance.randrange(10**6)}",
        summary=" ".join(chance.sample(words, 8)), lang="en", published=time.time_ns() // 10**6 - number * MONTH,
        date_quality="trusted", first_seen=time.time_ns() // 10**6, baseline=False,
    )  # fmt: skip
    tagged = Tagged(
        item=item, themes={theme: 0.9}, tags=(theme,), decision="tagged", reasons=(), model="m",
        sources=(Source("Told", link, item.id),),
    )  # fmt: skip
    return Candidate(theme=theme, stands=True, tagged=tagged)


@dataclass
class Telling:
    """The three roles at work, what passes them, and who is told."""

    command: Command
    ledger: Ledger
    log: Log
    seen: Seen
    folder: Path
    titles: list[str] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)

    def put(self, count: int) -> None:
        """So many candidates more."""
        new = [candidate(len(self.titles) + n) for n in range(count)]
        self.titles += [each.tagged.item.title for each in new]
        self.log.append([Out("candidates", each.theme, encode(each)) for each in new])

    def start(self, *roles: str) -> None:
        """Starts these."""
        for role in roles:
            self.runs[role] = Run(self.command, [role], (self.folder / f"{role}.log").open("ab"))

    def kill(self, *roles: str) -> None:
        """kill -9 of these."""
        for role in roles:
            self.runs.pop(role).kill()

    def alive(self) -> None:
        """Fails if one has ended by itself."""
        for run in self.runs.values():
            run.alive()

    def count(self, topics: list[str]) -> int:
        """How many records are on these topics."""
        return sum(len(self.seen.records[topic]) for topic in topics)


@contextmanager
def telling(folder: Path, url: str) -> Iterator[Telling]:
    """The roles on the stream at `url`, and a subscription to everything."""
    stated = {
        "stream.url": url,
        "stream.partitions": "4",
        "fetch.allow_networks": '["127.0.0.0/8"]',
        "deliver.concurrency": str(CONCURRENCY),
    }
    ledger = Ledger()
    command = Command(folder / "data", stated)
    with ExitStack() as stack:
        stack.enter_context(ledger.serving())
        themes = [word for theme in THEMES for word in ("--theme", theme)]
        command.does("subscriptions", "add", "ledger", *themes, "--webhook", ledger.hook_url)
        log = open_log(Settings.model_validate({"stream": {"url": url}}))
        stack.callback(log.close)
        seen = Seen(log)
        stack.callback(seen.close)
        place = Telling(command, ledger, log, seen, folder)
        stack.callback(lambda: place.kill(*place.runs))
        yield place


def kill_while_telling(place: Telling, kills: int, most: int, seed: int) -> list[int]:
    """Kills so many times while `most` candidates pass, lets the rest pass, and looks at every one.

    Returns how many messages came again after each kill.
    """
    chance, share, marks = random.Random(seed), most // kills, []
    place.start(*MADE)
    for n in range(kills):
        victims = VICTIMS[n % len(VICTIMS)]
        place.put(share)
        least = n * share + chance.randrange(share)
        place.seen.wait(lambda _, v=victims, m=least: place.count(MADE[v[-1]]) > m, place.alive)
        place.kill(*victims)
        marks.append(len(place.ledger.deliveries))
        place.start(*victims)
    place.put(most - kills * share)
    place.seen.wait(lambda _: place.count(MADE["deliver"]) >= most, place.alive)
    for run in place.runs.values():
        assert run.terminate(10) == 0
    while place.seen.look(0.5):
        pass
    look_at_every_candidate(place)
    repeated = repetitions(place, marks)
    assert max(repeated) <= CONCURRENCY
    return repeated


def look_at_every_candidate(place: Telling) -> None:
    """One alert, one message and one delivery for each, and the receiver was told of it under one key."""
    seen = place.seen
    assert Counter(alert["title"] for alert in seen.alerts) == once_each(place.titles)
    assert {alert["seq"] for alert in seen.alerts} == {0}
    asked = Counter(out["delivery"] for out in seen.values("outbox"))
    assert (len(asked), set(asked.values())) == (len(place.titles), {1})
    assert Counter((d["delivery"], d["outcome"]) for d in seen.values("deliveries")) == once_each(
        (delivery, "delivered") for delivery in asked
    )
    heard = place.ledger.deliveries
    assert all(d.key == d.headers["webhook-id"] == d.body["delivery"] for d in heard)
    assert {d.key for d in heard} == set(asked)
    told = {(d.key, d.body["alert"]["title"]) for d in heard}
    assert len(told) == len(asked)  # whatever was repeated said the same
    assert not seen.records["dead"]


def repetitions(place: Telling, marks: list[int]) -> list[int]:
    """How many messages came again after each kill: none before the first."""
    keys = [delivery.key for delivery in place.ledger.deliveries]
    before: set[str] = set()
    counts = []
    for begin, stop in zip([0, *marks], [*marks, len(keys)], strict=True):
        counts.append(sum(key in before for key in keys[begin:stop]))
        before |= set(keys[begin:stop])
    assert counts[0] == 0
    return counts[1:]
