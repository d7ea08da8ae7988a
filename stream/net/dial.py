"""From a name to a connected socket: look up, check each address, connect to a checked one."""

import queue
import socket
import threading
import time
from collections.abc import Sequence
from typing import Literal

from stream.net.guard import Blocked, Network, check_address

__all__ = ["Dialer", "HttpError", "HttpErrorKind"]

HttpErrorKind = Literal["timeout", "too_large", "connection", "protocol", "blocked"]
_MOST_ADDRESSES = 4

_Address = tuple[socket.AddressFamily, str, tuple[str, int] | tuple[str, int, int, int]]


class HttpError(Exception):
    """A request failed; `kind` says in what way, the text is a sentence for an operator without any secret."""

    def __init__(self, kind: HttpErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind: HttpErrorKind = kind


class Dialer:
    """Connects to checked addresses, for many threads; at most `lookups` look-ups run at a time."""

    def __init__(self, lookups: int = 64) -> None:
        self._slots = threading.BoundedSemaphore(lookups)  # a resolver that hangs must not collect threads without end

    def dial(self, host: str, port: int, end: float, allowed: Sequence[Network] | None) -> socket.socket:
        """A socket connected before `end` (`time.monotonic`); every address is checked, unless `allowed` is None.

        An address that is refused is never tried, and if no other is left the answer is `blocked`: what is checked is
        what is connected to, so nothing is gained by a name that resolves to a mixture or changes between look-ups.
        """
        found = self.look_up(host, port, end)
        addresses = found if allowed is None else _passing(host, found, allowed)
        failure = HttpError("connection", f"{host} has no address")
        for i, (family, ip, address) in enumerate(addresses):
            share = (end - time.monotonic()) / (len(addresses) - i)  # one dead address must not use up the others' time
            if share <= 0:
                raise HttpError("timeout", f"connecting to {host} took too long")
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(share)
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except TimeoutError:
                sock.close()
                failure = HttpError("timeout", f"{host} ({ip}) does not answer on port {port}")
            except OSError as exc:
                sock.close()
                why = exc.strerror or type(exc).__name__
                failure = HttpError("connection", f"cannot connect to {host} ({ip}) port {port}: {why}")
            else:
                return sock
        raise failure

    def look_up(self, host: str, port: int, end: float) -> list[_Address]:
        """The first addresses of a host; the look-up is left behind at `end`."""
        try:
            return _resolve(host, port, socket.AI_NUMERICHOST)
        except OSError:
            pass  # a name, not an address
        late = HttpError("timeout", f"looking up {host} took too long")
        if not self._slots.acquire(timeout=max(0.0, end - time.monotonic())):
            raise late
        answer: queue.SimpleQueue[list[_Address] | Exception] = queue.SimpleQueue()

        def work() -> None:
            try:
                answer.put(_resolve(host, port, 0))
            except Exception as exc:  # carried over to the caller's thread
                answer.put(exc)
            finally:
                self._slots.release()

        threading.Thread(target=work, name="look-up", daemon=True).start()
        try:
            found = answer.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise late from None
        if isinstance(found, (OSError, UnicodeError)):
            raise HttpError("connection", f"the name {host} cannot be resolved")
        if isinstance(found, Exception):
            raise found
        return found


def _resolve(host: str, port: int, flags: int) -> list[_Address]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(row[0], str(row[4][0]), row[4]) for row in rows]  # type: ignore[misc]  # the stub knows bytes, too


def _passing(host: str, found: Sequence[_Address], allowed: Sequence[Network]) -> list[_Address]:
    passing, refusal = [], None
    for row in found:
        try:
            check_address(row[1], allowed)
        except Blocked as exc:
            refusal = exc
        else:
            passing.append(row)
    if refusal and not passing:
        raise HttpError("blocked", f"{host} is refused: {refusal}")
    return passing[:_MOST_ADDRESSES]
