"""A connection of the web server: uvicorn's, but how long we wait for a client, and how many there are, has an end."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from stream.web.room import Room

__all__ = ["LimitedConnection", "Patience"]

BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 21\r\nRetry-After: 5\r\n"
    b"Connection: close\r\n\r\ntoo many connections\n"
)


@dataclass(frozen=True)
class Patience:
    """For how many seconds we wait for a request, for its body, and for somebody who does not read our answer."""

    request: float = 10
    body: float = 30
    reader: float = 30


class _For(Enum):
    """What a connection waits for."""

    REQUEST = auto()
    BODY = auto()
    READER = auto()
    NOBODY = auto()


class LimitedConnection(H11Protocol):
    """A subclass for each server has its `room`, and ends what takes longer than its `patience`."""

    room: ClassVar[Room]
    patience: ClassVar[Patience] = Patience()
    address = ""
    _waits = _For.NOBODY
    _unread = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Takes its place, or is told that there is none."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if self.room.enter(self):
            self._look()
        else:
            transport.write(BUSY)
            transport.close()
            self._wait_for(_For.REQUEST)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gives its place back."""
        self.room.leave(self)
        self._wait_for(_For.NOBODY)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """The answer is written."""
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        self._look()

    def cut(self) -> None:
        """Ends it at once."""
        self.transport.abort()

    def _look(self) -> None:
        if self.flow.write_paused:
            self._wait_for(_For.READER)
        elif self.cycle is None or self.cycle.response_complete:
            self._wait_for(_For.REQUEST)
        else:
            self._wait_for(_For.BODY if self.cycle.more_body else _For.NOBODY)

    def _wait_for(self, what: _For) -> None:
        if what is self._waits:
            return
        self._waits = what
        self.room.waits(self, what is not _For.NOBODY)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._waits is not _For.NOBODY:
            self._unread = self.transport.get_write_buffer_size()
            self._timer = self.loop.call_later(getattr(self.patience, self._waits.name.lower()), self._over)

    def _over(self) -> None:
        """Cuts it, unless it goes on reading what it was sent, however slowly."""
        if 0 < self.transport.get_write_buffer_size() < self._unread:
            self._arm()
        else:
            self.cut()
