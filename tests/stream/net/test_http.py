"""The guarded client against servers on loopback."""

import socket
import ssl
import threading
import time

import pytest

from stream.net.guard import networks, parse_url
from stream.net.http import Client, HttpError, Response
from stream.net.keep_alive import Idle
from stream.net.trust import trusting
from tests.certificates import Authority
from tests.webserver import answer, close, drip, serve, silence, then_close

LOOPBACK = networks(["127.0.0.0/8"])


@pytest.fixture
def web():
    with serve() as server:
        yield server


@pytest.fixture
def client():
    own = Client(allowed=LOOPBACK, connect_timeout=5, read_timeout=5)
    yield own
    own.close()


def get(client: Client, url: str, seconds: float = 5.0, **more) -> tuple[int, bytes]:
    with client.send("GET", parse_url(url), deadline=time.monotonic() + seconds, **more) as response:
        return response.status, b"".join(response.body())


def failure(client: Client, url: str, seconds: float = 5.0, **more) -> HttpError:
    with pytest.raises(HttpError) as caught:
        get(client, url, seconds, **more)
    return caught.value


def test_gets_a_body_and_keeps_the_connection(web, client):
    web.answers["/a"] = answer(b"hello", "X-One: 1", "X-One: 2")
    with client.send("GET", parse_url(web.base + "/a"), [("X-Own", "yes ")], deadline=time.monotonic() + 5) as response:
        assert (response.status, response.header("x-one")) == (200, "1, 2")
        assert b"".join(response.body()) == b"hello"
    assert get(client, web.base + "/a") == (200, b"hello")
    assert web.connections == 1
    assert (web.header("host", 0), web.header("x-own", 0)) == (f"127.0.0.1:{web.port}", "yes")


def test_posts_a_body(web, client):
    web.answers["/hook"] = answer(b"", status="202 Accepted")
    for _ in range(2):
        deadline = time.monotonic() + 5
        with client.send("POST", parse_url(web.base + "/hook"), body=b"12345", deadline=deadline) as response:
            assert (response.status, web.header("content-length")) == (202, "5")
    assert web.connections == 1


def test_an_unread_body_that_has_come_does_not_cost_the_connection(web, client):
    web.answers["/gone"] = answer(b"no such page", status="404 Not Found")
    for _ in range(2):
        with client.send("GET", parse_url(web.base + "/gone"), deadline=time.monotonic() + 5) as response:
            assert response.status == 404
            next(response.body())
    assert web.connections == 1


def test_an_answer_that_nobody_asked_for_is_never_read(web, client):
    web.answers["/twice"] = answer(b"asked") + answer(b"smuggled")
    assert get(client, web.base + "/twice") == (200, b"asked")
    assert get(client, web.base + "/twice") == (200, b"asked")
    assert web.connections == 2


def test_a_connection_closed_while_idle_is_replaced(web, client):
    web.answers["/once"] = then_close(answer(b"x"))
    assert [get(client, web.base + "/once") for _ in range(3)] == [(200, b"x")] * 3


def test_a_kept_connection_whose_server_reads_no_more_does_not_cost_the_next_request(web):
    """A load balancer may forget a connection without a word: a request on it gets no answer, and no refusal."""
    client = Client(allowed=networks(["127.0.0.0/8"]), connect_timeout=5, read_timeout=0.3)
    asked = []

    def once_a_connection(server, sock):
        asked.append(sock)
        if asked.count(sock) == 1:
            sock.sendall(answer(b"fresh"))

    web.answers["/a"] = once_a_connection
    assert [get(client, web.base + "/a") for _ in range(3)] == [(200, b"fresh")] * 3
    assert web.connections == 3
    client.close()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (silence, "timeout"),
        (drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), "timeout"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"), "timeout"),
        (drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"), "timeout"),
        (close, "connection"),
        (then_close(b"HTTP/1.1 200 OK\r\nContent-Le"), "connection"),
        (then_close(answer(b"half", length=8)), "connection"),
        (then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), "connection"),
        (b"HELLO THERE\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nwhat\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000, "too_large"),
        (then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf"), "connection"),
        (answer(b"", *["X-H: " + "y" * 40] * 2000), "too_large"),
        (answer(b"", "X-Big: " + "z" * 200_000), "too_large"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 5000, "too_large"),
    ],
)
def test_failures_have_kinds_and_end_at_the_deadline(web, client, said, kind):
    web.answers["/"] = said
    exc = failure(client, web.base + "/", 0.4 if kind == "timeout" else 5)
    assert exc.kind == kind
    assert str(exc).isprintable()


