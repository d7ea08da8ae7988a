"""`python -m tests.bench.restore`: what it costs on Kafka to read the tables of `tag` back, where they hold many rows.

The changelog is written to a broker of its own; then a new process takes over every partition, as after a kill -9.
"""

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import msgspec

from classifiers.rows import ITEMS
from deploy.running.wiring import stage_role
from deploy.settings.locations import clock, ensure_topics, open_log
from deploy.settings.model import Settings
from stream.kafka import KafkaLog
from stream.kafka.changelog import changelog
from stream.kafka.loading import Loading
from stream.log.records import Change
from stream.log.topics import partition_of
from stream.units import DAY
from tests.bench.start import item_row
from tests.kafka_broker import Broker
from tests.stream.fakes import RecordingHooks

__all__ = ["Restored"]


@dataclass(frozen=True)
class Restored:
    """What a process took to have every partition's tables: seconds, of the processor, and MB more than before."""

    rows: int
    seconds: float
    cpu: float
    memory: int


def fill(settings: Settings, rows: int) -> None:
    """The tables of `tag` with so many rows, each armed, on a cluster that holds nothing."""
    log, partitions = open_log(settings), settings.stream.partitions
    assert isinstance(log, KafkaLog)
    ensure_topics(settings, log)
    due = clock() + 90 * DAY
    made = (Change(ITEMS.name, *_row(number), due) for number in range(rows))
    with closing(log), closing(Loading(log)) as loading:
        loading.make((), {"tag": partitions})
        loading.rows("tag", ((partition_of(row.key, partitions), row) for row in made), {})


def _row(number: int) -> tuple[str, bytes]:
    key, row = item_row(number)
    return key, msgspec.json.encode(row)


def restore(settings: Settings) -> Restored:
    """One worker of `tag` in this process, from its start until its first step with all partitions has ended."""
    role, hooks, log = stage_role("tag", settings), RecordingHooks(), open_log(settings)
    held, cpu, began = _most_memory(), time.process_time(), time.perf_counter()
    with closing(log), closing(role.worker(settings, log, hooks, None)) as worker:
        while not hooks.shares or len(hooks.shares[-1]) < settings.stream.partitions:
            worker.step()
        took, used, more = time.perf_counter() - began, time.process_time() - cpu, _most_memory() - held
        tables = worker._session.tables
        count = sum(1 for p in range(settings.stream.partitions) for _ in tables(p).items(ITEMS.name))
    return Restored(count, took, used, more)


def _most_memory() -> int:
    """MB; what `getrusage` says of a new process has its parent's in it."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def main() -> None:
    """Prints a line for each time that the tables were read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=1)
    asked = parser.parse_args()
    broker = Broker()
    try:
        broker.start()
        with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
            settings = Settings.model_validate({"data": {"dir": folder}, "stream": {"url": broker.url}})
            began = time.perf_counter()
            fill(settings, asked.rows)
            print(f"{asked.rows:,} rows written in {time.perf_counter() - began:.0f} s", flush=True)
            for _ in range(asked.times):
                with ProcessPoolExecutor(1, get_context("spawn")) as other:
                    found = other.submit(restore, settings).result()
                assert found.rows == asked.rows
                size = sum(path.stat().st_size for path in _segments(broker, changelog("tag")))
                print(
                    f"{found.rows:,} rows, {size / 1e6:.0f} MB of changelog: read in {found.seconds:.1f} s "
                    f"(CPU {found.cpu:.1f} s), {found.memory} MB of memory",
                    flush=True,
                )
    finally:
        broker.stop()


def _segments(broker: Broker, topic: str) -> list[Path]:
    return list((broker.folder / "data").glob(f"{topic}-*/*.log"))


if __name__ == "__main__":
    main()
