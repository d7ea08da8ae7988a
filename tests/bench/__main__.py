"""`python -m tests.bench`: what judging costs, each stage for an item on both backends, the whole way, a poll of each
kind of source, how long an alert takes, and the page.

The options are those of `python -m tests.bench.judging`.
"""

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from deploy.options import opened
from deploy.running.blas import one_blas_thread
from deploy.settings.model import Settings
from stream.log.port import Log
from tests.bench import judging, latency, page, polls
from tests.bench.figures import Figure, table
from tests.bench.pushed import rows as rows_of_pushed
from tests.bench.site import site
from tests.bench.sources import rows as rows_of_sources
from tests.bench.stages import settings_for, stages
from tests.bench.whole import tagger, whole_way
from tests.empty_stream import BACKENDS, stream
from tests.kafka_broker import Missing

POLLS = 1000
ITEMS, FEEDS = 100_000, 10_000  # that the page shows
ENTRIES = 50  # of each feed, for the stages that are quick
TAGGED = 100

Measure = Callable[[str, Settings, Log, str], Iterator[Figure]]


def measures() -> list[Measure]:
    """Each is given a stream of its own."""
    return [
        lambda backend, settings, log, _: tagger(backend, settings, log, TAGGED),
        lambda backend, settings, log, address: stages(backend, settings, log, address, ENTRIES),
        lambda backend, settings, log, address: whole_way(backend, settings, log, address, ENTRIES),
    ]


def main() -> None:
    """Prints figures as they come, and then the table."""
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    asked = judging.options().parse_args()
    one_blas_thread()
    for row in judging.rows(asked.feeds, asked.labelled, asked.setting):
        print(row, flush=True)
    figures: list[Figure] = []
    for backend in BACKENDS:
        try:
            for measure in measures():
                with ExitStack() as stack:
                    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="themewire-bench-")))
                    settings = settings_for(stack.enter_context(stream(backend, folder)), folder)
                    log = stack.enter_context(opened(settings))
                    address = stack.enter_context(site(ENTRIES))
                    for figure in measure(backend, settings, log, address):
                        figures.append(figure)
                        print(f"{backend} {figure.what}: {figure.seconds:.2f} s", file=sys.stderr)
        except Missing as missing:
            print(f"not measured on {backend}: {missing}", file=sys.stderr)
    print(table(figures))
    beside = (rows_of_sources(POLLS // 5), rows_of_pushed(POLLS // 5), latency.rows(), page.rows(ITEMS, FEEDS))
    for row in chain(polls.rows(POLLS), polls.crowd_rows(POLLS), *beside):
        print(row, flush=True)


if __name__ == "__main__":
    main()
