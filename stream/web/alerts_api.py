"""The alerts of a theme for programs without Kafka: GET /alerts/THEME as server-sent events, and as an Atom feed.

An event's id is its offset. A client that comes back with `Last-Event-ID` gets what came after it; where retention has
taken some of that, or the stream is another one, a `reset` event says so first. A new client gets what comes from
then on. /alerts/THEME.atom, or `Accept: application/atom+xml`, is the last record of each of the latest alerts.
"""

import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from stream.log.port import Log, LogError, records
from stream.log.records import Record
from stream.log.topics import alerts_topic
from stream.records import Alert, decode
from stream.web.access import RequestRefused, Role
from stream.web.atom import atom
from stream.web.operations import Operation

__all__ = ["AlertsApi"]

MOST_CLIENTS = 30  # each waits in a thread
PATIENCE = 0.5  # seconds in which a client that has gone is noticed
BEAT = 15.0  # seconds of silence after which a comment keeps proxies from hanging up
LATEST = 300  # records, of which the feed shows each alert once


@dataclass(frozen=True)
class AlertsApi:
    """The operations, over this stream, for these themes; once `stopped` is set, every stream of events ends."""

    stream: Log
    themes: Sequence[str]
    stopped: threading.Event = field(default_factory=threading.Event)
    _slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_CLIENTS))

    def operations(self) -> list[Operation]:
        """What may be asked."""
        answers = {200: "server-sent events, or an Atom feed", 404: "no such theme", 503: "too many clients"}
        return [
            Operation(
                "GET", "/alerts/{theme}", "The alerts of a theme, as they come", self._show, answers, role=Role.READER
            ),
        ]

    async def _show(self, request: Request) -> Response:
        name = request.path_params["theme"]
        theme = name.removesuffix(".atom")
        if theme not in self.themes:
            raise RequestRefused(404, f"there is no theme {theme!r}; there are: {', '.join(self.themes)}")
        if theme != name or "application/atom+xml" in request.headers.get("accept", ""):
            latest = await run_in_threadpool(self._latest, theme)
            document = atom(theme, latest, str(request.url))
            return Response(document, media_type="application/atom+xml; charset=utf-8")
        given = request.headers.get("last-event-id", "")
        if given and not (given.isascii() and given.isdigit()):
            raise RequestRefused(422, f"Last-Event-ID is the number of an event, not {given!r}")
        if not self._slots.acquire(blocking=False):
            raise RequestRefused(
                503, f"{MOST_CLIENTS} clients follow alerts here already: use Kafka, or try again later"
            )
        events = _threaded(self._events(alerts_topic(theme), int(given) if given else None), self._slots.release)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    def _events(self, topic: str, last: int | None) -> Generator[str, None, None]:
        try:
            begin, end = self.stream.begins([topic])[topic, 0], self.stream.ends([topic])[topic, 0]
            start = end if last is None else last + 1
            yield "retry: 3000\n\n"
            if not begin <= start <= end:
                start = begin
                yield f'event: reset\ndata: {{"first": {begin}}}\n\n'
            with closing(self.stream.reader([topic], {(topic, 0): start})) as reader:
                spoke = time.monotonic()
                while not self.stopped.is_set():
                    found = reader.poll(PATIENCE)
                    yield from (_event(record) for record in found if record.value is not None)
                    if found or time.monotonic() - spoke > BEAT:
                        spoke = time.monotonic()
                        yield "" if found else ": still here\n\n"
                    else:
                        yield ""  # so that a client that has gone is noticed
        except LogError as error:
            yield f": the stream cannot be read: {error}\n\n"

    def _latest(self, theme: str) -> list[Alert]:
        """The last record of each alert, the newest first."""
        topic, latest = alerts_topic(theme), dict[str, Alert]()
        try:
            start = max(self.stream.begins([topic])[topic, 0], self.stream.ends([topic])[topic, 0] - LATEST)
            for record in records(self.stream, [topic], {(topic, 0): start}):
                alert = decode(record.value, Alert)
                latest.pop(alert.id, None)
                latest[alert.id] = alert
        except LogError as error:
            raise RequestRefused(503, f"the alerts cannot be read: {error}") from error
        return list(reversed(latest.values()))


async def _threaded(parts: Generator[str, None, None], left: Callable[[], object]) -> AsyncIterator[str]:
    """The parts, each made in a thread; when the client has gone, they end at once and `left` is called."""
    try:
        while (part := await run_in_threadpool(next, parts, None)) is not None:
            yield part
    finally:
        parts.close()
        left()


def _event(record: Record) -> str:
    value = (record.value or b"").decode()  # JSON on one line: no text of the world can end the event
    return f"id: {record.offset}\nevent: alert\ndata: {value}\n\n"
