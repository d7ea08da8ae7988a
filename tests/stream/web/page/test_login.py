"""Logging in with a token, and out; whoever is not known is told what to do, whatever they ask for."""

import http.client
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from stream.units import DAY
from stream.web.access import Access, Proxies, Role
from stream.web.limits import AT_ONCE
from stream.web.sessions import COOKIE, LASTS, Sessions
from tests.stream.web.page.some_page import NOW, Page

TOKENS = {Role.READER: "r", Role.LABELLER: "l"}


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


class Browser:
    """Keeps the cookie that it was given, and sends it as a browser does."""

    def __init__(self, page: Page) -> None:
        self.port, self.cookie, self.given = page.port, "", ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str, str]:
        """The status, where it leads, and what is shown."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            sent["Cookie"] = f"{COOKIE}={self.cookie}"
        body = None if form is None else urllib.parse.urlencode(form)
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        shown = answer.read().decode()
        self.headers = dict(answer.getheaders())
        if "set-cookie" in self.headers:
            self.given = self.headers["set-cookie"]
            self.cookie = self.given.partition(";")[0].partition("=")[2].strip('"')
        connection.close()
        return answer.status, self.headers.get("location", ""), shown

    def log_in(self, token: str, back: str = "/", **headers: str) -> tuple[int, str]:
        return self.ask("POST", "/login", {"token": token, "back": back}, **headers)[:2]

    def status(self, path: str = "/", **headers: str) -> int:
        return self.ask("GET", path, **headers)[0]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def serve(tmp_path: Path, clock: Clock) -> Iterator:
    pages: list[Page] = []

    def made(access: Access, key: bytes = b"a key") -> Browser:
        folder = tmp_path / str(len(pages))
        folder.mkdir()
        pages.append(Page(folder, replace(access, sessions=Sessions(lambda: key, clock))))
        return Browser(pages[-1])

    yield made
    for page in pages:
        page.close()


BEYOND = Access("o", loopback=False, tokens=TOKENS)


def test_who_is_not_known_is_asked_for_a_token_and_comes_back_to_what_they_wanted(serve):
    browser = serve(BEYOND)
    status, _, shown = browser.ask("GET", "/items?q=chips&lang=en")
    assert (status, browser.headers["www-authenticate"]) == (401, "Bearer")
    assert 'value="/items?q=chips&amp;lang=en"' in shown
    assert 'type="password"' in shown
    assert browser.log_in("r", "/items?q=chips&lang=en") == (303, "/items?q=chips&lang=en")
    status, _, shown = browser.ask("GET", "/items?q=chips&lang=en")
    assert (status, 'action="/logout"' in shown) == (200, True)


@pytest.mark.parametrize(
    ("token", "statuses"), [("r", [200, 403, 403]), ("l", [200, 303, 403]), ("o", [200, 303, 303])]
)
def test_a_session_has_the_role_of_its_token(serve, token, statuses):
    browser = serve(BEYOND)
    assert browser.log_in(token) == (303, "/")
    assert [
        browser.status("/"),
        browser.ask("POST", "/label/say", {"item": "i", "none": "1"})[0],
        browser.ask("POST", "/subscriptions/mute", {"name": "s", "days": "1", "back": "/"})[0],
    ] == statuses


def test_who_may_not_do_something_is_told_that_another_token_may(serve):
    browser = serve(BEYOND)
    browser.log_in("r")
    shown = browser.ask("POST", "/subscriptions/mute", {"name": "s", "days": "1"})[2]
    assert "for the role operator" in shown
    assert 'href="/login"' in shown
    shown = serve(Access("", loopback=True)).ask("GET", "/", Host="evil.example")[2]
    assert 'href="/login"' not in shown


def test_the_cookie_is_for_our_own_pages_only_and_behind_https_for_https_only(serve):
    browser = serve(BEYOND)
    browser.log_in("r")
    parts = {part.strip().lower() for part in browser.given.split(";")}
    assert {"httponly", "samesite=strict", "path=/", f"max-age={LASTS // 1000}"} <= parts
    assert "secure" not in parts
    browser.log_in("r", X_Forwarded_Proto="https")
    assert "secure" in {part.strip().lower() for part in browser.given.split(";")}


def test_a_session_ends_in_time_with_its_token_and_by_logging_out(serve, clock):
    browser = serve(BEYOND)
    browser.log_in("l")
    clock.now += LASTS - 1
    assert browser.status() == 200
    clock.now += 1
    assert browser.status() == 401
    browser.log_in("l")
    for access in (
        replace(BEYOND, tokens={**TOKENS, Role.LABELLER: "new"}),
        replace(BEYOND, tokens={Role.READER: "r"}),
    ):
        other = serve(access)
        other.cookie = browser.cookie
        assert other.status() == 401
    other = serve(BEYOND, key=b"another key")
    other.cookie = browser.cookie
    assert other.status() == 401
    assert browser.ask("POST", "/logout", {})[:2] == (303, "/login")
    assert (browser.cookie, browser.status()) == ("", 401)


def test_a_cookie_that_was_changed_or_made_up_is_none(serve, clock):
    browser = serve(BEYOND)
    browser.log_in("r")
    role, expires, signature = browser.cookie.split(".")
    for cookie in (
        f"{Role.OPERATOR:d}.{expires}.{signature}", f"{role}.{int(expires) + DAY}.{signature}", f"{role}.{expires}.",
        f"{role}.{expires}", "", ".", "..", f"{role}.{expires}.{'é' * 64}", f"{role}.{'9' * 5_000}.{signature}",
        f"{'9' * 5_000}.{expires}.{signature}", f"²{role}.{expires}.{signature}",
    ):  # fmt: skip
        browser.cookie = urllib.parse.quote(cookie, safe=".")
        assert browser.status() == 401, cookie


def test_a_wrong_token_is_refused_and_many_are_too_many(serve):
    browser = serve(BEYOND)
    status, _, shown = browser.ask("POST", "/login", {"token": "<wrong>", "back": "//evil.example"})
    assert (status, browser.cookie) == (401, "")
    assert "no token of this service" in shown
    assert "wrong&gt;" not in shown
    assert "evil.example" not in shown
    statuses = {browser.log_in("guess")[0] for _ in range(int(AT_ONCE))}
    assert statuses == {401, 429}


@pytest.mark.parametrize(
    "back", ["//evil.example", "//[", "/\t/evil.example", "/\\evil.example", "https://evil.example", ""]
)
def test_nobody_is_led_elsewhere_by_logging_in(serve, back):
    browser = serve(BEYOND)
    assert browser.log_in("r", back) == (303, "/")
    asked = browser.ask("GET", f"/login?back={urllib.parse.quote(back)}")
    assert (asked[0], 'name="back" value="/"' in asked[2]) == (200, True)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}])
def test_no_page_of_another_site_logs_anybody_in_or_out_or_acts(serve, headers):
    browser = serve(BEYOND)
    assert browser.log_in("r", **headers)[0] == 403
    browser.log_in("o")
    mute = {"name": "s", "days": "1", "back": "/"}
    assert browser.ask("POST", "/subscriptions/mute", mute, **headers)[0] == 403
    browser.ask("POST", "/logout", {}, **headers)
    assert browser.status() == 200


def test_after_a_link_of_another_site_our_own_page_asks_once_more_with_the_cookie(serve):
    browser = serve(BEYOND)
    browser.ask("GET", "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
    assert browser.headers["refresh"] == "0"
    browser.ask("GET", "/", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="navigate")
    assert "refresh" not in browser.headers


def test_without_a_token_it_is_said_how_else_one_gets_in(serve):
    nets = (ip_network("127.0.0.0/8"),)
    browser = serve(Access("", loopback=False, proxies=Proxies(nets, groups={Role.READER: ("staff",)})))
    status, _, shown = browser.ask("GET", "/")
    assert (status, "Come through the proxy" in shown, "password" in shown) == (401, True, False)
    assert browser.log_in("")[0] == 404
    assert browser.status("/", X_Forwarded_User="ann", X_Forwarded_Groups="staff") == 200


def test_on_this_machine_nobody_logs_in(serve):
    browser = serve(Access("", loopback=True))
    assert browser.status() == 200
    browser.cookie = "4.9999999999999.00"  # of another service on this machine
    assert browser.status() == 200
