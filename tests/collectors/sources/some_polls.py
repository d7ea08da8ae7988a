"""Polls of a kind of source, one after the other, as the stage and a thread do them; the server is a test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from collectors.fetching.fetch import Fetcher
from collectors.parsing.parser_pool import ParserPool
from collectors.poller import Poller
from collectors.sources.kind import PollContext
from stream.engine.stage import Request, Result
from stream.net.guard import networks
from stream.records import Feed
from tests.collectors.partition import Partition, PollRecords

__all__ = ["Source", "context_of"]


@contextmanager
def context_of(parsers: ParserPool) -> Iterator[PollContext]:
    """A context that may reach loopback."""
    fetcher = Fetcher(networks(["127.0.0.0/8"]), "test", connect_timeout=5, read_timeout=5)
    yield PollContext(fetcher, parsers, max_bytes=20_000_000, deadline=20)
    fetcher.close()


@dataclass
class Source:
    """A feed of some kind in a partition of its own.

    Where each process `dies`, every step is performed twice, the first time in vain, and decided on by a new one.
    """

    context: PollContext
    feed: Feed
    partition: Partition = field(default_factory=Partition)
    articles: list[Request] = field(default_factory=list)
    dies: bool = False

    def __post_init__(self) -> None:
        self.context = replace(self.context, clock=lambda: self.partition.now / 1000)
        self.partition.update(self.feed)

    def poll(self) -> PollRecords:
        """All steps of one poll."""
        poller, waiting, outputs = Poller(self.context), [self.partition.request(self.feed.id)], []
        while waiting:
            request = waiting.pop()
            if self.dies:
                poller.perform(request)
                known = self.partition
                self.partition = Partition(rows=dict(known.rows), due=dict(known.due), now=known.now)
            effects = self.partition.decide(Result(request, poller.perform(request)))
            outputs += effects.outputs
            waiting += [each for each in effects.requests if each.kind == "poll"]
            self.articles += [each for each in effects.requests if each.kind == "article"]
        return PollRecords(outputs)
