"""A web server on loopback that says exactly the bytes that a test gives it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from tests.serving import accepting


def answer(body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {size}", *headers, "", ""]).encode("latin-1") + body


@dataclass
class Web:
    """The running server: `answers` by path, and what was asked of it."""

    port: int = 0
    answers: dict[str, bytes | Callable[["Web", socket.socket], None]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)  # set when the test has ended
    answering: threading.local = field(default_factory=threading.local)  # `request`: its number, by thread

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def header(self, name: str, request: int = -1) -> str | None:
        for line in self.requests[request].split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


def silence(web: Web, sock: socket.socket) -> None:
    web.over.wait()


def drip(head: bytes) -> Callable[[Web, socket.socket], None]:
    """Sends the head, then a byte now and then until the test has ended."""

    def act(web: Web, sock: socket.socket) -> None:
        sock.sendall(head)
        while not web.over.wait(0.02):
            sock.sendall(b"x")

    return act


def close(web: Web, sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_RDWR)


def then_close(data: bytes) -> Callable[[Web, socket.socket], None]:
    def act(web: Web, sock: socket.socket) -> None:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_RDWR)

    return act


def _head(reader: BinaryIO) -> str:
    """The head of the next request, its body passed over; "" at the end of the connection."""
    lines = []
    while (line := reader.readline()) not in (b"", b"\r\n"):
        lines.append(line)
    size = [int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")]
    reader.read(sum(size))
    return b"".join(lines).decode("latin-1") if line else ""


@contextmanager
def serve(wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock) -> Iterator[Web]:
    """A server; an unknown path gets 404, an action that returns leaves the connection open for the next request."""
    web = Web()
    socks: list[socket.socket] = []
    numbering = threading.Lock()

    def talk(raw: socket.socket) -> None:
        with numbering:
            web.connections += 1
        with suppress(OSError), wrap(raw) as sock:
            socks.append(sock)
            reader = sock.makefile("rb")
            while text := _head(reader):
                with numbering:
                    web.answering.request = len(web.requests)
                    web.requests.append(text)
                said = web.answers.get(text.split(" ")[1], answer(status="404 Not Found"))
                sock.sendall(said) if isinstance(said, bytes) else said(web, sock)

    with accepting(talk, web.over) as web.port:
        try:
            yield web
        finally:
            web.over.set()
            for sock in socks:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
