"""What would keep alerts away from a subscription as things are, and may yet change."""

from collections.abc import Iterator

from deploy.running.wiring.channels import channel_context
from deploy.settings.model import Settings
from stream.delivering.channels.registry import channel_of
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.port import Log
from stream.log.readable import readable_records
from stream.matching.filters import is_from
from stream.records import Feed, Source, Subscription

__all__ = ["warnings_about"]


def warnings_about(settings: Settings, log: Log, saved: Subscription) -> Iterator[str]:
    """A sentence for each: a channel that is not set up, a source that no feed brings."""
    channel = saved.channel
    yield from channel_of(channel.kind).warnings_of(channel, channel_context(channel.kind, settings))
    if names := (*saved.sources, *saved.not_sources):
        feeds = dict(readable_records(read_table(log, topics.FEEDS).items(), Feed)).values()
        sources = [Source(feed.title, feed.url, "") for feed in feeds]
        for name in names:
            if not any(is_from(source, (name,)) for source in sources):
                yield f"no feed is called {name!r} or is on that host, so only what other feeds carry of it matches"
