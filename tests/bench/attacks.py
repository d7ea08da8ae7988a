"""Every attack that themewire was once open to, repeated on a running one; prints what happens now.

    python -m tests.bench.attacks

The process has the usual soft limit of 1,024 files, and answers on loopback without a token.
"""

import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.parsing.parse import parse
from stream.matching.filters import text_refusal
from stream.net.guard import is_allowed
from stream.records import Destination, Subscription
from tests.deploy.command import Command
from tests.kafka_broker import free_ports
from tests.stream.backends import until

__all__ = ["main"]

HOOK = {"kind": "webhook", "address": "https://receiver.example/hook"}
TEAM = "/api/subscriptions/team"
BODY = (
    b"PUT /api/subscriptions/x HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
)
REFILL = 10.0  # seconds in which an address may ask as often as ever


@dataclass
class Victim:
    """The running process, and what it has written."""

    command: Command
    port: int
    log: Path

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and the answer; 0 for none."""
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if body is not None else {}
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", sent, {**kind, **(headers or {})}, method=method
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def put(self, **of: Any) -> str:
        """What becomes of a subscription with these fields."""
        began = time.monotonic()
        status, told = self.ask("PUT", TEAM, {"themes": ["standards"], "channel": HOOK, **of})
        said = json.loads(told).get("error", "taken") if told.startswith("{") else told
        return f"{status} in {time.monotonic() - began:.2f} s: {said[:110]}"

    def healthy(self) -> str:
        """How `/live` and `/ready` answer, and how soon."""
        told = []
        for path in ("/live", "/ready"):
            began = time.monotonic()
            told.append(f"{path} {self.ask('GET', path)[0]} in {time.monotonic() - began:.2f} s")
        return ", ".join(told)

    def open(self, many: int, sent: bytes) -> list[socket.socket]:
        """So many connections that send this, as far as they are let."""
        made = []
        for _ in range(many):
            with suppress(OSError):
                made.append(socket.create_connection(("127.0.0.1", self.port), 10))
                made[-1].sendall(sent)
        return made


@contextmanager
def victim() -> Iterator[Victim]:
    """`themewire run web`, with its log in a file."""
    with tempfile.TemporaryDirectory() as folder:
        (port,) = free_ports(1)
        command = Command(Path(folder) / "data", {"web.listen": f"127.0.0.1:{port}", "canary.interval": "0"})
        log = Path(folder) / "log"

        def usual() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

        with log.open("wb") as out:
            line = command.line(["run", "match", "web"])
            running = subprocess.Popen(line, env=command.environ, stdout=out, stderr=out, preexec_fn=usual)
            try:
                made = Victim(command, port, log)
                until(lambda: made.ask("GET", "/live")[0] == 200)
                yield made
            finally:
                running.terminate()
                running.wait(30)


def tell(attack: str, now: str) -> None:
    """A line of the table."""
    print(f"| {attack} | {now} |", flush=True)


def followers(at: Victim) -> None:
    """Numbers of any length, and clients that leave."""
    statuses = Counter(at.ask("GET", "/alerts/standards", headers={"Last-Event-ID": "9" * 4_900})[0] for _ in range(40))
    for client in at.open(40, b"GET /alerts/standards HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        client.close()
    time.sleep(2)
    with ExitStack() as stack:
        client = stack.enter_context(socket.create_connection(("127.0.0.1", at.port), 10))
        client.sendall(b"GET /alerts/standards HTTP/1.1\r\nHost: localhost\r\n\r\n")
        then = client.recv(12).decode()
    tell(
        "Last-Event-ID of 4,900 digits, 40 times; 40 followers that leave",
        f"{dict(statuses)}; the next follower: {then}",
    )


def subscriptions(at: Victim) -> None:
    """What a subscription may ask for."""
    tell("PUT with 60,000 words", at.put(words=[f"word{n}" for n in range(60_000)]))
    tell("PUT with the most words, 500", at.put(words=[f"word{n}" for n in range(500)]))
    many = Subscription(
        id="s", revision=1, channel=Destination("webhook", "x"), words=tuple(f"word{n}" for n in range(500))
    )
    text_refusal(many, "A title", "text " * 1000, "en")
    began = time.process_time()
    for number in range(20):
        text_refusal(many, f"A title {number}", f"{number} text " * 1000, "en")
    tell(
        "matching an alert of 7,000 characters with them", f"{(time.process_time() - began) / 20 * 1000:.1f} ms of CPU"
    )
    tell("a mail of 20,000 addresses", at.put(channel={"kind": "mail", "address": ",".join(["a@x.example"] * 20_000)}))
    tell("muted_until 2^63-1", at.put(muted_until=2**63 - 1))
    tell("a webhook with user:password@", at.put(channel={**HOOK, "address": "https://u:p@x.example/"}))
    tell("a webhook with ?token=", at.put(channel={**HOOK, "address": "https://x.example/?token=t"}))
    tell("a secret file:/etc/shadow", at.put(channel={**HOOK, "options": {"secret": "file:/etc/shadow"}}))
    tell("apprise file:/etc/shadow", at.put(channel={"kind": "apprise", "address": "file:/etc/shadow"}))
    tell("`subscriptions list` afterwards", f"status {at.command('subscriptions', 'list').status}")
    status, told = at.ask("POST", "/api/labels", {"item": "i", "is": ["standards"], "who": "a\x1b[31m"})
    tell("control characters in who", f"{status} {told}")


def crowds(at: Victim) -> None:
    """Connections without end."""
    for many, sent, what in (
        (500, b"GET / HTTP/1.1\r\nX: ", "500 clients that never finish their headers"),
        (1_200, b"", "1,200 connections that say nothing"),
        (
            500,
            BODY,
            "500 bodies that never end",
        ),
    ):
        before = at.log.stat().st_size
        crowd = at.open(many, sent)
        health = at.healthy()
        time.sleep(REFILL + 25 * (b"Length" in sent))
        left = sum(not _is_cut(client) for client in crowd)
        for client in crowd:
            client.close()
        tell(what, f"{health}; {left} still open later; {at.log.stat().st_size - before} bytes of log")


def _is_cut(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(4096) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def manners(at: Victim) -> None:
    """Clients that leave, ask without end, or come by a name that is not ours."""
    before = at.log.stat().st_size
    for client in at.open(
        100,
        BODY + b"ab",
    ):
        client.close()
    tell(
        "100 clients that leave in the middle of a body",
        f"{at.healthy()}; {at.log.stat().st_size - before} bytes of log",
    )
    time.sleep(REFILL)
    line = b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n"
    with at.open(1, (line + b"\r\n") * 599 + line + b"Connection: close\r\n\r\n")[0] as client:
        told = client.makefile("rb").read()
    statuses = Counter(re.findall(rb"HTTP/1.1 ([0-9]{3})", told))
    tell("600 requests at once", f"{ {status.decode(): n for status, n in statuses.items()} }; {at.healthy()}")
    time.sleep(REFILL)
    for what, headers in (
        ("Host: evil.example (DNS rebinding)", {"Host": "evil.example"}),
        ("Origin of another site", {"Origin": "https://evil.example"}),
        ("X-Forwarded-User from no proxy of ours", {"X-Forwarded-User": "root", "X-Forwarded-For": "127.0.0.1"}),
    ):
        status, told = at.ask("GET", "/api/subscriptions", headers=headers)
        tell(what, f"{status} {told}")


def documents() -> None:
    """What feeds lead to and hold."""
    for address in (
        "2606:2800:220:1:0:5efe:a00:1",
        "2606:2800:220:1:200:5efe:10.0.0.1",
        "64:ff9b:1::a00:1",
        "2606:2800:220:1::a9fe:a9fe",
    ):
        tell(f"http://[{address}]/", "reached" if is_allowed(f"http://[{address}]/") else "refused")
    for end in ("</channel></rss>", "<odd></channel>"):
        categories = "".join(f"<category>c{n}</category>" for n in range(200_000))
        item = "<item><title>T</title><link>http://e.example/</link>"
        began = time.process_time()
        found = parse(
            f"<rss version='2.0'><channel>{item}{categories}</item>{item}</item>{end}".encode(), "", "http://e.example/"
        )
        read = len(getattr(found, "entries", ()))
        tell(
            f"an entry with 200,000 categories, ending {end}",
            f"{read} entries in {time.process_time() - began:.1f} s of CPU",
        )


def main() -> None:
    """Prints the table."""
    print(f"| attack | now |\n|---|---|\n| machine | {os.cpu_count()} cores, Python {sys.version.split()[0]} |")
    documents()
    with victim() as at:
        for attacks in (followers, subscriptions, crowds, manners):
            attacks(at)
            time.sleep(REFILL)


if __name__ == "__main__":
    main()
