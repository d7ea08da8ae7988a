"""The alerts of a theme for programs without Kafka: GET /alerts/THEME as server-sent events, and as an Atom feed.

An event's id is its offset. A client that comes back with `Last-Event-ID` gets what came after it; where retention has
taken some of that, or the stream is another one, a `reset` event says so first. A new client gets what comes from
then on. /alerts/THEME.atom, or `Accept: application/atom+xml`, is the last record of each of the latest alerts.
"""

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from anyio import CancelScope, CapacityLimiter, WouldBlock, create_task_group
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from stream.log.port import Log, LogError, records
from stream.log.readable import readable_records
from stream.log.records import Record
from stream.log.topics import alerts_topic
from stream.records import Alert
from stream.web.access import RequestRefused, Role
from stream.web.atom import alerts_feed, atom_response
from stream.web.following import Followed
from stream.web.operations import Operation
from stream.web.problems import problem

__all__ = ["AlertsApi", "latest_alerts"]

MOST_CLIENTS = 1_000
BEAT = 50.0  # seconds of silence after which a comment keeps proxies from hanging up, most of which wait for a minute
LATEST = 300  # records, of which the feed shows each alert once


@dataclass(frozen=True)
class AlertsApi:
    """The operations, over this stream, for these themes; once `stopped` is set, every stream of events ends."""

    stream: Log
    themes: Sequence[str]
    stopped: threading.Event = field(default_factory=threading.Event)
    _slots: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(MOST_CLIENTS))
    _followed: dict[str, Followed] = field(default_factory=dict)

    def operations(self) -> list[Operation]:
        """What may be asked."""
        answers = {200: "server-sent events, or an Atom feed", 404: "no such theme", 503: "too many clients"}
        return [
            Operation(
                "GET",
                "/alerts/{theme}",
                "The alerts of a theme, as they come",
                self._show,
                answers,
                gives=str,
                media=("text/event-stream", "application/atom+xml"),
                role=Role.READER,
            ),
        ]

    async def _show(self, request: Request) -> Response:
        name = request.path_params["theme"]
        theme = name.removesuffix(".atom")
        if theme not in self.themes:
            raise RequestRefused(404, f"there is no theme {theme!r}; there are: {', '.join(self.themes)}")
        if theme != name or "application/atom+xml" in request.headers.get("accept", ""):
            latest = await run_in_threadpool(latest_alerts, self.stream, theme)
            return atom_response(request, alerts_feed(theme, latest), str(request.url))
        events = self._events(alerts_topic(theme), _offset(request.headers.get("last-event-id", "")))
        return _Events(events, self._slots)

    async def _events(self, topic: str, last: int | None) -> AsyncIterator[str]:
        try:
            begin, end = await run_in_threadpool(self._span, topic)
            start = end if last is None else last + 1
            yield "retry: 3000\n\n"
            if not begin <= start <= end:
                start = begin
                yield f'event: reset\ndata: {{"first": {begin}}}\n\n'
            if (followed := self._followed.get(topic)) is None:
                followed = self._followed[topic] = Followed(self.stream, topic, self.stopped.is_set)
            async for found in followed.read(start, BEAT):
                yield "".join(_event(record) for record in found if record.value is not None) or ": still here\n\n"
        except LogError as error:
            yield f": the stream cannot be read: {error}\n\n"

    def _span(self, topic: str) -> tuple[int, int]:
        return self.stream.begins([topic])[topic, 0], self.stream.ends([topic])[topic, 0]


def latest_alerts(stream: Log, theme: str) -> list[Alert]:
    """The last record of each of the latest alerts of a theme, the newest first; raises `RequestRefused`."""
    topic, latest = alerts_topic(theme), dict[str, Alert]()
    try:
        start = max(stream.begins([topic])[topic, 0], stream.ends([topic])[topic, 0] - LATEST)
        found = ((record.key, record.value) for record in records(stream, [topic], {(topic, 0): start}))
        for _, alert in readable_records(found, Alert):
            latest.pop(alert.id, None)
            latest[alert.id] = alert
    except LogError as error:
        raise RequestRefused(503, f"the alerts cannot be read: {error}") from error
    return list(reversed(latest.values()))


class _Events(StreamingResponse):
    """Events; a slot is taken when they begin, and given back however they end."""

    def __init__(self, events: AsyncIterator[str], slots: CapacityLimiter) -> None:
        self._slots = slots
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends them until the client has gone, which is heard of at once."""
        if scope["method"] == "HEAD":
            await Response(headers=dict(self.headers))(scope, receive, send)
            return
        try:
            self._slots.acquire_on_behalf_of_nowait(self)
        except WouldBlock:
            full = f"{MOST_CLIENTS} clients follow alerts here already: use Kafka, or try again later"
            await problem(503, full)(scope, receive, send)
            return
        try:
            async with create_task_group() as group:
                group.start_soon(self._until_gone, receive, group.cancel_scope)
                with suppress(OSError):
                    await self.stream_response(send)
                group.cancel_scope.cancel()
        finally:
            self._slots.release_on_behalf_of(self)

    async def _until_gone(self, receive: Receive, scope: CancelScope) -> None:
        await self.listen_for_disconnect(receive)
        scope.cancel()


def _offset(given: str) -> int | None:
    """The offset that a Last-Event-ID is, None where there is none; raises `RequestRefused`."""
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise RequestRefused(422, f"Last-Event-ID is the number of an event, not {given[:30]!r}")
    return int(given)


def _event(record: Record) -> str:
    value = (record.value or b"").decode()  # JSON on one line: no text of the world can end the event
    return f"id: {record.offset}\nevent: alert\ndata: {value}\n\n"
