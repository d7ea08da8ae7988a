"""The balance of each stage: nothing where each has its fate, and what is missing where something is lost."""

from collections.abc import Sequence

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from stream.engine.stage import Effects, Event
from stream.engine.worker import Worker
from stream.log.records import Out, Record, Tick
from stream.log.topics import all_topics, retry_topic
from stream.matching.stage import MatchStage
from stream.ops.balance import FATES, Balance, balances
from stream.ops.metrics import Metrics
from stream.records import Alert, Feed, Item, Poll, Subscription, Tagged, decode, encode
from stream.sqlite import SqliteLog
from stream.stories.stage import StoryStage
from stream.units import HOUR
from tests.stream.fakes import SetClock
from tests.stream.index.test_index import tagged
from tests.stream.matching.test_stage import subscription
from tests.stream.stories.test_stage import candidate
from tests.stream.stories.test_stages import alert
from tests.stream.stories.words import extractor

THEMES = ("t", "u")


def balance(stage: str, events: Sequence[Event], outs: Sequence[Out], of: str, **facts: int) -> Balance:
    (found,) = [each for each in balances(stage, events, outs, facts) if each.of == of]
    assert set(found.went) <= set(FATES[of])
    return found


def item(number: int, revision: int = 0) -> Out:
    made = Item(
        id=f"i{number}", feed="f", source="Feed", entry="e", revision=revision, url="", title="T", summary="", lang="",
        published=1, date_quality="trusted", first_seen=1, baseline=False,
    )  # fmt: skip
    return Out("items", made.id, encode(made))


def poll(**of: int) -> Out:
    made = Poll(feed="f", url="u", title="", at=1, outcome="ok", error=None, state="healthy", **of)
    return Out("polls", "f", encode(made))


def read(*outs: Out) -> list[Record]:
    return [Record(out.topic, 0, n, out.key, out.value) for n, out in enumerate(outs)]


POLL = poll(entries=9, new=2, revised=1, seen=3, held_back=2, refused=1)


def test_a_polls_entries_come_out_even():
    found = balance("collect", [], [item(1), item(2), item(3, 1), POLL], "entries")
    assert (found.came, found.lost) == (9, 0)
    assert found.went == {"new": 2, "revised": 1, "seen": 3, "held_back": 2, "refused": 1}


def test_an_item_that_a_poll_claims_and_that_has_not_landed_is_lost():
    assert balance("collect", [], [item(1), item(3, 1), POLL], "entries").lost == 1
    assert balance("collect", [], [item(1), item(2), POLL], "entries").lost == 1


def test_an_entry_that_has_no_fate_is_lost():
    assert balance("collect", [], [poll(entries=5, seen=4)], "entries").lost == 1


def test_what_a_person_lets_through_is_no_entry():
    released = [Tick("held", "f/1.0", 1)]
    assert balance("collect", released, [item(7), item(1), item(2), item(3, 1), POLL], "entries").lost == 0


@pytest.mark.parametrize("decision", ["tagged", "none", "unsure", "not judged"])
def test_an_item_is_out_by_its_decision(decision):
    out = tagged("i")
    made = msgspec.structs.replace(decode(out.value, Tagged), decision=decision)
    found = balance("tag", read(item(1)), [Out("tagged", "i", encode(made))], "items")
    assert (found.lost, found.went[decision.replace(" ", "_")]) == (0, 1)


def test_an_item_may_join_another_or_die_and_a_label_is_none():
    events = [*read(item(1), item(2)), Record("labels", 0, 0, "i", b"{}"), Record(retry_topic("tag"), 0, 0, "i", b"")]
    relabelled = msgspec.structs.replace(decode(tagged("i").value, Tagged), relabelled=True)
    dead = [Out("dead", f"{retry_topic('tag')}/0/0", b"{}"), Out("dead", "labels/0/0", b"{}")]
    outs = [tagged("i"), tagged("i", joined=True), Out("tagged", "i", encode(relabelled)), *dead]
    found = balance("tag", events, outs, "items")
    assert (found.came, found.lost) == (3, 0)
    assert found.went == {"tagged": 1, "joined": 1, "apart": 0, "dead": 1}

    assert balance("tag", events, outs[1:], "items").lost == 1


def test_an_item_that_goes_back_under_an_id_of_its_own_is_not_lost():
    found = balance("tag", read(item(1)), [item(2)], "items")
    assert (found.came, found.went["apart"], found.lost) == (1, 1, 0)


def test_a_candidate_has_a_word_joins_without_one_is_suppressed_or_dead():
    records = [Record("candidates", 0, n, "t", encode(candidate())) for n in range(6)]
    alerts = [Out("alerts.t", "s", encode(alert(n, kind))) for n, kind in enumerate(("new", "update", "retracted"))]
    outs = [*alerts, Out("dead", "candidates/0/4", b"{}")]
    found = balance("story", records, outs, "candidates", joined=1, suppressed=1)
    went = {"new": 1, "update": 1, "retracted": 1, "dead": 1, "joined": 1, "suppressed": 1}
    assert (found.lost, found.went) == (0, went)
    assert balance("story", records, outs, "candidates", joined=1).lost == 1
    assert balance("story", [], alerts[:1], "candidates").lost == -1


