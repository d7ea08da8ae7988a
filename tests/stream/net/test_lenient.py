"""What browsers pass over in an answer is passed over, and what is in doubt stays an error."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.net.guard import networks, parse_url
from stream.net.http import Client, HttpError
from stream.net.lenient import Lenient
from tests.webserver import answer, serve, then_close

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


@pytest.fixture
def web():
    with serve() as server:
        yield server


@pytest.fixture
def client():
    own = Client(allowed=networks(["127.0.0.0/8"]), connect_timeout=5, read_timeout=5)
    yield own
    own.close()


def get(client: Client, url: str) -> tuple[str, bytes]:
    with client.send("GET", parse_url(url), deadline=time.monotonic() + 5) as response:
        return response.header("x-own"), b"".join(response.body())


@pytest.mark.parametrize(
    "said",
    [
        HEAD + b"what is this\r\n\r\nbody",
        HEAD + b'"X-Quoted: line"\r\n\r\nbody',
        HEAD + "X-Naïve: 1\r\n\r\nbody".encode(),
        HEAD + b": no name\r\nX Y: 2\r\n\tand on\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\n folded\r\nContent-Length: 4\r\n\r\nbody",
        HEAD + b"X-Nul: a\0b\x07\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nContent-Length : 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4, 4\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 4\r\n\r\nbody",
        b"\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 4\n\nbody",
        b"http/1.1 200\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1  200  \xd0\x9e\xd0\x9a \x01\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/2 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 100 Continue\r\nodd line\r\n\r\n" + HEAD + b"\r\nbody",
        CHUNKED + b"\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
        CHUNKED + b"\r\n0004  ;name=value\r\nbody\r\n000\r\nX-Trailer: 1\r\nodd\r\n\r\n",
        CHUNKED + b"\r\n2\nbo\n2\ndy\n0\n\n",
        CHUNKED + b"\r\n2\r\nbo2\r\ndy0\r\n\r\n",
        CHUNKED + b"Transfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
    ],
)
def test_odd_answers_are_read_and_their_connection_is_kept(web, client, said):
    web.answers["/"] = said
    assert get(client, web.base + "/")[1] == b"body"
    assert get(client, web.base + "/")[1] == b"body"
    assert web.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        CHUNKED + b"\r\n4\r\nbody\r\n0\r\n",
        CHUNKED + b"\r\n4\r\nbody\r\n0",
        CHUNKED + b"\r\n4\r\nbody0",
        CHUNKED + b"\r\n4\r\nbody\r\n0\r\nX-Trailer: cut",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nbody",
    ],
)
def test_the_end_of_the_connection_is_the_end_of_such_a_body(web, client, said):
    web.answers["/"] = then_close(said)
    assert get(client, web.base + "/")[1] == b"body"


@pytest.mark.parametrize(
    "said",
    [
        b"\r\n4\r\nbody\r\n",
        b"\r\n4\r\nbody",
        b"\r\n9\r\nbody0\r\n\r\n",
        b"\r\n4\r\nbody\r\nzz\r\n",
        b"\r\n",
        b"\r\n0x4\r\nbody\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_is_not_known_to_be_whole_is_an_error(web, client, said):
    web.answers["/"] = then_close(CHUNKED + said)
    with pytest.raises(HttpError) as caught:
        get(client, web.base + "/")
    assert caught.value.kind in ("connection", "protocol")


def test_values_stay_what_they_are(web, client):
    web.answers["/"] = answer(b"", "X-Own:  caf\xe9: a\tb ", "X-Own: 2")
    assert get(client, web.base + "/")[0] == "caf\xe9: a\tb, 2"


@given(st.binary(max_size=60), st.integers(1, 9))
def test_a_body_comes_out_the_same_however_it_is_cut(body, size):
    chunks = b"".join(b"%X\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    wire = CHUNKED + b"X-Odd\r\n\r\n" + chunks + b"0\r\n\r\n"
    lenient = Lenient()
    told = b"".join(lenient.feed(wire[at : at + size]) for at in range(0, len(wire), size))
    head, _, rest = told.partition(b"\r\n\r\n")
    assert b"X-Odd" not in head
    out, left = b"", rest
    while (line := left.partition(b"\r\n"))[0] != b"0":
        length = int(line[0], 16)
        out, left = out + line[2][:length], line[2][length + 2 :]
    assert (out, lenient.clean) == (body, True)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
def test_any_bytes_are_taken(pieces):
    lenient = Lenient()
    for piece in pieces:
        lenient.feed(piece)
    lenient.feed(b"")


def test_many_tiny_chunks_cost_no_more_than_their_bytes():
    lenient = Lenient()
    lenient.feed(CHUNKED + b"\r\n")
    assert len(lenient.feed(b"1\r\nx\r\n" * 100_000)) == 6 * 100_000  # with copies of the rest it would take minutes
