"""The stream on a Kafka cluster: appends, lag and tables; sessions are in `stream.kafka.session`."""

import contextlib
import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace

from kafka import KafkaProducer, OffsetAndMetadata, OffsetSpec
from kafka.errors import KafkaError, MessageSizeTooLargeError, NoError

from stream.kafka.calls import limited
from stream.kafka.changelog import change_of, changelog
from stream.kafka.clients import Clients, Membership, NoAnswer, write
from stream.kafka.cluster import Cluster
from stream.kafka.lag import Backlog
from stream.kafka.own_topics import changelog_topic
from stream.kafka.security import Security
from stream.kafka.session import KafkaSession
from stream.kafka.topic_config import TopicDefaults
from stream.kafka.topic_keeper import TopicKeeper
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import Lag, LogError, RecordTooLarge, co_partitioned
from stream.log.records import Out
from stream.log.topics import Topic

__all__ = ["KafkaLog"]

COMMIT_SECONDS = 20
ABORT_SECONDS = 5


class KafkaLog(Cluster):
    """The log port on a cluster. All methods may be called from any thread."""

    def __init__(
        self,
        bootstrap: Sequence[str],
        *,
        prefix: str = "",
        security: Security | None = None,
        defaults: TopicDefaults | None = None,
        membership: Membership | None = None,
    ) -> None:
        defaults = defaults or TopicDefaults()
        super().__init__(Clients(bootstrap, security, defaults.compression, membership), prefix)
        self.topics = TopicKeeper(self, defaults, self.append)
        self._ensured: dict[str, Topic] = {}
        self._appending = threading.Lock()
        self._producer: KafkaProducer | None = None
        self._append_id = self.full(f"themewire-append-{uuid.uuid4().hex}")
        self._backlog = Backlog(self.clients)

    def ensure(self, topics: Sequence[Topic]) -> list[str]:
        """Makes the topics that are missing; see `Log.ensure`."""
        said = self.topics.ensure(topics)
        self._ensured |= {topic.name: topic for topic in topics}
        return said

    def begin_again(self, stage: str, topic: str) -> None:
        """The stage's group reads this topic from its beginning; no process of the role may be running."""
        start = {at: OffsetAndMetadata(0, "", -1) for at in self.partitions([topic])}
        group = self.group(stage)

        def set_back() -> None:
            for error in self.admin.alter_group_offsets(group, start).values():
                if error is not NoError:
                    raise error

        try:
            self.ask(set_back)
        except NoAnswer as error:
            raise LogError(
                f"the group {group} cannot be set back ({error.__cause__}): stop the role {stage} first, everywhere, "
                "and run this again"
            ) from error

    def append(self, outs: Sequence[Out]) -> None:
        """Appends all or none, in a transaction, and returns when readers see them; see `Log.append`."""
        sends = [self.send_of(out) for out in outs]
        if not sends:
            return
        with self._appending:
            producer, self._producer = self._producer or self.clients.producer(self._append_id), None
            try:
                producer.begin_transaction()
                written = write(producer, sends)
            except (KafkaError, ValueError, RuntimeError) as error:
                with contextlib.suppress(KafkaError):  # else the broker aborts it when its time is over
                    limited(ABORT_SECONDS, producer.abort_transaction)
                self.clients.close_producer(producer)
                kind = RecordTooLarge if isinstance(error, MessageSizeTooLargeError) else LogError
                raise kind(f"Kafka has not taken the records ({error}): nothing was appended") from error
            try:
                limited(COMMIT_SECONDS, producer.commit_transaction)
            except KafkaError as error:
                self.clients.close_producer(producer)
                raise LogError(f"Kafka has not confirmed the records ({error}): see whether they are there") from error
            self._producer = producer  # only one that has never failed is used again
        with contextlib.suppress(LogError):  # they are there, whether or not the broker can say so just now
            self.until_visible(written)

    def session(self, stage: str, inputs: Sequence[str]) -> KafkaSession:
        """A member of the stage's consumer group; see `Log.session`."""
        own = changelog_topic(stage, co_partitioned(stage, {name: self.count(name) for name in inputs}))
        self.ensure([own, *(self._ensured[name] for name in inputs if name in self._ensured)])
        return KafkaSession(self, stage, inputs, own.partitions)

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset after the last committed record (and its transaction's marker), by (topic, partition)."""
        found = self.offsets(self.partitions(topics), OffsetSpec.LATEST, stable=True)
        return {(self.bare(at.topic), at.partition): offset for at, offset in found.items()}

    def begins(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset of the oldest record that is left, by (topic, partition)."""
        found = self.offsets(self.partitions(topics), OffsetSpec.EARLIEST)
        return {(self.bare(at.topic), at.partition): offset for at, offset in found.items()}

    def since(self, topics: Sequence[str], at: int) -> dict[tuple[str, int], int]:
        """Where the records of a moment begin; see `Log.since`."""
        partitions, ends = self.partitions(topics), self.ends(topics)
        found = self.ask(self.admin.list_partition_offsets, dict.fromkeys(partitions, max(0, at)))
        first = {(self.bare(each.topic), each.partition): int(found[each].offset) for each in partitions}
        return {place: offset if offset >= 0 else ends[place] for place, offset in first.items()}

    def rows(self, stage: str, table: str, prefix: str = "") -> dict[str, bytes]:
        """The committed rows of a stage's table, read from its changelog; see `Log.rows`."""
        found = InMemoryRows()
        if self.has(changelog(stage)):
            with contextlib.closing(self.reader([changelog(stage)])) as reader:
                while not reader.caught_up():
                    found.apply(row for row in map(change_of, reader.poll(0.2)) if row.table == table)
        return dict(found.items(table, prefix))

    def lag(self, stage: str, inputs: Sequence[str]) -> Lag:
        """The records that the stage's group has not yet passed; those of open transactions count, and have no time."""
        partitions = self.partitions(inputs)
        group = self.group(stage)
        committed = self.ask(self.admin.list_group_offsets, {group: partitions})[group]
        begin = self.offsets(partitions, OffsetSpec.EARLIEST)
        stable = self.offsets(partitions, OffsetSpec.LATEST, stable=True)
        ends = self.offsets(partitions, OffsetSpec.LATEST)
        done = {at: max(begin[at], committed[at].offset if at in committed else 0) for at in partitions}
        open_ones = sum(max(0, ends[at] - max(stable[at], done[at])) for at in partitions)
        found = self._backlog.count({at: (done[at], stable[at]) for at in partitions})
        return replace(found, records=found.records + open_ones)

    def close(self) -> None:
        """Closes every client but those of sessions and readers."""
        with self._appending:
            if self._producer is not None:
                self.clients.close_producer(self._producer)
                self._producer = None
        self._backlog.close()
        with contextlib.suppress(KafkaError):
            limited(ABORT_SECONDS, self.admin.close)
