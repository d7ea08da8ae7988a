"""`python -m tests.bench.start`: seconds from the start of `themewire run` to 200 from /ready, with much on the stream.

The data folder is filled by statements in bulk, with the rows and records that the stages themselves would have left.
The modules have their bytecode, as those of a package that is installed have it, whatever the environment says.
"""

import argparse
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import msgspec

from classifiers.rows import ITEMS, ItemRow
from collectors.deciding.feed.state import FEEDS, FeedState
from deploy.running.first_day import feed_id
from deploy.settings.locations import clock, ensure_topics, index_path, open_log
from deploy.settings.model import Settings
from stream.index.session import IndexSession
from stream.index.stage import IndexStage
from stream.log import topics
from stream.log.topics import partition_of
from stream.records import Feed, Item, Tagged, encode
from stream.sqlite import SqliteLog
from stream.themes.saved import shipped_themes
from stream.units import DAY, HOUR
from tests.kafka_broker import free_ports

__all__ = ["ROWS", "append", "batches", "fill", "item_row", "passed", "put_rows", "seconds_to_ready"]

AT_ONCE = 10_000  # rows of a statement
PATIENCE = 120.0
MANY_FEEDS, TIMES = 10_000, 3
SUMMARY = "The committee has published the second edition, which replaces that of 2019 and adds test methods. " * 3


def fill(folder: Path, records: int, feeds: int) -> None:
    """A data folder whose stages have passed so many items of so many feeds, none of which is due today."""
    settings = Settings.model_validate({"data": {"dir": folder}})
    log = open_log(settings)
    assert isinstance(log, SqliteLog)
    try:
        ensure_topics(settings, log)
        polled = [Feed(id=feed_id(url), url=url, title=url) for url in map(_url, range(feeds))]
        append(log, topics.FEEDS, ((feed.id, encode(feed)) for feed in polled))
        append(log, topics.ITEMS, ((item.id, encode(item)) for item in map(_item, range(records))))
        append(log, topics.TAGGED, ((each.item.id, encode(each)) for each in map(_tagged, range(records))))
        now = clock()
        state = ((feed.id, msgspec.json.encode(FeedState(feed, state="healthy"))) for feed in polled)
        put_rows(log, "collect", FEEDS.name, state, now + HOUR)
        judged = ((key, msgspec.json.encode(row)) for key, row in map(item_row, range(records)))
        put_rows(log, "tag", ITEMS.name, judged, now + 90 * DAY)
        passed(log, {"collect": (topics.FEEDS,), "tag": (topics.ITEMS,)})
        index = IndexSession(log, index_path(settings), IndexStage(shipped_themes()).inputs)
        with index._db.transaction() as db:
            ends = [(*at, end) for at, end in log.ends(IndexStage(shipped_themes()).inputs).items()]
            db.executemany("INSERT OR REPLACE INTO position VALUES (?, ?, ?)", ends)
        index.close()
    finally:
        log.close()


def _url(number: int) -> str:
    return f"http://127.0.0.1:1/{number}"


def _item(number: int) -> Item:
    return Item(
        id=f"i{number:031d}", feed=feed_id(_url(number % 997)), source="A source", entry=f"e{number}", revision=0,
        url=f"https://s.example/{number}", title=f"Item {number} of a feed", summary=SUMMARY, lang="en",
        published=clock() - HOUR, date_quality="trusted", first_seen=clock() - HOUR, baseline=False,
    )  # fmt: skip


def _tagged(number: int) -> Tagged:
    chance = number % 97 / 100
    return Tagged(
        item=_item(number), themes={"standards": chance, "patents": 0.1, "quantum": 0.02, "chips": 0.01}, tags=(),
        decision="none", reasons=(), model="m-bench", at=clock(), nearness=chance,
    )  # fmt: skip


def item_row(number: int) -> tuple[str, ItemRow]:
    """What `tag` keeps of the item of this number, with its id."""
    tagged = _tagged(number)
    item = tagged.item
    return item.id, ItemRow(
        feed=item.feed, revision=0, baseline=False, first_seen=item.first_seen, themes=tagged.themes, tags=(),
        tags_ever=(), decision="none", model="m-bench", sources=(), title=item.title, says=item.summary[:200],
    )  # fmt: skip


