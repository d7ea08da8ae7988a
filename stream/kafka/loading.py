"""Filling an empty cluster with what another stream holds, record by record and offset by offset.

It is written without transactions: no marker takes an offset, so a record's offset is its number in its partition.
"""

from collections.abc import Iterable, Mapping

from kafka import OffsetSpec, TopicPartition
from kafka.errors import KafkaError, NoError
from kafka.structs import OffsetAndMetadata

from stream.kafka.changelog import record_for
from stream.kafka.clients import Send
from stream.kafka.cluster import COMING_UP
from stream.kafka.log import KafkaLog
from stream.kafka.own_topics import changelog_topic
from stream.kafka.restore import POSITIONS
from stream.log.cloudevents import headers
from stream.log.port import LogError
from stream.log.records import Change, Record
from stream.log.topics import Topic

__all__ = ["Loading"]

AT_ONCE = 2_000
FLUSH_SECONDS = 60


class Loading:
    """Writes to a cluster that holds nothing yet."""

    def __init__(self, cluster: KafkaLog) -> None:
        self._cluster = cluster
        self._producer = cluster.clients.loader()

    def make(self, topics: Iterable[Topic], stages: Mapping[str, int]) -> None:
        """Makes the topics, and a changelog for each stage of so many partitions; one with a record is a `LogError`."""
        logs = [changelog_topic(stage, n) for stage, n in stages.items()]
        every = [*topics, *logs]
        self._cluster.ensure(every)
        ends = self._cluster.offsets(self._cluster.partitions([topic.name for topic in every]), OffsetSpec.LATEST)
        if filled := next((at.topic for at, end in ends.items() if end), ""):
            raise LogError(
                f"topic {filled} has records already: what is migrated needs topics of its own, so delete those that "
                "are there, or choose another prefix"
            )

    def commit(self, stage: str, passed: Mapping[tuple[str, int], int]) -> None:
        """The offsets of a stage's group: before any record, so that a stream that is not whole is refused by it."""
        group = self._cluster.group(stage)
        offsets = {
            TopicPartition(self._cluster.full(name), p): OffsetAndMetadata(offset, "", -1)
            for (name, p), offset in passed.items()
        }
        if not offsets:
            return
        wrong = self._cluster.ask(self._refused, group, offsets)
        if wrong is not NoError:
            raise LogError(f"Kafka has not taken the offsets of {group} ({wrong.__name__}): is it running already?")

    def _refused(self, group: str, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> type[KafkaError]:
        """Why offsets are not taken, `NoError` if they are; raises where the group's coordinator is still coming up."""
        done = self._cluster.admin.alter_group_offsets(group, offsets)
        wrong: type[KafkaError] = next((error for error in done.values() if error is not NoError), NoError)
        if issubclass(wrong, COMING_UP):
            raise wrong
        return wrong

    def rows(self, stage: str, rows: Iterable[tuple[int, Change]], passed: Mapping[tuple[str, int], int]) -> int:
        """A stage's tables, with its offsets as rows beside them, as a session writes them; returns how many."""
        name = self._cluster.full(changelog_topic(stage, 1).name)
        positions = ((p, Change(POSITIONS, topic, str(offset).encode())) for (topic, p), offset in passed.items())
        sends = (
            Send(name, partition, (out := record_for(stage, change)).key.encode(), out.value)
            for partition, change in (*positions, *rows)
        )
        return self._send((send, None) for send in sends)

    def records(self, records: Iterable[Record]) -> int:
        """Records, each to its partition and in an envelope with its own time; returns how many."""
        return self._send(
            (
                Send(
                    self._cluster.full(record.topic),
                    record.partition,
                    record.key.encode(),
                    record.value,
                    headers(record.topic, record.key, record.value, record.timestamp),
                ),
                record.timestamp,
            )
            for record in records
        )

    def _send(self, sends: Iterable[tuple[Send, int | None]]) -> int:
        futures, count = [], 0
        try:
            for send, timestamp in sends:
                envelope = list(send.headers.items())
                place = (send.partition, timestamp)
                futures.append(self._producer.send(send.topic, send.value, send.key, envelope, *place))
                count += 1
                if len(futures) == AT_ONCE:
                    self._await(futures)
                    futures = []
            self._await(futures)
        except KafkaError as error:
            raise LogError(
                f"Kafka has not taken the records ({error}): delete what was made, and begin again"
            ) from error
        return count

    def _await(self, futures: list[object]) -> None:
        self._producer.flush(timeout=FLUSH_SECONDS)
        for future in futures:
            future.get(timeout=0)  # type: ignore[attr-defined]  # the client has no types

    def close(self) -> None:
        """Closes the producer."""
        self._cluster.clients.close_producer(self._producer)
