"""One life of a group member: a consumer and a transactional producer that begin and end together.

What must not be forgotten of kafka-python 3.0.12, each point proved by an experiment:
- the group's metadata is taken right after the poll that gave the records, since later ones may fence nothing;
- offsets are sent only after every record of the transaction is known to have arrived;
- commit and abort may hang for ever, and then only a new process can find out how they ended;
- a rebalance listener runs on the client's own thread and may do nothing slow;
- a leader that joins again since metadata have changed, and whose poll ends before the join does, never takes its
  assignment and is silent for ever: `joined` is false then, and whoever sees that for long makes a new member.
"""

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import CommitFailedError, FencedInstanceIdError, KafkaError, MessageSizeTooLargeError

from stream.kafka.calls import CallTimedOut, limited
from stream.kafka.clients import CLOSE_SECONDS, Clients, Send, write
from stream.log.port import Fenced, LogError, RecordTooLarge

__all__ = ["UNKNOWN_OUTCOME", "Assignment", "Member", "MemberFailed"]

COMMIT_SECONDS = 20
COMMITTED_MS = 30_000  # a transaction that a dead owner left open holds the answer back for up to 10 s and a scan
UNKNOWN_OUTCOME = 70

log = logging.getLogger(__name__)


class MemberFailed(Fenced):
    """The member cannot go on; nothing is known to have landed."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the group has given us, and which change that was; unsettled while the group is between two rounds."""

    round: int = 0
    partitions: frozenset[TopicPartition] = frozenset()
    settled: bool = False


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # the client has no types
    """Notes what was assigned, and keeps it paused until it is restored."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self.assignment = Assignment()

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._consumer.pause(*assigned)
        self.assignment = Assignment(self.assignment.round + 1, frozenset(assigned), settled=True)

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self.assignment = Assignment(self.assignment.round + 1)

    def on_partitions_lost(self, lost: Sequence[TopicPartition]) -> None:
        self.on_partitions_revoked(lost)


class Member:
    """A member of `group` on these topics; used by one thread."""

    def __init__(self, clients: Clients, group: str, topics: Sequence[str], transactional_id: str) -> None:
        self._producer = clients.producer(transactional_id)
        try:
            self._consumer = clients.member(group, transactional_id)
        except LogError:
            clients.close_producer(self._producer)
            raise
        self._clients = clients
        self._transactional_id = transactional_id
        self._listener = _Listener(self._consumer)
        self._consumer.subscribe(list(topics), listener=self._listener)
        self._consumer.topics()  # a leader that joins before it knows the partitions assigns none, and joins again
        self._metadata = self._consumer.group_metadata()

    @property
    def assignment(self) -> Assignment:
        """What the group has assigned last."""
        return self._listener.assignment

    @property
    def joined(self) -> bool:
        """Whether the group knew us at the last poll, and is not being shared out anew."""
        return int(self._metadata.generation_id) >= 0 and self.assignment.settled

    def poll(self, seconds: float) -> dict[TopicPartition, list[ConsumerRecord]]:
        """The client's poll; what is committed from now on is committed as the member of this moment."""
        batches: dict[TopicPartition, list[ConsumerRecord]] = self._consumer.poll(timeout_ms=int(seconds * 1000))
        self._metadata = self._consumer.group_metadata()
        return batches

    def committed(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int | None]:
        """The group's next offsets, once every transaction that touches them has ended; None where there is none."""
        return {at: self._consumer.committed(at, timeout_ms=COMMITTED_MS) for at in partitions}

    def seek(self, positions: Mapping[TopicPartition, int]) -> None:
        """The next poll reads from there."""
        for at, offset in positions.items():
            self._consumer.seek(at, offset)

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Polls give records of these from now on."""
        self._consumer.resume(*partitions)

    def transact(self, sends: Sequence[Send], offsets: Mapping[TopicPartition, int]) -> None:
        """Records and offsets land together; else raises, and the member goes on unless that is `MemberFailed`.

        It is `Fenced` where the group has moved on, and `RecordTooLarge` where a topic takes no record of that size.
        When a commit does not return, nobody in this process can know how it ended, so the process ends.
        """
        try:
            self._producer.begin_transaction()
            write(self._producer, sends)
            self._finish({at: OffsetAndMetadata(offset, "", -1) for at, offset in offsets.items()})
        except (CommitFailedError, FencedInstanceIdError) as error:
            self._abort()
            raise Fenced(f"the group has given the partitions to others ({error})") from error
        except MessageSizeTooLargeError as error:
            self._replace_producer()
            raise RecordTooLarge(f"a record is over the limit of its topic ({error})") from error
        except (KafkaError, ValueError, RuntimeError) as error:
            raise MemberFailed(f"the commit failed, and everything is read again ({error})") from error

    def _finish(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        metadata = self._metadata

        def finish() -> None:
            self._producer.send_offsets_to_transaction(offsets, metadata)
            self._producer.commit_transaction()

        try:
            limited(COMMIT_SECONDS, finish)
        except CallTimedOut:
            log.critical("a commit did not return within %s s: this process ends", COMMIT_SECONDS)
            os._exit(UNKNOWN_OUTCOME)

    def _abort(self) -> None:
        try:
            limited(COMMIT_SECONDS, self._producer.abort_transaction)
        except KafkaError as error:
            raise MemberFailed(f"a transaction could not be aborted ({error})") from error

    def _replace_producer(self) -> None:
        """After a record that the broker refused, this client's numbering of later ones is wrong, even if it aborts."""
        self._clients.close_producer(self._producer)
        try:
            self._producer = self._clients.producer(self._transactional_id)
        except LogError as error:
            raise MemberFailed(str(error)) from error

    def close(self) -> None:
        """Leaves the group, so that others take over at once; bounded, whatever state the clients are in."""
        try:
            limited(CLOSE_SECONDS + 1, self._consumer.close, False, CLOSE_SECONDS * 1000)
        except KafkaError as error:
            log.warning("a consumer did not leave its group in order (%s); the group will notice", error)
        self._clients.close_producer(self._producer)