class Drops:
    """A match stage that loses alerts."""

    def __init__(self, stage) -> None:
        self.name, self.inputs, self.views, self._stage = stage.name, stage.inputs, stage.views, stage

    def decide(self, tables, events, now) -> Effects:
        return self._stage.decide(tables, [e for e in events if not e.topic.startswith("alerts")], now)


class Unsent(Drops):
    """A match stage whose outbound records never land."""

    def decide(self, tables, events, now) -> Effects:
        effects = self._stage.decide(tables, events, now)
        return Effects([], effects.changes, facts=effects.facts)


class Bench:
    """Stages on an embedded stream with the hooks that count."""

    def __init__(self, log: SqliteLog) -> None:
        self.log, self.clock, self.metrics = log, SetClock(10 * HOUR), Metrics(CollectorRegistry())

    def work_off(self, stage, steal: bool = False) -> None:
        """What is there; with `steal` the partitions move before the first commit."""
        session = self.log.session(stage.name, stage.inputs)
        self.metrics.begin(stage.name)
        worker = Worker(stage, self.log, session, self.clock, self.metrics)
        while not session.owned():
            session.poll(0)
        if steal:
            with self.log.database.transaction() as db:
                db.execute("UPDATE ownership SET epoch = epoch + 1")
        while not (worker.idle and session.owned() and self.log.lag(stage.name, stage.inputs).records == 0):
            worker.wake()
            worker.step()
        worker.close()

    def count(self, of: str, fate: str) -> float | None:
        return self.metrics.registry.get_sample_value("themewire_balance_out_total", {"of": of, "fate": fate})


@pytest.fixture
def bench(tmp_path):
    log = SqliteLog(tmp_path / "stream.db")
    log.ensure(all_topics(THEMES, 1))
    yield Bench(log)
    log.close()


def numbered(number: int, **of) -> Alert:
    return msgspec.structs.replace(alert(), id=f"a{number}", story=f"a{number}", **of)


def told(*alerts: Alert) -> list[Out]:
    return [Out("alerts.t", each.story, encode(each)) for each in alerts]


def saved(*wishes: Subscription) -> list[Out]:
    return [Out("subscriptions", wish.id, encode(wish)) for wish in wishes]


WISHES = saved(
    subscription("all"),
    subscription("muted", muted_until=20 * HOUR),
    subscription("capped", cap=1),
    subscription("digest", digest=("18:00",)),
    subscription("strict", threshold=0.95),
    subscription("first", updates=False),
    subscription("ended", ended="the receiver answered 410"),
    subscription("other", themes=("u",)),
)


@pytest.mark.parametrize("steal", [False, True])
def test_each_match_is_sent_held_or_filtered_whatever_befalls_it(bench, steal):
    bench.log.append(WISHES)
    course = [
        numbered(1), numbered(2), numbered(3, seq=0), numbered(1, seq=1, kind="update"),
        numbered(2, seq=1, kind="retracted"), numbered(1),
    ]  # fmt: skip
    poison = [
        Out("alerts.t", "x", b'{"theme": "t"}'),
        Out("events", "x", b"no json"),
        Out(retry_topic("match"), "x", b""),
    ]
    bench.log.append([*told(*course[:3]), *poison, *told(*course[3:])])
    bench.work_off(MatchStage(THEMES), steal)
    assert bench.metrics.lost() == {}
    assert bench.count("notifications", "dead") == 3
    assert bench.count("notifications", "matched") == 6
    assert bench.count("matches", "sent") == 3 + 2 + 2 + 1 + 2
    assert bench.count("matches", "held") == 1 + 2 + 2 + 2
    assert bench.metrics.registry.get_sample_value("themewire_balance_in_total", {"of": "matches"}) == 6 * 7
    assert bool(bench.metrics.registry.get_sample_value("themewire_commits_fenced_total", {"stage": "match"})) == steal
    bench.clock.now = 19 * HOUR
    bench.work_off(MatchStage(THEMES))
    assert bench.count("matches", "sent") == 10  # what came later was counted when it was held
    assert bench.metrics.lost() == {}


def test_a_match_stage_that_drops_records_is_found_out(bench):
    bench.log.append([*saved(subscription("muted", muted_until=20 * HOUR)), *told(numbered(1), numbered(2))])
    bench.work_off(Drops(MatchStage(THEMES)))
    assert bench.metrics.lost() == {"notifications": 2}


def test_a_match_stage_whose_messages_do_not_land_is_found_out(bench):
    bench.log.append([*saved(subscription("all"), subscription("capped", cap=1)), *told(numbered(1), numbered(2))])
    bench.work_off(Unsent(MatchStage(THEMES)))
    assert bench.metrics.lost() == {"matches": 3}


def test_candidates_that_raise_come_out_even(bench):
    other = {"title": "Zug nach Norden"}  # in the same words it would be the same story
    records = [candidate("i"), candidate("i"), candidate("j", **other)]
    records.append(candidate("j", stands=False, revision=1, **other))
    bench.log.append([Out("candidates", "t", encode(each)) for each in records])
    bench.log.append([Out("candidates", "t", encode(Feed(id="f", url="u")))])
    bench.work_off(StoryStage(extractor))
    assert bench.metrics.lost() == {}
    fates = {fate: bench.count("candidates", fate) for fate in FATES["candidates"]}
    assert fates == {"new": 2, "update": 0, "retracted": 1, "joined": 0, "suppressed": 1, "dead": 1}
