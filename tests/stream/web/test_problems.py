"""What is refused over HTTP says why as problem details, whatever refuses it."""

import http.client
import json

import pytest

from stream.web.access import Access
from stream.web.limits import AT_ONCE
from tests.stream.web.api_site import Site

JSON = {"Content-Type": "application/json"}
LABEL = {"item": "i", "is": ["a"]}


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("o", loopback=True))
    yield made
    made.close()


def told(site: Site, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, object]:
    """The problem, and the headers of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": "localhost", "Authorization": "Bearer o", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    problem = json.loads(answer.read())
    connection.close()
    assert answer.getheader("Content-Type") == "application/problem+json"
    assert (problem["type"], problem["status"], problem["title"]) == ("about:blank", answer.status, answer.reason)
    return {**problem, "headers": dict(answer.getheaders())}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "says"),
    [
        ("GET", "/api/subscriptions", {"Authorization": "Bearer x"}, 401, "token"),
        ("GET", "/api/subscriptions", {"Host": "evil.example"}, 403, "localhost"),
        ("GET", "/api/nothing", {}, 404, "nothing at this address"),
        ("GET", "/api/subscriptions/team", {}, 404, "no subscription 'team'"),
        ("PATCH", "/api/subscriptions", {}, 405, "does not take this method"),
        ("POST", "/api/labels", JSON, 411, "Content-Length"),
        ("POST", "/api/labels", {**JSON, "Content-Length": "9999999"}, 413, "at most"),
        ("POST", "/api/labels", {"Content-Type": "text/plain", "Content-Length": "1"}, 415, "must be JSON"),
        ("GET", "/api/subscriptions?limit=0", {}, 422, "limit"),
        ("GET", f"/api/subscriptions?cursor={'a' * 40_000}", {}, 431, "too long"),
        ("GET", "/atom/theme/a/x", {}, 403, "address"),
    ],
)
def test_every_refusal_has_one_form(site: Site, method, path, headers, status, says):
    problem = told(site, method, path, headers)
    assert (problem["status"], says in str(problem["detail"])) == (status, True), problem


def test_a_method_that_an_address_does_not_take_is_refused_with_those_that_it_takes(site: Site):
    problem = told(site, "POST", "/api/subscriptions/team", {})
    assert set(problem["headers"]["allow"].split(", ")) == {"GET", "HEAD", "PUT", "DELETE"}


def test_a_client_that_asks_too_often_is_told_when_to_come_again(site: Site):
    for _ in range(int(AT_ONCE) // 20 + 2):
        problem = told(site, "GET", "/api/subscriptions", {"Authorization": "Bearer guess"})
    while problem["status"] == 401:
        problem = told(site, "GET", "/api/subscriptions", {"Authorization": "Bearer guess"})
    assert (problem["status"], int(problem["headers"]["retry-after"]) > 0) == (429, True)


def test_a_stream_that_cannot_be_read_is_503(site: Site):
    site.index.with_name("stream.db").write_bytes(b"no database")
    for wal in site.index.parent.glob("stream.db-*"):
        wal.unlink()
    assert told(site, "GET", "/api/subscriptions", {})["status"] == 503
