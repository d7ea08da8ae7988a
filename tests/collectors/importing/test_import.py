"""Imported entries, from `imports` to `items`: once, as history, on both backends and over a restart."""

import pytest
from msgspec.structs import replace

from collectors.importing.record import import_records
from collectors.parsing.parsed import Entry
from collectors.stage import CollectStage
from stream.engine.worker import Worker
from stream.log import topics
from stream.log.records import Out, Record
from stream.log.topics import retry_topic
from stream.ops.balance import balances
from stream.records import Item, Poll, decode
from tests.collectors.partition import NOW, STAGE, Partition, PollRecords, aged, entry
from tests.stream.backends import read_all, until
from tests.stream.fakes import RecordingHooks, SetClock

OLD, YOUNG = aged(1, 400), aged(2, 1)


def taken(partition: Partition, outs: list[Out], topic: str = topics.IMPORTS) -> PollRecords:
    """What the stage makes of these records; the balance holds."""
    events = [Record(topic, 0, n, out.key, out.value, partition.now) for n, out in enumerate(outs)]
    effects = partition.decide(*events)
    assert [balance.lost for balance in balances("collect", events, effects.outputs, effects.facts)] == [0]
    return PollRecords(effects.outputs)


def imported(partition: Partition, *entries: Entry, news: bool = False) -> list[Item]:
    return taken(partition, [*import_records("Archive", entries, news)]).items


def test_an_archive_is_history_and_judged_all_the_same():
    items = imported(Partition(), OLD, YOUNG)
    assert [(item.baseline, item.imported) for item in items] == [(True, True)] * 2
    assert {item.published for item in items} == {OLD.published_ms, YOUNG.published_ms}
    assert {(item.source, item.date_quality) for item in items} == {("Archive", "trusted")}


def test_what_was_imported_before_adds_nothing_and_an_edit_is_a_revision():
    partition = Partition()
    many = [entry(n) for n in range(200)]
    assert len(imported(partition, *many[:120])) == 120  # the command was killed here
    assert len(imported(partition, *many)) == 80
    assert imported(partition, *reversed(many)) == []
    (edited,) = imported(partition, replace(many[7], title="Another title", summary="Another text."))
    assert (edited.revision, edited.baseline, edited.title) == (1, True, "Another title")


def test_news_are_those_that_are_young_enough_and_none_are_held_back():
    items = imported(Partition(), *(aged(n, 30) for n in range(3, 300)), YOUNG, news=True)
    assert [item.title for item in items if not item.baseline] == ["T 2"]
    assert len(items) == 298


def test_archives_of_other_names_are_other_sources():
    partition = Partition()
    first, second = (taken(partition, [*import_records(name, [OLD])]).items[0] for name in ("One", "Two"))
    assert (first.id, first.feed != second.feed, first.source, second.source) == (second.id, True, "One", "Two")


def test_the_balance_is_that_of_a_poll():
    partition = Partition()
    (out,) = import_records("Archive", [OLD])
    poll = taken(partition, [out]).poll
    assert (poll.url, poll.entries, poll.new, poll.baseline) == ("import:Archive", 1, 1, 1)
    poll = taken(partition, [out]).poll
    assert (poll.entries, poll.new, poll.seen) == (1, 0, 1)


def test_a_record_that_comes_back_from_the_dead_is_taken():
    (out,) = import_records("Archive", [OLD])
    assert len(taken(Partition(), [out], retry_topic("collect")).items) == 1


def test_records_are_bounded_and_an_entry_is_always_in_those_of_one_key():
    long = [replace(entry(n), content="x" * 90_000) for n in range(40)]
    outs = list(import_records("Archive", long))
    assert max(len(out.value or b"") for out in outs) < 500_000
    (alone,) = import_records("Archive", [replace(long[3], content="")])
    keys = {out.key for out in outs if f'"{long[3].guid}"'.encode() in (out.value or b"")}
    assert keys == {alone.key}


class Dying(CollectStage):
    """A collector that is killed after it has decided, before anything is committed."""

    def decide(self, tables, events, now):
        super().decide(tables, events, now)
        raise SystemExit


def test_an_import_that_is_broken_off_and_done_again_is_on_the_stream_once(log):
    entries = [entry(n) for n in range(30)]
    outs = list(import_records("Archive", entries))
    log.append(outs[: len(outs) // 2])

    def worker(stage: CollectStage) -> Worker:
        return Worker(stage, log, log.session(stage.name, stage.inputs), SetClock(NOW), RecordingHooks(), {}, 1)

    dying = worker(Dying(**{name: getattr(STAGE, name) for name in STAGE.__dataclass_fields__}))
    with pytest.raises(SystemExit):
        until(lambda: False, dying.step)
    dying._session.close()
    log.append(outs)
    second = worker(STAGE)
    until(lambda: not log.lag(STAGE.name, STAGE.inputs).records and second.idle, second.step)
    second.close()
    titles = sorted(decode(record.value, Item).title for record in read_all(log, topics.ITEMS))
    assert titles == sorted(each.title for each in entries)
    polls = [decode(record.value, Poll) for record in read_all(log, topics.POLLS)]
    assert sum(poll.new for poll in polls) == 30
