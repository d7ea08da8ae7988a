"""What each stage takes for a record of a backlog, small or large: one after the other, each given what the one before
it has made (`tests.bench.stages`). All comes at one moment, so each item is open as long as the backlog lasts."""

import tempfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from deploy.options import opened
from deploy.running.file_limit import raise_file_limit
from tests.bench.site import site
from tests.bench.stages import settings_for, stages

__all__ = ["ROWS"]

SIZES = (10_000, 100_000, 400_000)
ENTRIES = 50  # of each feed
STAGES = ("collect", "tag", "story", "match", "deliver", "index")


@cache
def _backlog(records: int) -> Mapping[str, float]:
    """By stage the processor's seconds of a record of its inputs, where so many items have come."""
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder, site(ENTRIES) as address:
        settings = settings_for(f"sqlite:///{folder}/stream.db", Path(folder))
        with opened(settings) as log:
            figures = stages("sqlite", settings, log, address, ENTRIES, max(1, records // ENTRIES))
            return {figure.what.split()[0]: figure.cpu / figure.items for figure in figures}


def _of(stage: str, records: int) -> float:
    return _backlog(records)[stage]


def _row(stage: str) -> tuple[str, tuple[int, ...], Callable[[int], float]]:
    return f"backlog-{stage}", SIZES, partial(_of, stage)


ROWS = tuple(map(_row, STAGES))
