"""What mail, imports and pushes cost beside a poll of a feed: `python -m tests.bench.pushed [TIMES]`.

Each brings five new items among what there is: a poll of a folder of mail reads five messages over TLS; an import has
fifty entries of which forty-five are known; a push is checked and becomes a record, and the poll that follows is a
feed's. The stream is left out, as in `tests.bench.sources`. Each is measured in a process of its own.
"""

import asyncio
import hmac
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

from starlette.requests import Request

from collectors.fetching.fetch import Fetcher
from collectors.importing.record import import_records
from collectors.parsing.parsed import Entry
from collectors.parsing.parser_pool import ParserPool
from collectors.sources.kind import PollContext
from stream.log import topics
from stream.log.records import Record
from stream.net.guard import networks
from stream.net.trust import trusting
from stream.records import Feed
from stream.web.hub_callbacks import HubCallbacks
from stream.web.limits import Buckets
from stream.websub import callback, secret
from tests.bench.newsstand import newsstand
from tests.bench.polls import cpu_of
from tests.bench.sources import Cost, measured, peak_of_all
from tests.certificates import Authority
from tests.collectors.partition import NOW, Partition, PollRecords
from tests.collectors.sources.some_polls import Source
from tests.imapserver import PASSWORD, USER, Mailbox, answers, imap_server

__all__ = ["costs", "rows"]

WARM = 20
FEW, MANY = 5, 50
KEY = b"a key of ours, long enough"
KINDS = ("imap", "import", "push")


def letter(n: int) -> bytes:
    """A newsletter of the usual size."""
    message = EmailMessage()
    message["From"], message["Subject"] = "News <news@e.example>", f"Issue {n}: standards and chips"
    message["Date"], message["Message-ID"] = "Wed, 01 May 2024 10:00:00 +0000", f"<{n}@e.example>"
    message.set_content("See the other part.")
    message.add_alternative(f"<p>News {n} of standards, chips and courts.</p>" * 200, subtype="html")
    return message.as_bytes()


def serve_mail(folder: Path) -> None:
    """In a process of its own: a folder in which five letters come before each poll, until standard input ends."""
    authority = Authority(folder)

    def arrive(box: Mailbox, sock: socket.socket, line: str) -> bool:
        box.add(*(letter(n) for n in range(box.next_uid, box.next_uid + FEW)))
        for uid in [uid for uid in box.messages if uid < box.next_uid - MANY]:
            del box.messages[uid]
        for piece in answers(box, line):
            sock.sendall(piece)
        return True

    with imap_server(authority.server()) as box:
        box.add(*(letter(n) for n in range(1, MANY + 1)))
        box.acts["EXAMINE"] = arrive
        print(box.url, flush=True)
        sys.stdin.read()


def of_mail(times: int) -> tuple[float, float]:
    """A poll of a folder."""
    os.environ["BENCH_MAIL"] = f"{USER}:{PASSWORD}"
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
        command = [sys.executable, "-m", "tests.bench.pushed", "serve", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url, pool = server.stdout.readline().strip(), ParserPool()
            trust = trusting(Path(folder) / "authority.pem")
            fetcher = Fetcher(networks(["127.0.0.0/8"]), "bench", trust=trust)
            context = PollContext(fetcher, pool, max_bytes=20_000_000, deadline=20)
            source = Source(context, Feed(id="f", url=url, kind="imap", credentials="basic env:BENCH_MAIL", interval=1))
            found = counted(lambda: source.poll().poll.new, times, without=server.pid)
            pool.close()
            server.stdin.close() if server.stdin else None
            server.wait()
    return found


def of_import(times: int) -> tuple[float, float]:
    """What the collect stage does for fifty lines."""
    partition, done = Partition(), 0

    def one() -> int:
        nonlocal done
        listed = range(done * FEW, done * FEW + MANY)
        entries = [Entry(f"urn:{n}", f"https://e.example/{n}", f"Title {n}", "Summary " * 30, "", NOW) for n in listed]
        outs = [*import_records("Archive", entries)]
        events = [Record(topics.IMPORTS, 0, 0, out.key, out.value, partition.now) for out in outs]
        done += 1
        return len(PollRecords(partition.decide(*events).outputs).items)

    return counted(one, times)


class _Nowhere:
    """A stream that is left out."""

    def append(self, outs: object) -> None:
        """Takes it."""


def of_push(times: int) -> tuple[float, float]:
    """What the web role does for the push of a document of 60 kB."""
    path, body = callback(KEY, "f", "https://e.example/feed"), b"<item>of a feed</item>" * 3000
    signature = hmac.new(secret(KEY, "f", path.rpartition("/")[2]).encode(), body, "sha256").hexdigest()
    buckets = Buckets(at_once=10.0**9)
    callbacks = HubCallbacks(_Nowhere(), lambda: KEY, 10**7, buckets)  # type: ignore[arg-type]  # all that is asked of it
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": [(b"x-hub-signature", f"sha256={signature}".encode())],
        "path_params": {"feed": "f", "token": path.rpartition("/")[2]},
    }

    async def received() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    with asyncio.Runner() as runner:
        return counted(lambda: runner.run(callbacks.pushed(Request(scope, received))).status_code, times)


def counted(one: Callable[[], int], times: int, without: int = 0) -> tuple[float, float]:
    """(ms of CPU of each, MiB), but for what the process of a server takes."""

    def spent() -> float:
        return cpu_of(os.getpid()) - (cpu_of(without) if without else 0.0)

    for _ in range(WARM):
        one()
    began = spent()
    for _ in range(times):
        assert one() > 0
    return 1000 * (spent() - began) / times, peak_of_all(without)


def costs(times: int) -> Iterator[Cost]:
    """The feed's first."""
    for kind in ("feed", *KINDS):
        command = [sys.executable, "-m", "tests.bench.pushed", kind, str(times)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        yield Cost(kind, *map(float, done.stdout.split()))


def rows(times: int) -> Iterator[str]:
    """The figures as lines, as they come."""
    feed = 0.0
    for cost in costs(times):
        if not feed:
            feed = cost.milliseconds
            continue
        yield f"{cost.kind:10}{cost.milliseconds:10.2f}{cost.milliseconds / feed:11.2f}{cost.memory:8.0f}"


def main() -> None:
    """Prints the figures; in the process of one of them its own."""
    match sys.argv[1:]:
        case ["serve", folder]:
            serve_mail(Path(folder))
        case ["feed", times]:
            with newsstand() as address:
                print(*measured("feed", address, int(times)))
        case [("imap" | "import" | "push") as kind, times]:
            print(*{"imap": of_mail, "import": of_import, "push": of_push}[kind](int(times)))
        case rest:
            for line in rows(int(rest[0]) if rest else 200):
                print(line, flush=True)


if __name__ == "__main__":
    main()
