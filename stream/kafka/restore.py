"""What a member reads before it works: its tables, from their changelog, and where in its inputs it stands."""

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing

from kafka import OffsetSpec, TopicPartition

from stream.kafka.changelog import change_of, changelog
from stream.kafka.cluster import Cluster
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import LogError, NeedsOperator, Work
from stream.log.records import Change

__all__ = ["POSITIONS", "beginnings", "positions", "read_tables"]

LEAST_SECONDS = 120  # and a second more for every so many rows that have come:
ROWS_A_SECOND = 2_000
POSITIONS = "positions"  # the session's own table, beside those of the stage


def positions(work: Work) -> list[Change]:
    """The next offsets as rows beside the tables, in the same commit."""
    return [Change(POSITIONS, topic, str(offset).encode()) for topic, offset in work.next_offsets.items()]


def read_tables(
    cluster: Cluster,
    stage: str,
    partitions: Collection[int],
    goes_on: Callable[[], bool],
    seconds: Callable[[], float] = time.monotonic,
) -> dict[int, InMemoryRows] | None:
    """The rows of these partitions; None once `goes_on`, which is asked all the while, says no.

    It has to begin after the committed offsets are known: they wait for every transaction of a former owner, and only
    then does the changelog's high watermark cover all that these transactions wrote. The time that it may take grows
    with what comes.
    """
    rows = {p: InMemoryRows() for p in partitions}
    name = cluster.full(changelog(stage))
    began, count = seconds(), 0
    with closing(cluster.partition_reader({TopicPartition(name, p): 0 for p in partitions})) as reader:
        while not reader.caught_up():
            found = reader.poll(0.2)
            for record in found:
                rows[record.partition].apply([change_of(record)])
            count += len(found)
            if not goes_on():
                return None
            if (took := seconds() - began) > LEAST_SECONDS + count / ROWS_A_SECOND:
                raise LogError(f"of the tables only {count:,} rows have come within {took:.0f} s")
    return rows


def beginnings(
    cluster: Cluster,
    stage: str,
    committed: Mapping[TopicPartition, int | None],
    rows: Mapping[int, InMemoryRows],
) -> dict[TopicPartition, int]:
    """Where reading goes on: at the group's offsets, or where the broker has let them go, where the tables stand.

    Brokers forget a group that was away for a week; to begin anew would repeat all that it did.
    """
    begins = {}
    for at, offset in committed.items():
        stored = rows[at.partition].get(POSITIONS, cluster.bare(at.topic))
        begins[at] = offset if offset is not None else int(stored or 0)
    for at, end in cluster.offsets(list(begins), OffsetSpec.LATEST).items():
        if end < begins[at]:
            raise NeedsOperator(
                f"topic {at.topic} ends at {end} in partition {at.partition}, and {stage} has read it up to "
                f"{begins[at]}: it was made anew or cut off; say where to go on with "
                f"kafka-consumer-groups.sh --group {cluster.group(stage)} --reset-offsets"
            )
    return begins