def batches(pairs: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """So many at once as a statement takes."""
    rest = iter(pairs)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def append(log: SqliteLog, name: str, pairs: Iterable[tuple[str, bytes]]) -> None:
    """Writes records with these keys to an empty topic."""
    topic, partitions = log.topic(name)
    ends = dict.fromkeys(range(partitions), 0)
    now = clock()
    for batch in batches(pairs):
        rows = []
        for key, value in batch:
            partition = partition_of(key, partitions)
            rows.append((topic, partition, ends[partition], key, value, now))
            ends[partition] += 1
        with log.database.transaction() as db:
            db.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", rows)
            db.executemany("INSERT OR REPLACE INTO log_end VALUES (?, ?, ?)", [(topic, *end) for end in ends.items()])


def put_rows(log: SqliteLog, stage: str, table: str, pairs: Iterable[tuple[str, bytes]], due: int | None) -> None:
    """Writes rows of a stage, each in the partition of its key."""
    partitions = log.topic(topics.ITEMS)[1]
    for batch in batches(pairs):
        rows = [(stage, partition_of(key, partitions), table, key, value, due) for key, value in batch]
        with log.database.transaction() as db:
            db.executemany("INSERT INTO row VALUES (?, ?, ?, ?, ?, ?)", rows)


def passed(log: SqliteLog, groups: Mapping[str, tuple[str, ...]]) -> None:
    """Has these stages passed all of these topics."""
    for stage, names in groups.items():
        ends = [(stage, log.topic(name)[0], partition, end) for (name, partition), end in log.ends(names).items()]
        with log.database.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO group_offset VALUES (?, ?, ?, ?)", ends)


def seconds_to_ready(folder: Path, bytecode: Path) -> tuple[float, float]:
    """From the start of the process until /ready is 200, and the processor's seconds of it; the process is ended.

    What a start compiles is kept in the folder `bytecode`.
    """
    (port,) = free_ports(1)
    named = {
        "THEMEWIRE_DATA__DIR": str(folder), "THEMEWIRE_WEB__LISTEN": f"127.0.0.1:{port}",
        "THEMEWIRE_CANARY__INTERVAL": "0", "THEMEWIRE_LOG__LEVEL": "warning",
        "PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONDONTWRITEBYTECODE": "",
    }  # fmt: skip
    began = time.perf_counter()
    run = subprocess.Popen([sys.executable, "-m", "deploy", "run"], env={**os.environ, **named})
    try:
        while not _is_ready(port):
            if run.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise AssertionError(f"not ready: status {run.poll()}")
            time.sleep(0.01)
        return time.perf_counter() - began, _cpu(run.pid)
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(PATIENCE)


def _cpu(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _is_ready(port: int) -> bool:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", "/ready")
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()


def started(records: int) -> float:
    """The seconds of a start, on the clock of the wall, with so many records and 10,000 feeds."""
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as temporary:
        folder, bytecode = Path(temporary, "data"), Path(temporary, "bytecode")
        fill(folder, records, MANY_FEEDS)
        seconds_to_ready(folder, bytecode)  # compiles
        return min(seconds_to_ready(folder, bytecode)[0] for _ in range(TIMES))


ROWS = (("start", (20_000, 100_000, 400_000), started),)


def main() -> None:
    """Prints a line for each start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="*", default=[0, 400_000])
    parser.add_argument("--feeds", type=int, default=MANY_FEEDS)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--folder", type=Path, help="keep the data folders here, and use those that are there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as temporary:
        for records in asked.records:
            folder = (asked.folder or Path(temporary)) / str(records)
            if not folder.exists():
                fill(folder, records, asked.feeds if records else 1)
            bytecode = Path(temporary, "bytecode")
            seconds_to_ready(folder, bytecode)  # compiles
            took = sorted(seconds_to_ready(folder, bytecode) for _ in range(asked.times))
            told = ", ".join(f"{seconds:.2f} s (CPU {cpu:.2f} s)" for seconds, cpu in took)
            print(f"{records} records: ready after {told}", flush=True)


if __name__ == "__main__":
    main()
