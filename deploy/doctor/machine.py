"""Checks of the machine: versions, disk, clock, names."""

import ctypes
import platform
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from itertools import islice
from urllib.parse import urlsplit

from deploy.doctor.finding import Finding, bad, good
from deploy.settings.locations import clock, stream_file
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.port import Log
from stream.records import Feed, decode
from stream.units import show_span

__all__ = ["clocks", "disk", "names", "versions"]

LEAST_SHARE = 0.1  # of the disk, as the rule ThemewireDisk has it
LEAST_BYTES = 500_000_000
MADE = 1_764_000_000_000  # ms: no clock that is right is before this
AHEAD = 60_000  # ms that the newest record may be ahead of this machine's clock
HOSTS = 3
SLOW_NAME = 2.0  # seconds
UNSYNCHRONISED = 5  # Linux's TIME_ERROR


def versions(_: Settings, __: Log | None) -> Iterator[Finding]:
    """Python, SQLite, and the packages that are pinned to a version."""
    wrong = []
    for line in requires("themewire") or ():
        name, pinned, wanted = line.partition(";")[0].partition("==")
        if pinned and "extra" not in line:
            name, wanted = name.partition("[")[0].strip(), wanted.strip()
            try:
                found = version(name)
            except PackageNotFoundError:
                found = "missing"
            if found != wanted:
                wrong.append(f"{name} is {found} and must be {wanted}")
    if wrong:
        yield bad(f"{'; '.join(wrong)}: install themewire from its lock file, requirements.lock")
    else:
        here = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
        yield good(f"themewire {version('themewire')}, {here}")


def disk(settings: Settings, _: Log | None) -> Iterator[Finding]:
    """Room, and the right to write, where the data folder and the embedded stream are."""
    stream = stream_file(settings)
    for folder in dict.fromkeys([settings.data.dir.absolute(), *([stream.absolute().parent] if stream else [])]):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        try:
            usage = shutil.disk_usage(there)
            # Tried, and not asked: a file system may be read-only, or an owner's rights be overridden.
            probe = there / f".themewire-doctor-{time.monotonic_ns()}"
            probe.touch(0o600)
            probe.unlink()
        except OSError as error:
            yield bad(f"{there} cannot be written ({error.strerror}): check its rights, or choose another data.dir")
            continue
        if usage.free < max(LEAST_BYTES, LEAST_SHARE * usage.total):
            yield bad(f"{there} has {_gigabytes(usage.free)} of {_gigabytes(usage.total)} free: free some space")
        else:
            yield good(f"{there} can be written, {_gigabytes(usage.free)} free")


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def clocks(_: Settings, log: Log | None) -> Iterator[Finding]:
    """The clock, against the newest record of the stream and what the kernel says of it."""
    now = clock()
    newest = _newest(log) if log is not None else 0
    if now < MADE or newest > now + AHEAD:
        than = f"the newest record's by {show_span((newest - now) / 1000)}" if newest > now else "any time it can be"
        yield bad(f"the clock is behind {than}: set it right, since polls and deliveries go by it")
    elif sys.platform == "linux" and _kernel_state() == UNSYNCHRONISED:
        # No failure: in most containers nobody says so.
        yield good("no time service has set the clock, as far as the kernel knows: if none does, start one")
    else:
        yield good("the clock is set")


def _newest(log: Log) -> int:
    """When a record was last appended (ms), by the topics that grow first; 0 for none."""
    ends = log.ends([topics.POLLS, topics.ITEMS])
    start = {at: max(0, end - 1) for at, end in ends.items()}
    reader = log.reader([topics.POLLS, topics.ITEMS], start)
    newest = 0
    try:
        while not reader.caught_up():
            newest = max([newest, *(record.timestamp for record in reader.poll(1.0))])
    finally:
        reader.close()
    return newest


def _kernel_state() -> int:
    call = getattr(ctypes.CDLL(None), "adjtimex", None)
    return int(call(ctypes.create_string_buffer(1024))) if call else 0  # all zero: it asks, and sets nothing


def names(settings: Settings, log: Log | None) -> Iterator[Finding]:
    """Whether names resolve: of some feeds, and of the proxy in their place where there is one."""
    hosts = [urlsplit(settings.fetch.proxy).hostname or ""] if settings.fetch.proxy else list(_hosts(log))
    if not hosts:
        yield good("there is no feed yet whose host could be looked up")
        return
    failed, began = [], time.monotonic()
    for host in hosts:
        try:
            socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            failed.append(host)
    seconds = time.monotonic() - began
    if len(failed) == len(hosts):
        yield bad(f"no name resolves, of {', '.join(hosts)}: check the machine's DNS (/etc/resolv.conf) and network")
    elif seconds > SLOW_NAME * len(hosts):
        yield bad(f"a name takes {seconds / len(hosts):.1f} s to resolve: check the machine's DNS servers")
    else:
        yield good(f"{len(hosts) - len(failed)} of {plural(len(hosts), 'name')} resolved")


def _hosts(log: Log | None) -> Iterator[str]:
    if log is None:
        return
    feeds = (decode(value, Feed) for _, value in sorted(read_table(log, topics.FEEDS).items()))
    found = dict.fromkeys(urlsplit(feed.url).hostname for feed in feeds if not feed.paused)
    yield from islice(
        (host for host in found if host and not host.replace(".", "").isdigit() and ":" not in host), HOSTS
    )
