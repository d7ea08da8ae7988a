"""The deliver stage over days: receivers on real sockets, the real worker and stream, and a clock that is set."""

import socket
import threading
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import msgspec

from stream.delivering.channels.channel import ChannelContext
from stream.delivering.channels.registry import CHANNELS, performing, rate_of, receiver_of
from stream.delivering.stage import DeliverStage
from stream.engine.executor import RateLimit
from stream.engine.hooks import Hooks
from stream.engine.stage import Request
from stream.engine.worker import Worker
from stream.log.port import Session
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.matching.messages import delivery_id
from stream.records import Delivery, Destination, Outbound, Subscription, decode, encode
from stream.sqlite import SqliteLog
from stream.units import HOUR
from tests.stream.backends import read_all
from tests.stream.fakes import RecordingHooks, SetClock
from tests.stream.stories.test_stages import alert
from tests.webserver import Web, answer

__all__ = ["BEGIN", "HOUR", "SECONDS", "WIDTH", "Course", "Site", "hang"]

BEGIN = 1_700_000_000_000
CONCURRENCY, WIDTH = 8, 2
SECONDS = 30.0
LOOPBACK = [ip_network("127.0.0.0/8")]
TAKEN = answer(status="204 No Content")


class Site:
    """A receiver: until `heals` (ms) it misbehaves, then it takes everything; what it was sent is kept in order."""

    def __init__(self, web: Web, clock: SetClock, heals: float, misbehave: Callable[..., None]) -> None:
        self.url, self.clock = f"{web.base}/hook", clock
        self.sent: list[tuple[int, str | None]] = []
        self.taken: list[str | None] = []
        lock = threading.Lock()

        def act(web: Web, sock) -> None:
            key = web.header("webhook-id", web.answering.request)
            with lock:
                self.sent.append((clock.now, key))
                healthy = clock.now >= heals
                self.taken += [key] if healthy else []
            sock.sendall(TAKEN) if healthy else misbehave(web, sock)

        web.answers["/hook"] = act


def hang(web: Web, sock) -> None:
    """Says nothing until the test has ended."""
    web.over.wait()
    sock.shutdown(socket.SHUT_RDWR)


class Course:
    """The deliver stage at work, and how many attempts were ever under way at once."""

    def __init__(
        self,
        folder: Path,
        clock: SetClock,
        deadline: float = SECONDS,
        hooks: Hooks | None = None,
        kind: str = "webhook",
    ) -> None:
        self.clock, self.most, self._flying = clock, 0, 0
        self.hooks = hooks or RecordingHooks()
        self._lock = threading.Lock()
        self.log = SqliteLog(folder / "stream.db")
        self.log.ensure(all_topics(("t",), 2))
        self.kind = kind
        self.sender = CHANNELS[kind].make(ChannelContext(clock, deadline=deadline, allowed=LOOPBACK))
        self._post = performing(self.sender)
        self._made: dict[str, int] = {}
        self._worker, self._session = self._start()

    def _perform(self, request: Request) -> bytes:
        with self._lock:
            self._flying += 1
            self.most = max(self.most, self._flying)
        try:
            return self._post(request)
        finally:
            with self._lock:
                self._flying -= 1

    def subscribe(self, *names: str, url: str) -> None:
        for name in names:
            wish = Subscription(id=name, revision=1, themes=("t",), threshold=0.5, channel=Destination(self.kind, url))
            self.log.append([Out("subscriptions", name, encode(wish))])

    def send(self, subscription: str, count: int, words: int = 1) -> list[str]:
        """That many alerts, each told in so many words; returns the idempotency keys in their order."""
        outs = []
        for _ in range(count):
            number = self._made[subscription] = self._made.get(subscription, 0) + 1
            for seq in range(words):
                told = msgspec.structs.replace(alert(seq, "update" if seq else "new"), id=f"a{number}")
                key = delivery_id(subscription, told.id, seq)
                outs.append(
                    Outbound(
                        delivery=key, subscription=subscription, revision=1, alert=told, why="w", at=self.clock.now
                    )
                )
        self.log.append([Out("outbox", subscription, encode(out)) for out in outs])
        return [out.delivery for out in outs]

    def _start(self) -> tuple[Worker, Session]:
        stage = DeliverStage(CHANNELS, WIDTH)
        session = self.log.session(stage.name, stage.inputs)
        performing = ({self.kind: self._perform}, CONCURRENCY)
        rate_limit = RateLimit(receiver_of, rate_of, WIDTH)
        return Worker(stage, self.log, session, self.clock, self.hooks, *performing, rate_limit=rate_limit), session

    def restart(self) -> None:
        """Another worker in the place of this one."""
        self._worker.close()
        self._worker, self._session = self._start()

    def step(self) -> None:
        """One step, which a wake ends where only the clock could."""
        nudge = threading.Timer(0.2, self._worker.wake)
        nudge.start()
        self._worker.step()
        nudge.cancel()

    def rest(self) -> None:
        """Steps until nothing is left to do at this time."""
        self._worker.wake()
        self.step()
        while not (self._worker.idle and len(self._session.owned()) == 2):
            self.step()

    def until(self, end: float) -> None:
        """Goes from one due row to the next, up to a time."""
        self.rest()
        while (due := self.next_due()) is not None and due <= end:
            self.clock.now = max(self.clock.now, due)
            self.rest()

    def next_due(self) -> int | None:
        times = [self._session.tables(p).next_due() for p in self._session.owned()]
        return min((t for t in times if t is not None), default=None)

    def rows(self, table: str) -> dict[str, bytes]:
        return self.log.rows("deliver", table)

    def said(self) -> list[Delivery]:
        return [decode(r.value, Delivery) for r in read_all(self.log, "deliveries")]

    def close(self) -> None:
        self._worker.close()
        self.sender.close()
        self.log.close()
