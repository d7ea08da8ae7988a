"""What clients may take of the server, over real sockets: some let it wait, leave, crowd it, or ask without end."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from stream.web import Served, WebServer, application, bind
from stream.web.connections import Patience
from stream.web.limits import AT_ONCE, MOST_CLIENTS, MOST_HEAD_BYTES, Buckets, Limited
from stream.web.problems import telling
from stream.web.room import Room
from tests.stream.backends import until

LARGE = 4 << 20


async def large(_: Request) -> Response:
    return Response(b"x" * LARGE)


async def endless(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * (1 << 16)
            await asyncio.sleep(0)  # so that it hears that the client has gone

    return StreamingResponse(parts())


async def taken(request: Request) -> Response:
    return Response(str(len(await request.body())))


ROUTES = [Route("/large", large), Route("/endless", endless), Route("/taken", taken, methods=["POST"])]


@contextmanager
def serving(room: Room, patience: Patience | None = None) -> Iterator[Callable[..., socket.socket]]:
    """What connects, and sends this."""
    bound = bind("127.0.0.1:0")
    server = WebServer(application(CollectorRegistry, lambda: {"tag": ""}, Served(ROUTES)), bound, room, patience)
    with ExitStack() as stack:
        stack.callback(server.close)

        def connect(sent: bytes = b"") -> socket.socket:
            client = stack.enter_context(socket.create_connection(bound.getsockname(), 30))
            with suppress(ConnectionError):  # what it is told may come before it has sent all
                client.sendall(sent)
            return client

        yield connect


def answer(client: socket.socket) -> bytes:
    """All that it is sent until it is cut."""
    found = b""
    try:
        while part := client.recv(1 << 16):
            found += part
    except ConnectionResetError:
        pass
    return found


def asked(path: str, head: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n".encode()


POSTED = b"POST /taken HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HTTP/1.1\r\nHost: loc", POSTED, POSTED + b"some", asked("/live").replace(b"close", b"keep-alive")],
)
def test_a_client_that_lets_us_wait_is_cut(sent):
    room = Room()
    with serving(room, Patience(0.2, 0.2, 0.2)) as connect:
        found = answer(connect(sent))
        assert (b" 200 " in found) == (b"/live" in sent)
        until(lambda: not len(room))


def test_who_does_not_read_the_answer_is_cut_and_who_reads_slowly_is_not():
    room = Room()
    with serving(room, Patience(reader=0.5)) as connect:
        idle = connect(asked("/endless"))
        assert idle.recv(12) == b"HTTP/1.1 200"
        until(lambda: not len(room))
        assert len(answer(connect(asked("/large")))) > LARGE


@pytest.mark.parametrize("how", ["unfinished heads", "unfinished bodies", "nothing"])
def test_a_crowd_keeps_nobody_out(how):
    sent = {"unfinished heads": b"GET / HTTP/1.1\r\nX: ", "unfinished bodies": POSTED, "nothing": b""}[how]
    room = Room(most=40, most_each=40)
    with serving(room) as connect:
        crowd = [connect(sent) for _ in range(120)]
        for path, says in (("/live", b"live"), ("/ready", b'"ready":true')):
            found = answer(connect(asked(path)))
            assert found.startswith(b"HTTP/1.1 200 ")
            assert says in found
        assert len(room) <= 40
        assert answer(crowd[0]) == b""  # which had waited longest


def test_who_is_being_answered_is_not_cut_for_another():
    room = Room(most=1)
    guest, other = Someone("192.0.2.1"), Someone("192.0.2.2")
    assert room.enter(guest)
    room.waits(guest, False)
    assert not room.enter(other)
    assert (len(room), guest.ended, other.ended) == (1, False, False)
    room.waits(guest, True)
    assert room.enter(other)
    assert (len(room), guest.ended) == (1, True)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "", True),
    ],
)
def test_an_address_has_its_own_share(first, second, shared):
    room = Room(most=9, most_each=1)
    guest = Someone(first)
    room.enter(guest)
    assert room.enter(Someone(second))
    assert guest.ended == shared


class Someone:
    def __init__(self, address: str) -> None:
        self.address = address
        self.ended = False

    def cut(self) -> None:
        self.ended = True


def test_a_client_that_leaves_in_the_middle_of_a_body_writes_nothing(caplog):
    caplog.set_level(logging.WARNING)
    room = Room()
    with serving(room) as connect:
        for _ in range(3):
            connect(POSTED + b"some").close()
        assert answer(connect(asked("/live"))).startswith(b"HTTP/1.1 200 ")
        until(lambda: not len(room))
    assert caplog.records == []


def test_a_head_has_an_end():
    with serving(Room()) as connect:
        for longer in (1, 1000):  # read at once, and in parts
            found = answer(connect(asked("/live", f"X: {'x' * MOST_HEAD_BYTES * longer}\r\n")))
            assert b" 431 " in found or b" 400 " in found or not found
        assert b" 200 " in answer(connect(asked("/live", f"X: {'x' * 8000}\r\n")))


def test_who_asks_without_end_is_told_to_wait_and_health_answers():
    with serving(Room()) as connect:
        client = connect()
        for _ in range(int(AT_ONCE) + 400):
            client.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.sendall(asked("/nothing"))
        told = answer(client)
        assert told.count(b" 404 ") >= AT_ONCE
        assert b" 429 " in told
        assert b"retry-after: 1\r\n" in told.lower()
        assert b" 200 " in answer(connect(asked("/ready")))


def test_a_bucket_fills_up_again_and_a_guess_costs_more():
    buckets = Buckets(a_second=2, at_once=4)
    assert [buckets.take("a", 0) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert buckets.take("b", 0) == 0
    assert buckets.take("a", 0.5) == 0
    assert buckets.take("c", 0, cost=4) == 0
    assert buckets.take("c", 1) == 0
    for number in range(MOST_CLIENTS + 5):
        buckets.take(str(number), 2)
    assert len(buckets) == MOST_CLIENTS


@pytest.mark.parametrize(
    ("method", "path", "headers", "refused"),
    [
        ("GET", "/", [(b"authorization", b"Bearer x")], 7),
        ("GET", "/", [], 0),
        ("POST", "/login", [], 7),
        ("GET", "/login", [], 0),
    ],
)
def test_a_guess_at_a_token_costs_more_than_none(method, path, headers, refused):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=401)(scope, receive, send)

    statuses: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    limited = Limited(app, buckets=Buckets(a_second=1e-9, at_once=50))
    asked = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    scope = {**asked, "headers": headers, "client": ("a", 1)}
    for _ in range(10):
        asyncio.run(limited(scope, None, send))
    assert statuses.count(429) == refused


@pytest.mark.parametrize(("accept", "path", "told"), [
    (b"text/html,*/*;q=0.8", "/items", b"429 too many requests: ask again later"),
    (b"text/html,*/*;q=0.8", "/api/items", b'{"type":"about:blank","title":"Too Many Requests"'),
    (b"*/*", "/items", b'{"type":"about:blank","title":"Too Many Requests"'),
])  # fmt: skip
def test_who_reads_is_told_in_words_to_wait_and_programs_by_problem_details(accept, path, told):
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    in_words = telling(lambda _, status, why: Response(f"{status} {why}"))
    limited = Limited(Response(), buckets=Buckets(a_second=1, at_once=0), told=in_words)
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    headers = [(b"host", b"localhost"), (b"accept", accept)]
    asyncio.run(limited({**scope, "headers": headers, "client": ("a", 1)}, None, send))
    assert sent[1]["body"].startswith(told)
    assert dict(sent[0]["headers"])[b"retry-after"] == b"2"


def test_every_answer_forbids_scripts_and_frames():
    with serving(Room()) as connect:
        for path in ("/live", "/nothing"):
            head = answer(connect(asked(path))).lower()
            assert b"content-security-policy: default-src 'none'; frame-ancestors 'none'" in head
            assert b"x-content-type-options: nosniff" in head
            assert b"\r\nserver:" not in head
