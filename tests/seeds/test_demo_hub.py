"""The demo's hub: it verifies who asks, tells what has changed, signed, and calls nobody but this machine."""

import hmac
import socket
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from seeds.demo_hub import DemoHub
from tests.webserver import Web, answer, serve


def form(web: Web, **other: str) -> bytes:
    asked = {"callback": f"{web.base}/callback", "mode": "subscribe", "topic": "t", "secret": "s", **other}
    return urlencode({f"hub.{name}": value for name, value in asked.items()}).encode()


def test_who_has_asked_is_told_of_each_change_once():
    looks, signatures = list[str](), list[str | None]()

    def changed(topic: str) -> float:
        looks.append(topic)
        return min(len(looks) - 1, 1)  # it changes once it has been looked at

    def act(web: Web, sock: socket.socket) -> None:
        line = web.requests[web.answering.request].split("\r\n")[0].split(" ")
        if line[0] == "GET":
            sock.sendall(answer(parse_qs(urlsplit(line[1]).query)["hub.challenge"][0].encode()))
            return
        signatures.append(web.header("x-hub-signature", web.answering.request))
        sock.sendall(answer(status="202 Accepted"))
        web.over.set()

    hub = DemoHub(changed)
    with serve() as web:
        web.answers = _Any(act)
        hub.start()
        assert hub.take(form(web))
        assert web.over.wait(60)
        hub.close()
    assert signatures == [f"sha256={hmac.new(b's', b't', 'sha256').hexdigest()}"]


class _Any(dict):
    """Whatever is asked for is answered so."""

    def __init__(self, act) -> None:
        super().__init__()
        self._act = act

    def get(self, path, default=None):
        return self._act


@pytest.mark.parametrize("other", [{"callback": "http://192.0.2.1/"}, {"callback": "x"}, {"mode": "publish"}])
def test_what_it_is_not_for_is_refused(other):
    hub = DemoHub(lambda _: 0.0)
    with serve() as web:
        assert not hub.take(form(web, **other))
        assert web.connections == 0
