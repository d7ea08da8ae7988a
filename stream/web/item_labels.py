"""What people have said of one item so far."""

from contextlib import suppress

import msgspec

from stream.log import topics
from stream.log.port import Log, records
from stream.log.topics import partition_of
from stream.records import Label, decode

__all__ = ["labels_of"]


def labels_of(stream: Log, item: str) -> list[Label]:
    """Return the labels of an item, in order; only its partition is read. Raises `LogError`."""
    ends = stream.ends([topics.LABELS])
    own = partition_of(item, len(ends))
    elsewhere = {at: end for at, end in ends.items() if at[1] != own}
    found = []
    for record in records(stream, [topics.LABELS], elsewhere):
        if record.key == item:
            with suppress(msgspec.MsgspecError):  # what is no label says nothing
                found.append(decode(record.value, Label))
    return found
