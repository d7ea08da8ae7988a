"""The index of a single item, from the one partition of each topic in which it lies, where the whole is not at hand.

On Kafka the index is on the machine of the role `web`. To make another one is to read every record (50,000 items took
12 seconds and 230 MB of disk), where the partitions of one item take a second or two and leave nothing behind.
"""

from deploy.inspect.partitions import records_of
from deploy.inspect.why_not import feeds_of_site, item_id, site_of
from deploy.settings.locations import index_path
from deploy.settings.model import Settings
from stream.engine.tables import Tables
from stream.index.session import IndexSession
from stream.index.stage import IndexStage
from stream.log import topics
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import Log, records
from stream.log.records import Record, Rows
from stream.log.topics import alerts_topic
from stream.records import Feed, Tagged, decode
from stream.themes.saved import every_theme

__all__ = ["index_is_near", "one_item"]

NEAR = 5_000  # records that an index may lack and still be the quicker way


def index_is_near(settings: Settings, stream: Log) -> bool:
    """Whether the whole index is the quicker way: on this machine and nearly up to date, or made from a local file."""
    if not settings.stream_url.startswith("kafka://"):
        return True
    if not index_path(settings).exists():
        return False
    session = IndexSession(stream, index_path(settings), IndexStage(every_theme(stream)).inputs)
    try:
        return session.lag() <= NEAR
    finally:
        session.close()


def one_item(stream: Log, name: str, themes: tuple[str, ...]) -> Rows:
    """The rows that an index would have of the item of this link or id; where there is none, of feeds of its site."""
    rows = InMemoryRows()
    found = list(_records(stream, item_id(name), themes) or _feeds(stream, name))
    rows.apply(IndexStage(themes).decide(Tables(rows), found, 0).changes)
    return rows


def _records(stream: Log, item: str, themes: tuple[str, ...]) -> list[Record]:
    tagged = list(records_of(stream, topics.TAGGED, {item}))
    ever = {theme for record in tagged for theme in decode(record.value, Tagged).tags}
    alerts = (record for theme in themes if theme in ever for record in records(stream, [alerts_topic(theme)]))
    return [*tagged, *(record for record in alerts if item.encode() in (record.value or b""))]


def _feeds(stream: Log, name: str) -> list[Record]:
    found = list(records(stream, [topics.FEEDS]))
    feeds = [decode(record.value, Feed) for record in found if record.value]
    near = {feed.id for feed in feeds_of_site(feeds, site_of(name))}
    return [*found, *(records_of(stream, topics.POLLS, near) if near else ())]
