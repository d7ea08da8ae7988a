"""Sends a canary for each theme every so often, and takes what is delivered of them."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import count

import msgspec

from seeds.canary import CanaryText
from stream.log import topics
from stream.log.port import Log, LogError
from stream.log.records import Out
from stream.log.topics import canary_topic
from stream.ops.canary.document import Canary, atom, token_of
from stream.ops.canary.figures import CanaryFigures
from stream.records import Destination, Feed, Subscription, encode

__all__ = ["Sender"]

log = logging.getLogger(__name__)
NEVER = 30 * 86400.0  # seconds: by itself the feed is looked at no more often than that
FORGOTTEN = 86_400_000  # ms after which one that has not come back is given up


class _Alert(msgspec.Struct, frozen=True):
    theme: str
    title: str
    kind: str


class _Taken(msgspec.Struct, frozen=True):
    """What of a webhook's body matters here."""

    alert: _Alert | None = None


class Sender:
    """The canaries of one process, from its own feed to its own webhook; `base` is where `site` serves both.

    `name` tells its feed from that of another process on the same stream. `interval` in seconds, `clock` in ms.
    """

    def __init__(
        self,
        stream: Log,
        figures: CanaryFigures,
        texts: Mapping[str, Sequence[CanaryText]],
        name: str,
        base: str,
        interval: float,
        clock: Callable[[], int],
    ) -> None:
        self._stream = stream
        self._figures = figures
        self._texts = texts
        self._name = name
        self._base = base
        self._interval = interval
        self._clock = clock
        self._rounds = count()
        self._canaries: Sequence[Canary] = ()
        self._in_flight: dict[tuple[str, str], int] = {}  # by theme and token, since when
        self._lock = threading.Lock()  # over what is in flight: it is sent and taken in different threads
        self._subscribed = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="canary", daemon=True)

    def start(self) -> None:
        """Begins with a round, and sends another whenever `interval` has passed."""
        self._thread.start()

    def close(self) -> None:
        """Sends no more."""
        self._stop.set()
        self._thread.join(5)

    def document(self) -> bytes:
        """The feed as it now is."""
        return atom(self._name, self._canaries, self._clock())

    def take(self, body: bytes) -> None:
        """Counts a delivery of one that this process has sent; raises msgspec's `DecodeError` for what is none.

        A retraction says that the model did not know the text, so it counts as missing.
        """
        alert = msgspec.json.decode(body, type=_Taken).alert
        if alert is None or alert.kind == "retracted":
            return
        with self._lock:
            at = self._in_flight.pop((alert.theme, token_of(alert.title)), None)
        if at is not None:
            self._figures.delivered_one(alert.theme, self._clock(), at)

    def send(self) -> None:
        """One round: the entries are edited, and the feed is to be looked at now."""
        round_, now = next(self._rounds), self._clock()
        canaries = [
            Canary(theme, texts[round_ % len(texts)], f"{now:x}{number:03x}", now)
            for number, (theme, texts) in enumerate(self._texts.items())
        ]
        with self._lock:
            self._in_flight = {key: at for key, at in self._in_flight.items() if at > now - FORGOTTEN}
            self._in_flight.update({(each.theme, each.token): now for each in canaries})
        self._canaries = canaries
        for each in canaries:
            self._figures.published_one(each.theme)
        feed = Feed(id=self._name, url=f"{self._base}/feed", title=self._name, interval=NEVER)
        outs = [Out(canary_topic(topics.FEEDS), feed.id, encode(feed))]
        self._stream.append(outs if self._subscribed else [self._subscription(), *outs])
        self._subscribed = True

    def _subscription(self) -> Out:
        """Only what is of this sender: another one has a webhook of its own."""
        own = Subscription(
            id=self._name,
            revision=self._clock(),
            channel=Destination("webhook", f"{self._base}/taken"),
            themes=tuple(self._texts),
            unsure=True,  # whether items get through is asked, not what the model makes of them
            sources=(self._name,),
        )
        return Out(canary_topic(topics.SUBSCRIPTIONS), own.id, encode(own))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.send()
            except LogError as error:  # what did not go out does not come back, and the metrics say so
                log.warning("no canary was sent: %s", error)
            self._stop.wait(self._interval)
