"""The labels of a stream, a page at a time: partition by partition, in the order in which they were given."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from stream.log.port import Log, records
from stream.log.readable import readable_records
from stream.log.records import Record
from stream.log.topics import LABELS, partition_of
from stream.records import Label
from stream.web.paging import Listed, PageQuery, cursor_of, place_of

__all__ = ["LabelQuery", "page_of_labels"]


Place = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class LabelQuery(PageQuery, frozen=True, kw_only=True):
    """Which labels are asked for."""

    item: Annotated[str, msgspec.Meta(max_length=200, description="Only those of this item, by its id.")] = ""


def page_of_labels(stream: Log, query: LabelQuery) -> Listed[Label]:
    """Return the page that is asked for; raises `RequestRefused` or `LogError`."""
    partition, offset = place_of(query.cursor, tuple[Place, Place]) if query.cursor else (0, 0)
    found: list[tuple[Record, Label]] = []
    for record in _from(stream, query.item, partition, offset):
        if query.item and record.key != query.item:
            continue
        if len(found) == query.limit:
            last = found[-1][0]
            return Listed(tuple(label for _, label in found), cursor_of((last.partition, last.offset + 1)))
        found += [(record, label) for _, label in readable_records([(record.key, record.value)], Label)]
    return Listed(tuple(label for _, label in found), None)


def _from(stream: Log, item: str, partition: int, offset: int) -> Iterator[Record]:
    """The records from this place on; those of an item lie in one partition."""
    ends = stream.ends([LABELS])
    own = partition_of(item, len(ends)) if item else None
    for each in range(partition, len(ends)):
        begin = offset if each == partition else 0
        if own in (None, each) and begin < ends[LABELS, each]:
            start = {at: end for at, end in ends.items() if at[1] != each}
            yield from records(stream, [LABELS], start | {(LABELS, each): begin})
