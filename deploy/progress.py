"""How far something is that takes more than some seconds: a share and the time left, on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

__all__ = ["progress"]


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """Yields what is called with how many more of `total` are done; without a terminal nothing is shown."""
    hidden = total == 0 or not sys.stderr.isatty()
    with click.progressbar(length=total, label=what, file=sys.stderr, hidden=hidden) as bar:
        yield bar.update
