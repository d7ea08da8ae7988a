"""Who may use which route, over a real socket: tokens, a trusted proxy's word, and programs on this machine."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.requests import Request

from stream.web.access import Access, Caller, Proxies, Role
from tests.stream.web.api_site import Site

HOOK = {"kind": "webhook", "address": "https://receiver.example/hook"}
HERE = (ip_network("127.0.0.0/8"),)
GROUPS = {Role.READER: ("reader",), Role.LABELLER: ("labeller", "staff"), Role.OPERATOR: ("operator",)}
TOKENS = {Role.READER: "r", Role.LABELLER: "l"}
LOCAL = Access("", loopback=True)


def tried(site: Site, headers: dict[str, str]) -> list[int]:
    """The statuses of reading, labelling and operating."""
    return [
        site.ask("GET", "/api/subscriptions", headers=headers)[0],
        site.ask("POST", "/api/labels", {"item": "i", "is": ["a"]}, headers)[0],
        site.ask("PUT", "/api/subscriptions/team", {"themes": ["a"], "channel": HOOK}, headers)[0],
    ]


@pytest.fixture
def serve(tmp_path: Path):
    sites: list[Site] = []

    def made(access: Access) -> Site:
        folder = tmp_path / str(len(sites))
        folder.mkdir()
        sites.append(Site(folder, access))
        return sites[-1]

    yield made
    for site in sites:
        site.close()


@pytest.mark.parametrize(
    ("header", "statuses"),
    [
        ("", [401, 401, 401]),
        ("Bearer r", [200, 403, 403]),
        ("Bearer l", [200, 201, 403]),
        ("bearer o", [200, 201, 201]),
        ("BEARER  o", [200, 201, 201]),
        ("Bearer", [401, 401, 401]),
        ("Basic o", [401, 401, 401]),
        ("Bearer x", [401, 401, 401]),
    ],
)
def test_a_token_has_a_role(serve, header, statuses):
    site = serve(Access("o", loopback=False, tokens=TOKENS))
    assert tried(site, {"Authorization": header} if header else {}) == statuses


@pytest.mark.parametrize(
    ("user", "groups", "statuses"),
    [
        ("ann", "reader", [200, 403, 403]),
        ("ann", "other, staff", [200, 201, 403]),
        ("ann", "reader,operator", [200, 201, 201]),
        ("ann", "", [403, 403, 403]),
        ("ann", "operators", [403, 403, 403]),
        ("", "operator", [401, 401, 401]),
        ("an\tn", "operator", [401, 401, 401]),
        ("a" * 300, "operator", [401, 401, 401]),
    ],
)
def test_a_trusted_proxy_names_user_and_groups(serve, user, groups, statuses):
    site = serve(Access("", loopback=False, proxies=Proxies(HERE, groups=GROUPS)))
    assert tried(site, {"X-Forwarded-User": user, "X-Forwarded-Groups": groups}) == statuses


def test_a_label_is_by_whom_the_proxy_names(serve):
    site = serve(Access("", loopback=False, proxies=Proxies(HERE, groups=GROUPS)))
    for name in ("ann", "アン"):
        headers = {"X-Forwarded-User": name.encode().decode("latin-1"), "X-Forwarded-Groups": "labeller"}
        assert site.post("/api/labels", {"item": "i", "is": ["a"], "who": "bob"}, headers)[0] == 201
    assert [label.who for label in site.labels] == ["ann", "アン"]


@pytest.mark.parametrize("loopback", [True, False])
def test_nobody_else_is_believed_to_be_a_proxy(serve, loopback):
    elsewhere = Proxies((ip_network("10.0.0.0/8"),), groups=GROUPS)
    site = serve(Access("o", loopback=loopback, proxies=elsewhere))
    headers = {"X-Forwarded-User": "ann", "X-Forwarded-Groups": "operator", "X-Forwarded-For": "10.0.0.1"}
    assert tried(site, headers) == [401, 401, 401]


def test_what_came_through_a_proxy_is_not_of_this_machine(serve):
    site = serve(LOCAL)
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert tried(site, {header: "for=127.0.0.1"}) == [403, 403, 403]
    assert tried(site, {}) == [200, 201, 201]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a@localhost", "10.0.0.1", ""]
)
def test_a_name_that_leads_here_is_not_ours(serve, host):
    assert tried(serve(LOCAL), {"Host": host}) == [403, 403, 403]
    token = {"Authorization": "Bearer o"}
    if host != "10.0.0.1":
        assert tried(serve(Access("o", loopback=False)), {"Host": host, **token}) == [403, 403, 403]


def test_it_answers_to_the_names_that_it_is_given(serve):
    site = serve(Access("o", loopback=False, hosts=("tw.example",)))
    for host in ("tw.example", "TW.example:8080", "tw.example.", "192.0.2.7", "[2001:db8::1]:80"):
        assert tried(site, {"Host": host, "Authorization": "Bearer o"})[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_no_page_of_another_site_asks_in_a_persons_name(serve, headers):
    assert tried(serve(LOCAL), headers) == [403, 403, 403]
    people = {"X-Forwarded-User": "ann", "X-Forwarded-Groups": "operator"}
    behind = serve(Access("", loopback=False, proxies=Proxies(HERE, groups=GROUPS)))
    assert tried(behind, {**headers, **people}) == [403, 403, 403]


def test_a_page_of_ours_may_ask_and_a_link_may_lead_here(serve):
    site = serve(LOCAL)
    own = {"Host": f"localhost:{site.port}", "Origin": f"http://localhost:{site.port}", "Sec-Fetch-Site": "same-origin"}
    assert tried(site, own) == [200, 201, 201]
    form = {**own, "Origin": "null"}  # as Chromium sends one of a page without referrers
    assert tried(site, form) == [200, 201, 200]  # which is there by now
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert tried(site, followed) == [200, 403, 403]


def test_every_operation_has_a_role_and_the_document_says_it(serve):
    site = serve(Access("o", loopback=False))
    for path, methods in site.ask("GET", "/api/openapi.json")[1]["paths"].items():
        for method, said in methods.items():
            assert said["description"].startswith("For the role ")
            at = path.replace("{theme}", "a").replace("{", "").replace("}", "")
            assert site.ask(method.upper(), at)[0] == 401, (method, path)


def test_a_label_of_a_signed_link_is_a_subscribers_unless_the_proxy_says_who_it_is():
    proxied = Access("o", loopback=True, proxies=Proxies(HERE, groups=GROUPS))
    ann = {"host": "localhost", "x-forwarded-user": "ann", "x-forwarded-groups": "labeller"}
    for headers, caller in (
        ({"host": "localhost"}, Caller(Role.SUBSCRIBER)),
        (ann, Caller(Role.SUBSCRIBER)),  # a page of another site may have led a labeller here
        ({**ann, "sec-fetch-site": "same-origin"}, Caller(Role.LABELLER, "ann")),
        ({"host": "localhost", "authorization": "Bearer o"}, Caller(Role.OPERATOR)),
        ({"host": "localhost", "authorization": "Bearer x"}, Caller(Role.SUBSCRIBER)),
    ):
        assert proxied.by_link(asked("POST", headers)) == caller
    assert LOCAL.by_link(asked("POST", {"host": "localhost"})) == Caller(Role.SUBSCRIBER)


def test_a_proxy_is_known_on_a_socket_for_both_versions():
    behind = Access("", loopback=False, proxies=Proxies(HERE, groups=GROUPS))
    headers = {"host": "10.0.0.1", "x-forwarded-user": "ann", "x-forwarded-groups": "reader", "x-forwarded-for": "a, b"}
    for address, known in (("::ffff:127.0.0.9", True), ("127.0.0.9", True), ("::ffff:10.0.0.9", False), ("::1", False)):
        request = asked("GET", headers, address)
        assert behind.proxies.have(request) == known
        assert behind.proxies.client(request) == ("b" if known else address.removeprefix("::ffff:"))


def asked(method: str, headers: dict[str, str], client: str = "127.0.0.1") -> Request:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/", "headers": pairs, "client": (client, 9)}
    return Request({**scope, "server": ("127.0.0.1", 80), "scheme": "http", "query_string": b""})
