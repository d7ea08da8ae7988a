"""A member of a consumer group on Kafka: tables restored from a changelog, commits as transactions.

A table is a view in memory in front of the compacted topic `table.STAGE`, whose records go to the partition of their
task whatever the row's key. Assignments are eager: with every rebalance all is dropped and restored, and each restore
raises the epoch.
"""

import itertools
import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence

from kafka import TopicPartition
from kafka.errors import FencedInstanceIdError, InvalidProducerEpochError, KafkaError, ProducerFencedError

from stream.kafka.changelog import changelog, record_for
from stream.kafka.clients import NoAnswer, Send
from stream.kafka.cluster import Cluster
from stream.kafka.member import Member, MemberFailed
from stream.kafka.reader import record_of
from stream.kafka.restore import beginnings, positions, read_tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import Fenced, LogError, NeedsOperator, Work, check_size
from stream.log.records import Record
from stream.ops.outage import Outage

__all__ = ["KafkaSession"]

SLICE_SECONDS = 1.0
EAGER_SECONDS = 0.02
JOINING_SECONDS = 0.1
CHECK_SECONDS = 3
JOIN_SECONDS = 20

# Of a static member: the client's heartbeat hears of it as well, and only falls silent.
TAKEN = (FencedInstanceIdError, ProducerFencedError, InvalidProducerEpochError)
log = logging.getLogger(__name__)


