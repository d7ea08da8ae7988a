"""The metrics: declared in `catalogue`, counted by `hooks` after each commit, or `asked` when they are read."""

from stream.ops.metrics.catalogue import CATALOGUE
from stream.ops.metrics.hooks import Metrics
from stream.ops.metrics.on_scrape import Readings, ReadOnScrape, Samples

__all__ = ["CATALOGUE", "Metrics", "ReadOnScrape", "Readings", "Samples"]
