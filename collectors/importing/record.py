"""The record of imported items: some of a file's, put on the stream for the collect stage to decide on."""

from collections.abc import Iterable, Iterator

from collectors.deciding.batches import in_batches
from collectors.parsing.parsed import Entry
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out
from stream.records import encode
from stream.records.message import Message

__all__ = ["Import", "import_records"]

BUCKETS = 64  # of one archive: what is known of one is read for each of its records, and all of an archive is too much


class Import(Message, frozen=True, kw_only=True):
    """Entries of a file, of the source of this name and feed id; `news`: what is young enough of them raises alerts."""

    name: str
    feed: str
    entries: tuple[Entry, ...]
    news: bool = False


def import_records(name: str, entries: Iterable[Entry], news: bool = False) -> Iterator[Out]:
    """The records for these entries, of bounded size; the same entry is always in a record of the same key."""
    feed = hashed("import", name)[:16]
    buckets: dict[str, list[Entry]] = {}
    for entry in entries:
        identity = entry.guid or entry.link or f"{entry.title}\0{entry.published}"
        bucket = int(hashed(identity)[:8], 16) % BUCKETS
        buckets.setdefault(f"{feed}.{bucket}", []).append(entry)
    for key, listed in buckets.items():
        for batch in in_batches(listed):
            record = Import(name=name, feed=feed, entries=tuple(batch), news=news)
            yield Out(topics.IMPORTS, key, encode(record))