def test_a_read_time_out_ends_a_silence_before_the_deadline(web):
    web.answers["/"] = silence
    client = Client(allowed=LOOPBACK, read_timeout=0.1)
    assert failure(client, web.base + "/", 60).kind == "timeout"


def test_nobody_listening_is_a_connection_failure(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    exc = failure(client, f"http://127.0.0.1:{port}/")
    assert (exc.kind, f"port {port}" in str(exc)) == ("connection", True)


def test_loopback_is_blocked_unless_allowed(web):
    assert failure(Client(), web.base + "/").kind == "blocked"
    assert failure(Client(), f"http://localhost:{web.port}/").kind == "blocked"
    assert web.connections == 0


def test_an_untrusted_request_gains_nothing_from_the_setting_or_from_kept_connections(web, client):
    web.answers["/"] = answer(b"x")
    assert get(client, web.base + "/") == (200, b"x")
    assert failure(client, web.base + "/", trusted=False).kind == "blocked"
    assert len(web.requests) == 1


def resolver(monkeypatch, table):
    """Lets `socket.getaddrinfo` answer from a table of lists that are used up one by one."""
    real = socket.getaddrinfo

    def fake(host, port, family=0, type=0, proto=0, flags=0):
        if flags & socket.AI_NUMERICHOST or host not in table:
            return real(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)
        said = table[host].pop(0)
        return [row for ip in said for row in real(ip, port, family, type, proto, socket.AI_NUMERICHOST)]

    monkeypatch.setattr(socket, "getaddrinfo", fake)


def test_the_addresses_of_a_name_are_checked(web, monkeypatch):
    web.answers["/"] = answer(b"x")
    resolver(monkeypatch, {"in.example.net": [["127.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["10.0.0.1", "::1"]]})
    url = f"http://in.example.net:{web.port}/"
    assert failure(Client(), url).kind == "blocked"
    assert get(Client(allowed=LOOPBACK), url) == (200, b"x")  # the refused one of the two is never tried
    assert failure(Client(allowed=LOOPBACK), url).kind == "blocked"
    assert web.connections == 1


def test_a_name_is_looked_up_once_for_check_and_connection(web, client, monkeypatch):
    web.answers["/"] = answer(b"x")
    table = {"rebind.example.net": [["127.0.0.1"], ["10.0.0.1"]]}
    resolver(monkeypatch, table)
    assert get(client, f"http://rebind.example.net:{web.port}/") == (200, b"x")
    assert table["rebind.example.net"] == [["10.0.0.1"]]


def test_a_look_up_that_hangs_ends_at_the_deadline(client, monkeypatch):
    real, over = socket.getaddrinfo, threading.Event()

    def hang(host, port, family=0, type=0, proto=0, flags=0):
        if not flags & socket.AI_NUMERICHOST:
            over.wait()
        return real(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    assert failure(client, "http://slow.example.net/", 0.2).kind == "timeout"
    over.set()


def test_a_name_that_does_not_exist_is_a_connection_failure(client, monkeypatch):
    resolver(monkeypatch, {})
    assert failure(client, "http://nothing.invalid/").kind == "connection"


def test_a_header_with_a_line_break_is_refused(web, client):
    exc = failure(client, web.base + "/", headers=[("Authorization", "a\r\nX-Evil: s3cret")])
    assert (exc.kind, web.connections) == ("protocol", 0)
    assert "s3cret" not in str(exc)


def test_a_proxy_gets_the_whole_address_and_its_credentials(web):
    web.answers["http://news.example.com/feed"] = answer(b"by proxy")
    client = Client(proxy=f"http://me:pw@127.0.0.1:{web.port}")
    assert get(client, "http://news.example.com/feed") == (200, b"by proxy")
    assert web.header("proxy-authorization") == "Basic bWU6cHc="
    assert failure(client, "http://10.0.0.1/feed").kind == "blocked"
    with pytest.raises(ValueError, match="proxy"):
        Client(proxy="https://127.0.0.1:1")


def test_a_tunnel_that_the_proxy_refuses_is_a_connection_failure(web):
    web.answers["news.example.com:443"] = answer(b"", status="403 Forbidden")
    exc = failure(Client(proxy=f"http://127.0.0.1:{web.port}"), "https://news.example.com/feed")
    assert (exc.kind, "403" in str(exc)) == ("connection", True)


def test_tls_is_verified(tmp_path):
    authority = Authority(tmp_path)
    server = authority.server()
    with serve(lambda sock: server.wrap_socket(sock, server_side=True)) as web:
        web.answers["/"] = answer(b"sealed")
        url = f"https://127.0.0.1:{web.port}/"
        exc = failure(Client(allowed=LOOPBACK), url)
        assert (exc.kind, "not trusted" in str(exc)) == ("connection", True)
        client = Client(allowed=LOOPBACK, context=trusting(authority.file))
        assert [get(client, url) for _ in range(2)] == [(200, b"sealed")] * 2
        assert web.connections == 2
        client.close()


def test_authorities_that_cannot_be_read_are_one_sentence(tmp_path):
    (tmp_path / "none.pem").write_text("no certificate")
    for path in (tmp_path / "none.pem", tmp_path / "missing.pem", tmp_path):
        with pytest.raises(ValueError, match=f"{path} cannot be read as certificates"):
            trusting(path)


def test_the_authorities_of_the_machine_are_read_once_for_all_clients(monkeypatch):
    reads = []
    real = ssl.SSLContext.load_default_certs
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *of: reads.append(of) or real(*of))
    trusting.cache_clear()
    for _ in range(3):
        Client(allowed=LOOPBACK).close()
    assert len(reads) == 1


def test_a_handshake_that_never_comes_ends_at_the_deadline(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        exc = failure(client, f"https://127.0.0.1:{listener.getsockname()[1]}/", 0.2)
    assert exc.kind == "timeout"


def test_many_threads_share_a_client(web, client):
    web.answers["/"] = answer(b"x")
    got: list[tuple[int, bytes]] = []
    threads = [
        threading.Thread(target=lambda: got.extend(get(client, web.base + "/", 30) for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [(200, b"x")] * 160
    assert web.connections <= 8


class Kept:
    def __init__(self) -> None:
        self.closed = False

    def is_quiet(self) -> bool:
        return not self.closed

    def close(self) -> None:
        self.closed = True


def test_idle_connections_are_bounded_and_used_from_the_newest():
    idle: Idle[str, Kept] = Idle(size=2)
    one, two, three = Kept(), Kept(), Kept()
    for connection in (one, two, three):
        idle.put("a", connection)
    assert (one.closed, idle.take("b")) == (True, None)
    assert [idle.take("a") for _ in range(3)] == [three, two, None]
    idle.put("a", two)
    idle.close()
    idle.put("a", three)
    assert (two.closed, three.closed, idle.take("a")) == (True, True, None)


def test_idle_connections_that_are_too_old_are_closed():
    idle: Idle[str, Kept] = Idle(seconds=0.0)
    old = Kept()
    idle.put("a", old)
    assert (idle.take("a"), old.closed) == (None, True)


def test_a_response_left_early_closes_its_connection(web, client):
    web.answers["/long"] = drip(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1000000\r\n\r\n")
    web.answers["/x"] = answer(b"x")
    response: Response = client.send("GET", parse_url(web.base + "/long"), deadline=time.monotonic() + 5)
    with response:
        assert response.header("location") == "/x"
    assert get(client, web.base + "/x") == (200, b"x")
    assert web.connections == 2
