"""The metrics: declared in `catalogue`, counted by `hooks` after each commit, or `asked` when they are read."""

from stream.ops.metrics.asked import Answers, Asked, Samples
from stream.ops.metrics.catalogue import CATALOGUE
from stream.ops.metrics.hooks import Metrics

__all__ = ["CATALOGUE", "Answers", "Asked", "Metrics", "Samples"]
