"""The log port: topics with partitions, consumer groups, and a commit that is all or nothing.

Two backends keep this contract, `stream.sqlite` and `stream.kafka`; `tests/stream/log/test_contract.py` is run
against both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import msgspec

from stream.errors import ThemewireError
from stream.log.records import Change, Out, Record, Rows
from stream.log.topics import Topic

__all__ = [
    "MAX_RECORD_BYTES",
    "Fenced",
    "Lag",
    "Log",
    "LogError",
    "NeedsOperator",
    "Reader",
    "RecordTooLarge",
    "Session",
    "Work",
    "check_size",
    "co_partitioned",
    "records",
    "unknown_topic",
    "wrong_partitions",
]

MAX_RECORD_BYTES = 900_000  # below the broker's usual limit of 1 MiB, with room for key and headers


class LogError(ThemewireError):
    """The stream cannot be used; the sentence says what to do."""


class Fenced(LogError):
    """A partition of this commit has another owner by now; nothing of it was written."""


class NeedsOperator(LogError):
    """The stream is there, and to go on with it might lose or repeat something: a person has to say how."""


class RecordTooLarge(LogError):
    """A record is over `MAX_RECORD_BYTES`; nothing of this commit was written."""


class Work(msgspec.Struct, frozen=True):
    """What one partition's batch comes to; `next_offsets` by topic name the records that it has passed."""

    partition: int
    epoch: int
    next_offsets: Mapping[str, int] = msgspec.field(default_factory=dict)
    outputs: Sequence[Out] = ()
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class Lag:
    """How many records a group has not yet passed, and the append time (ms) of the oldest of them, if there is one."""

    records: int = 0
    since: int | None = None


class Session(Protocol):
    """One member of a stage's consumer group; used by one thread, but for `wake`.

    `eager` is set while a wake is to be expected soon: a backend may then ask its client more often. `aborts` counts
    the transactions that were begun and have not landed.
    """

    eager: bool
    aborts: int

    def poll(self, until: int | None) -> list[Record]:
        """Records of owned partitions, in order within each; blocks until a record, a wake, the clock (ms) reaches
        `until`, or ownership has to be looked after. What is not committed is polled again."""
        ...

    def owned(self) -> Mapping[int, int]:
        """The ownership epoch of each partition that is ready for work."""
        ...

    def tables(self, partition: int) -> Rows:
        """The committed rows of an owned partition."""
        ...

    def commit(self, works: Sequence[Work]) -> None:
        """Makes outputs, changes and next offsets of all works land together; else raises and nothing has landed."""
        ...

    def wake(self) -> None:
        """Ends a `poll` that blocks; callable from any thread."""
        ...

    def close(self) -> None:
        """Leaves the group, so that others take over at once."""
        ...


class Reader(Protocol):
    """Reads topics without a group: for tails, global tables and the index."""

    def poll(self, timeout: float) -> list[Record]:
        """Further committed records; blocks up to `timeout` seconds for the first."""
        ...

    def caught_up(self) -> bool:
        """Whether all that was committed when the reader was opened has been returned."""
        ...

    @property
    def positions(self) -> Mapping[tuple[str, int], int]:
        """The next offset by (topic, partition)."""
        ...

    def close(self) -> None:
        """Gives back what the reader holds."""
        ...


class Log(Protocol):
    """A stream of records."""

    def ensure(self, topics: Sequence[Topic]) -> Sequence[str]:
        """Makes the topics that are missing; a partition count that differs is refused with `LogError`, and a topic
        that was deleted with `NeedsOperator`. Returns a sentence for each difference that can be lived with."""
        ...

    def append(self, outs: Sequence[Out]) -> None:
        """Appends all of them, or raises and appends none; a reader that begins afterwards reads them."""
        ...

    def reader(self, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> Reader:
        """A reader from the offsets of `start`; a partition that it does not name is read from its beginning."""
        ...

    def session(self, stage: str, inputs: Sequence[str]) -> Session:
        """A member of the stage's consumer group."""
        ...

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset after the last committed record, by (topic, partition)."""
        ...

    def begins(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset of the oldest record that retention has left, by (topic, partition); the end's where none is."""
        ...

    def since(self, topics: Sequence[str], at: int) -> dict[tuple[str, int], int]:
        """The offset of the first record that was appended at this moment (ms) or later, by (topic, partition); the
        end's where none is. Where clocks were wrong it may be another's."""
        ...

    def rows(self, stage: str, table: str, prefix: str = "") -> dict[str, bytes]:
        """The committed rows of a stage's table by key, of all partitions, or of those whose keys begin so; none where
        there is no such table.

        It is for people who look on: no group is joined, and nothing is locked."""
        ...

    def lag(self, stage: str, inputs: Sequence[str]) -> Lag:
        """The committed records that the stage's group has not yet passed."""
        ...

    def close(self) -> None:
        """Gives back what the log holds."""
        ...


def check_size(written: Out | Change) -> None:
    """Raises `RecordTooLarge` for a record, or a row, that no backend takes."""
    size = len(written.key.encode()) + len(written.value or b"")
    if size > MAX_RECORD_BYTES:
        where = written.topic if isinstance(written, Out) else f"table {written.table}"
        raise RecordTooLarge(f"a record of {size:,} bytes for {where} is over the limit of {MAX_RECORD_BYTES:,} bytes")


def unknown_topic(name: str, known: Iterable[str]) -> LogError:
    """Says that there is no such topic, and which there are."""
    return LogError(f"there is no topic {name!r}; there are: {', '.join(sorted(known)) or 'none yet'}")


def wrong_partitions(topic: str, has: int | None, asked: int) -> LogError:
    """Says that a topic has another number of partitions than it should."""
    return LogError(
        f"topic {topic} has {has} partitions and the settings ask for {asked}: "
        "set stream.partitions back, since the number is fixed when a topic is made"
    )


def co_partitioned(stage: str, partitions: Mapping[str, int]) -> int:
    """The number of partitions that all these inputs of a stage have in common; a `LogError` where they differ."""
    if len(counts := set(partitions.values())) != 1:
        raise LogError(f"the inputs of {stage} differ in partitions: {dict(partitions)}")
    return counts.pop()


def records(log: Log, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> Iterator[Record]:
    """Every record from `start` (see `Log.reader`) up to what is committed now."""
    with closing(log.reader(topics, start)) as reader:
        while not reader.caught_up():
            yield from reader.poll(1.0)
