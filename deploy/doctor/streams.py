"""Checks of the stream: that it can be opened, read and written, how far its groups are, and what it has put aside."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from deploy.doctor.finding import Finding, bad, good
from deploy.settings.locations import stream_file
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.log import topics
from stream.log.port import Log, LogError, records
from stream.log.topics import all_topics
from stream.records import Dead, decode
from stream.themes.saved import every_theme, shipped_themes

__all__ = ["MAIN_INPUTS", "dead", "groups", "rights", "stream"]

NAMED = 5  # of the rights that are missing
MAIN_INPUTS = {
    "collect": topics.FEEDS,
    "tag": topics.ITEMS,
    "story": topics.CANDIDATES,
    "match": topics.EVENTS,
    "deliver": topics.OUTBOX,
}


def stream(settings: Settings, log: Log | None) -> Iterator[Finding]:
    """Whether it is there and whole, with the topics that the settings ask for."""
    path = stream_file(settings)
    if log is None:  # one that cannot be opened was reported then
        yield good(f"there is none at {path} yet: `themewire run` makes it")
        return
    if path is not None:
        found = _looked_through(path)
        if found != "ok":
            yield bad(f"{path} is damaged ({found}): stop themewire, and `themewire restore` a backup")
            return
    wanted = {topic.name: topic.partitions for topic in all_topics(_themes(log), settings.stream.partitions)}
    try:
        has = Counter(name for name, _ in log.ends(list(wanted)))
    except LogError as error:
        if path is None:
            yield bad(f"{error}")
        else:
            yield good(f"{path} is whole; `themewire run` adds topics that are missing")
        return
    if other := [name for name, count in wanted.items() if has[name] != count]:
        yield bad(
            f"{other[0]} has {plural(has[other[0]], 'partition')} and stream.partitions asks for {wanted[other[0]]}: "
            "set it back, since the number is fixed when a topic is made"
        )
    else:
        yield good(f"{path or 'the cluster'} has all {len(wanted)} topics")


def _looked_through(path: Path) -> str:
    """What SQLite finds wrong with a file, or `ok`; some damage keeps it from looking at all."""
    try:
        with closing(sqlite3.connect(path)) as db:
            return str(db.execute("PRAGMA quick_check(1)").fetchone()[0]).splitlines()[0]
    except sqlite3.DatabaseError as error:
        return str(error)


def groups(_: Settings, log: Log | None) -> Iterator[Finding]:
    """What waits for each stage at its main input."""
    if log is None:
        return
    waiting = {stage: log.lag(stage, [topic]).records for stage, topic in MAIN_INPUTS.items()}
    told = ", ".join(f"{stage} {count:,}" for stage, count in waiting.items() if count)
    yield good(f"waiting: {told}" if told else "nothing waits")


def rights(settings: Settings, log: Log | None) -> Iterator[Finding]:
    """On Kafka, which roles this user may run, and whether it may write in transactions."""
    if log is None or stream_file(settings) is not None:
        return
    from stream.kafka.acls import acls  # only then: its import takes a while
    from stream.kafka.cluster import Cluster
    from stream.kafka.rights import may_write, missing

    assert isinstance(log, Cluster)
    lacks = missing(log, acls(log.full))
    nearest = min(lacks, key=lambda role: len(lacks[role]))
    if not lacks[nearest]:
        may = [role for role, missed in lacks.items() if not missed]
        yield good(f"this user has the rights of {'every role' if len(may) == len(lacks) else ', '.join(may)}")
    else:
        named, more = lacks[nearest][:NAMED], len(lacks[nearest]) - NAMED
        yield bad(
            f"this user has the rights of no role; for {nearest} it lacks {', '.join(named)}"
            f"{f' and {more} more' if more > 0 else ''}: `themewire topics acls {nearest}` lists them"
        )
    if why := may_write(log):
        yield bad(why)


def dead(_: Settings, log: Log | None) -> Iterator[Finding]:
    """Records that a stage could not handle and that were not sent round again."""
    if log is None:
        return
    last: dict[tuple[str, str], Dead] = {}
    for record in records(log, [topics.DEAD]):
        found = decode(record.value, Dead)
        last[record.key, found.stage] = found
    waiting = Counter(found.stage for found in last.values() if not found.requeued_at)
    if waiting:
        told = ", ".join(f"{stage} {count:,}" for stage, count in sorted(waiting.items()))
        yield bad(f"dead records wait ({told}): see `themewire dead list`, and `themewire dead requeue` after a fix")
    else:
        yield good("no dead record waits")


def _themes(log: Log) -> tuple[str, ...]:
    """All that are watched, as far as that can be read: what is wrong with the stream is said of the stream."""
    try:
        return every_theme(log)
    except LogError:
        return shipped_themes()