class KafkaSession:
    """A `Session`. While `eager` is set, `wake` ends a poll within 20 ms, else within a second: the client
    has no wake-up of its own, and asking it more often costs."""

    def __init__(self, cluster: Cluster, stage: str, inputs: Sequence[str], partitions: int) -> None:
        self.eager = False
        self.aborts = 0
        self._cluster = cluster
        self._stage = stage
        self._inputs = tuple(inputs)
        self._partitions = partitions
        # by a static member's own, what it left open when it was killed ends at once; else only with its time-out
        self._transactional_id = cluster.full(f"themewire-{stage}-{cluster.clients.instance or uuid.uuid4().hex}")
        self._counter = itertools.count(1)
        self._woken = threading.Event()
        self._watch = cluster.watch((*inputs, changelog(stage)))
        self._outage = Outage(stage, "is without Kafka", "is back on Kafka")
        self._member: Member | None = None
        self._forget()
        self._open()

    def _open(self) -> Member:
        topics = [self._cluster.full(name) for name in self._inputs]
        self._member = Member(self._cluster.clients, self._cluster.group(self._stage), topics, self._transactional_id)
        self._round = 0
        self._unknown_since = time.monotonic()
        return self._member

    def _forget(self) -> None:
        self._rows: dict[int, InMemoryRows] = {}
        self._epochs: dict[int, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._polled: dict[TopicPartition, int] = {}

    def _drop(self, reason: object) -> None:
        """A member that cannot be trusted any more ends; the next poll makes a new one."""
        self._outage.lost(reason)
        self._watch.soon()
        self.close()

    def poll(self, until: int | None) -> list[Record]:
        """Records of owned partitions; see `Session.poll`."""
        wait = SLICE_SECONDS if until is None else min(SLICE_SECONDS, until / 1000 - time.time())
        deadline = time.monotonic() + max(0.0, wait)
        while True:
            woken = self._woken.is_set()  # by what came since the last poll, too
            self._woken.clear()
            before = dict(self._epochs)
            left = 0.0 if woken else max(0.0, deadline - time.monotonic())
            found = self._look(min(left, EAGER_SECONDS) if self.eager else left)
            if found or self._epochs != before or woken or time.monotonic() >= deadline:
                return found

    def _look(self, seconds: float) -> list[Record]:
        """One poll of the client, with whatever the group's changes ask for."""
        try:
            self._look_around()
            if (member := self._member) is None:
                # by a client that lives on: one that is made while the broker is away leaves a thread behind
                self._cluster.ask(self._cluster.admin.describe_cluster, seconds=CHECK_SECONDS)
                member = self._open()
            self._rewind(member)
            # A poll lasts its whole time although the group has let us in meanwhile, so ask often until it has; but not
            # for no time at all, however often we are woken, or the client never gets round to joining.
            batches = member.poll(seconds if member.joined else JOINING_SECONDS)
            if member.assignment.round != self._round:
                self._restore(member)
                return []
            self._check_joined(member)
        except NeedsOperator:
            self.close()
            raise
        except (KafkaError, LogError, ValueError) as error:
            self._drop(error)
            self._woken.wait(seconds)
            return []
        found: list[Record] = []
        for at, batch in batches.items():
            if at in self._committed:
                self._polled[at] = batch[-1].offset + 1
                found += [record_of(one, self._cluster.bare(at.topic)) for one in batch]
        return found

    def _look_around(self) -> None:
        """Whether the topics are still there; the client itself is silent for as long as the broker is away."""
        try:
            self._watch.look()
        except NoAnswer as error:
            self._outage.lost(error)

    def _rewind(self, member: Member) -> None:
        """What was polled and has not been committed since is polled again."""
        back = {at: self._committed[at] for at, offset in self._polled.items() if self._committed[at] < offset}
        if back:
            member.seek(back)
        self._polled = {}

    def _check_joined(self, member: Member) -> None:
        now = time.monotonic()
        if member.joined:
            self._unknown_since = now
            if self._watch.answered:
                self._outage.over()
        elif now - self._unknown_since > JOIN_SECONDS:
            raise LogError(f"the group has not taken this member in for {JOIN_SECONDS} s")

    def _restore(self, member: Member) -> None:
        """Reads the tables of what was assigned; given up when the group changes meanwhile.

        The order matters: the committed offsets wait for every transaction of a former owner, and only after them does
        the changelog's high watermark cover all that these transactions wrote.
        """
        self._forget()
        assignment = member.assignment
        self._round = assignment.round
        names = [self._cluster.full(name) for name in self._inputs]
        mine = {p: [TopicPartition(name, p) for name in names] for p in range(self._partitions)}
        whole = {p: inputs for p, inputs in mine.items() if assignment.partitions.issuperset(inputs)}
        if not whole:
            return
        committed = member.committed([at for inputs in whole.values() for at in inputs])

        def goes_on() -> bool:
            member.poll(0)  # it is paused: this only answers the group
            return member.assignment.round == self._round

        rows = read_tables(self._cluster, self._stage, whole, goes_on)
        if rows is None:
            return
        begins = beginnings(self._cluster, self._stage, committed, rows)
        if kept := [at for at in begins if committed[at] is None and begins[at]]:
            log.warning("%s: the group's offsets are gone, and it goes on where its tables stand", self._stage)
            member.transact([], {at: begins[at] for at in kept})  # or its lag would be counted from the beginning
        self._committed = begins
        self._rows = rows
        member.seek(self._committed)
        member.resume(self._committed)
        self._epochs = {p: next(self._counter) for p in whole}

    def owned(self) -> Mapping[int, int]:
        """The epoch of each partition whose tables are restored."""
        return dict(self._epochs)

    def tables(self, partition: int) -> InMemoryRows:
        """The committed rows of an owned partition."""
        return self._rows[partition]

    def commit(self, works: Sequence[Work]) -> None:
        """All works in one transaction, with an offset of each of their partitions as the fence."""
        member = self._member
        for work in works:
            if member is None or self._epochs.get(work.partition) != work.epoch:
                raise Fenced(f"partition {work.partition} of {self._stage} is not owned in epoch {work.epoch}")
        if member is None or not works:
            return
        sends, offsets = self._sends(works), self._offsets(works)
        self._watch.add(self._cluster.ids({out.topic for work in works for out in work.outputs}))
        if not member.joined:
            raise Fenced(f"{self._stage}: the group does not know this member any more")
        try:
            member.transact(sends, offsets)
        except LogError as error:
            self.aborts += 1
            if self._cluster.clients.instance and isinstance(error.__cause__, TAKEN):
                self.close()
                raise NeedsOperator(
                    f"another process is the same member of {self._cluster.group(self._stage)}: give each process of a "
                    "role a kafka.instance of its own"
                ) from error
            if isinstance(error, MemberFailed):
                self._drop(error)
            raise
        for work in works:
            self._rows[work.partition].apply((*work.changes, *positions(work)))
        self._committed.update(offsets)

    def _sends(self, works: Sequence[Work]) -> list[Send]:
        sends = []
        for work in works:
            sends += [self._cluster.send_of(out) for out in work.outputs]
            for change in (*work.changes, *positions(work)):
                row = record_for(self._stage, change)
                check_size(row)
                sends.append(Send(self._cluster.full(row.topic), work.partition, row.key.encode(), row.value))
        return sends

    def _offsets(self, works: Sequence[Work]) -> dict[TopicPartition, int]:
        """Every input of every partition, unmoved where nothing was read: a zombie is refused whatever it did."""
        offsets = {}
        for work in works:
            for name in self._inputs:
                at = TopicPartition(self._cluster.full(name), work.partition)
                offsets[at] = work.next_offsets.get(name, self._committed[at])
        return offsets

    def wake(self) -> None:
        """Ends a `poll` that blocks."""
        self._woken.set()

    def close(self) -> None:
        """Leaves the group."""
        self._forget()
        member, self._member = self._member, None
        if member is not None:
            member.close()
