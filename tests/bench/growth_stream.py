"""What is asked of a stream, and what it lets go, where much is on it."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from shutil import copy

from collectors.deciding.entries.seen import SeenEntries
from collectors.deciding.entries.seen_row import SeenEntry
from deploy.inspect.index_reader import index
from deploy.inspect.preview import alerts_since, preview
from deploy.inspect.why_not import why_not
from deploy.settings.locations import open_log, stream_file
from stream.index.candidates import theme_candidates
from stream.log import topics
from stream.log.global_tables import read_table
from stream.sqlite import SqliteLog
from stream.subscriptions.saved import read_subscriptions
from stream.themes.saved import shipped_themes
from stream.units import DAY
from tests.bench.kept import Kept

__all__ = ["ROWS"]

SIZES = (20_000, 100_000, 400_000)
ASKED = 20
NOW = 1_770_000_000_000
AT_ONCE = 4_000  # entries of a row of the memory, with two keys each
# The command, and then the KiB that its process had at most: what `getrusage` tells of a child begins at the parent's.
ASKED_APART = """
import re, sys
from pathlib import Path
from deploy.cli import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""
FULL = 500 * DAY  # ahead: what is not compacted has to go, all of it


class Folders:
    """Where the streams are, by their size: in a temporary folder, unless they are to be kept."""

    def __init__(self) -> None:
        self._made = tempfile.TemporaryDirectory(prefix="themewire-bench-")
        self.path = Path(self._made.name)

    def keep_in(self, folder: Path) -> None:
        """They are made here, and stay."""
        self.path = folder


FOLDERS = Folders()


@cache
def _kept(records: int) -> Kept:
    """A folder that is filled once."""
    folder = FOLDERS.path / str(records)
    made = folder / "now"  # written last, so that what was broken off is not taken for whole
    if made.exists():
        return Kept(folder, records, int(made.read_text()))
    kept = Kept(folder, records)
    kept.fill()
    made.write_text(str(kept.now))
    return kept


@contextmanager
def _opened(records: int) -> Iterator[tuple[Kept, SqliteLog]]:
    kept = _kept(records)
    log = open_log(kept.settings)
    assert isinstance(log, SqliteLog)
    try:
        yield kept, log
    finally:
        log.close()


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def indexed(records: int) -> float:
    """The seconds of one record, of a backlog of all."""
    with _opened(records) as (kept, log):

        def follow() -> None:
            with index(kept.settings, log):
                pass

        return _timed(follow) / records


def asked_why(records: int) -> float:
    """The seconds of why-not for an item, of those of all times."""
    with _opened(records) as (kept, log), index(kept.settings, log) as rows:

        def ask() -> None:
            for number in range(0, kept.count, kept.count // ASKED):
                subscribed = read_table(log, topics.SUBSCRIPTIONS)
                assert why_not(kept.item(number).id, rows, log, shipped_themes(), subscribed)

        return _timed(ask) / ASKED


def previewed(records: int) -> float:
    """The seconds of a preview of 7 days."""
    with _opened(records) as (kept, log):
        subscription = next(iter(read_subscriptions(log).values()))

        def ask() -> None:
            alerts = alerts_since(log, subscription.themes, kept.now - 7 * DAY)
            assert preview(alerts, subscription, kept.now).sent

        return _timed(ask)


def previewed_by_command(records: int) -> float:
    """The seconds of `subscriptions preview` as a process of its own; tells how much memory it took at most."""
    with _opened(records) as (kept, _):
        folder = str(kept.settings.data.dir)
    asked = [sys.executable, "-c", ASKED_APART, "subscriptions", "preview", "s0", "--json", "--data", folder]
    before = _of_children()
    done = subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    print(f"preview-command: {records:,}: at most {int(done.stderr) // 1024} MB", flush=True)
    return _of_children() - before


def to_label(records: int) -> float:
    """The seconds of `label next` as a process of its own, with the encoder that it loads."""
    with _opened(records) as (kept, log), index(kept.settings, log):
        folder = str(kept.settings.data.dir)
    before = _of_children()
    asked = [sys.executable, "-m", "deploy", "label", "next", "--json", "--data", folder]
    assert subprocess.run(asked, check=True, capture_output=True).stdout
    return _of_children() - before


def searched_for_theme(records: int) -> float:
    """The seconds of finding what may be of a theme, which `label next --theme` then reads by meaning."""
    about = "Export controls on chips and lithography machines, licences and sanctions"
    with _opened(records) as (kept, log), index(kept.settings, log) as rows:
        return _timed(lambda: theme_candidates(rows.database, "standards", [about], 150))


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def let_go(records: int) -> float:
    """The seconds of retention where all that is not compacted has to go."""
    with _copied(records) as (kept, log):
        return _timed(lambda: log.prune(kept.now + FULL))


def nothing_to_let_go(records: int) -> float:
    """The seconds of retention where nothing has to go."""
    with _copied(records) as (kept, log):
        log.prune(kept.now)
        return _timed(lambda: log.prune(kept.now))


@contextmanager
def _copied(records: int) -> Iterator[tuple[Kept, SqliteLog]]:
    """A folder that may be spoilt."""
    kept = _kept(records)
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
        log = SqliteLog(Path(copy(stream_file(kept.settings) or "", folder)))
        try:
            yield kept, log
        finally:
            log.close()


def remembered(entries: int) -> float:
    """The seconds of a poll whose document has two new entries of fifty, of a feed that has had so many."""
    rows = _seen(entries)
    began = time.process_time()
    for number in range(ASKED):
        seen = SeenEntries(rows)
        for entry in range(entries - 48 + number, entries + 2 + number):
            if seen.get(_key(entry)) is None:
                assert not seen.published_at(entry)
            seen.put([_key(entry), _key(-entry)], _entry(entry))
        rows |= {name: row for name, row in seen.changed_rows(NOW).items() if row}
    return (time.process_time() - began) / ASKED


def _seen(entries: int) -> dict[str, bytes]:
    """So many, which have come over a year."""
    rows: dict[str, bytes] = {}
    for start in range(0, entries, AT_ONCE):
        seen = SeenEntries({})
        for entry in range(start, min(start + AT_ONCE, entries)):
            seen.put([_key(entry), _key(-entry)], _entry(entry))
        now = NOW - (entries - start) * 360 * DAY // entries
        rows |= {f"{name}.{start}": row for name, row in seen.changed_rows(now).items() if row}
    return rows


def _key(number: int) -> bytes:
    return blake2b(str(number).encode(), digest_size=8).digest()


def _entry(number: int) -> SeenEntry:
    item = blake2b(b"%d" % number, digest_size=16).digest()
    return SeenEntry(item, b"rawh", b"titl", b"text", 0, number)


ROWS = (
    ("index", SIZES, indexed),
    ("why-not", SIZES, asked_why),
    ("preview", SIZES, previewed),
    ("preview-command", SIZES, previewed_by_command),
    ("label-next", SIZES, to_label),
    ("label-next-theme", SIZES, searched_for_theme),
    ("retention", SIZES, let_go),
    ("no-retention", SIZES, nothing_to_let_go),
    ("memory", (10_000, 100_000, 400_000), remembered),
)
