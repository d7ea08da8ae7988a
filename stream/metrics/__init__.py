"""The metrics: declared in `catalogue`, counted by `hooks` after each commit, or `asked` when they are read."""

from stream.metrics.asked import Answers, Asked, Samples
from stream.metrics.catalogue import CATALOGUE
from stream.metrics.hooks import Metrics

__all__ = ["CATALOGUE", "Answers", "Asked", "Metrics", "Samples"]
