"""Atom feeds by their signed addresses: in readers that know no token, until they are revoked."""

import urllib.error
import urllib.request

import feedparser
import pytest
from msgspec.structs import replace

from stream.index.session import open_index
from stream.log.records import Out
from stream.records import encode
from stream.web.access import Access
from tests.stream.index.test_search import Index, tagged
from tests.stream.stories.test_stages import alert
from tests.stream.web.api_site import Site

HOOK = {"kind": "webhook", "address": "https://receiver.example/hook"}
TOKEN = {"Authorization": "Bearer secret"}
THEME, TEAM = "/api/themes/a/atom", "/api/subscriptions/team/atom"


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("secret", loopback=False))
    for number, (theme, title) in enumerate([("a", "A chip"), ("b", "A plug"), ("a", "A court")]):
        told = replace(alert(), id=f"a{number}", theme=theme, title=title, alerted_at=number)
        made.log.append([Out(f"alerts.{theme}", told.id, encode(told))])
    made.ask("PUT", "/api/subscriptions/team", {"themes": ["a", "b"], "not_words": ["court"], "channel": HOOK}, TOKEN)
    yield made
    made.close()


def path_of(site: Site, api: str, method: str = "GET") -> str:
    status, told = site.ask(method, api, headers=TOKEN)
    assert (status, told["atom"].startswith("https://tw.example/atom/")) == (200, True)
    return told["atom"].removeprefix("https://tw.example")


def read(site: Site, path: str, **headers: str) -> tuple[int, list[str], str]:
    """As a reader does, which has no token."""
    asked = urllib.request.Request(f"http://127.0.0.1:{site.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            found = feedparser.parse(answer.read())
            assert not found.bozo
            return answer.status, [entry.title for entry in found.entries], answer.headers["ETag"]
    except urllib.error.HTTPError as error:
        return error.code, [], ""


def test_a_reader_needs_nothing_but_the_address(site: Site):
    status, titles, tag = read(site, path_of(site, THEME))
    assert (status, titles) == (200, ["A court", "A chip"])
    assert read(site, path_of(site, THEME), **{"If-None-Match": tag})[0] == 304
    assert read(site, path_of(site, TEAM))[:2] == (200, ["A plug", "A chip"])
    assert read(site, "/alerts/a.atom")[0] == 401


@pytest.mark.parametrize("api", [THEME, TEAM])
def test_one_that_is_revoked_is_gone_and_the_new_one_is_good(site: Site, api):
    old, other = path_of(site, api), path_of(site, TEAM if api == THEME else THEME)
    new = path_of(site, api, "DELETE")
    assert old != new == path_of(site, api)
    assert [read(site, path)[0] for path in (old, new, other)] == [410, 200, 200]
    newest = path_of(site, api, "DELETE")
    assert [read(site, path)[0] for path in (old, new, newest)] == [410, 410, 200]


def test_an_address_is_good_for_its_own_feed_only(site: Site):
    path = path_of(site, THEME)
    signature = path.rpartition("/")[2]
    for other in (
        path.replace("/a/", "/b/"),
        path.replace("/theme/", "/subscription/"),
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.replace("/0-", "/1-"),
        path.replace("/0-", f"/{'9' * 5_000}-"),
        f"/atom/theme/a/{signature[2:]}",
        "/atom/theme/a/%00",
        "/atom/theme/z/0-x",
        "/atom/pigeon/a/0-x",
    ):
        assert read(site, other)[0] in (403, 404), other


def test_a_subscription_that_is_gone_has_no_feed_and_one_that_is_muted_has(site: Site):
    path = path_of(site, TEAM)
    site.ask("PUT", "/api/subscriptions/team", {"themes": ["b"], "muted_until": 10**12, "channel": HOOK}, TOKEN)
    assert read(site, path)[:2] == (200, ["A plug"])
    site.ask("DELETE", "/api/subscriptions/team", headers=TOKEN)
    assert read(site, path)[0] == 404
    assert site.ask("GET", TEAM, headers=TOKEN)[0] == 404
    assert site.ask("GET", "/api/themes/z/atom", headers=TOKEN)[0] == 404


SEARCH = "/api/search/atom?q=chips&decision=tagged"


@pytest.fixture
def searched(site: Site):
    db = open_index(site.index)
    Index(db).take(
        *(tagged(f"i{n}", f"Item {n} of chips", 1000 * n, ["t"] * (n % 2)) for n in range(1, 5)),
        tagged("x", "Something <else>", 9_000, ["t"]),
    )
    yield site
    db.close()


def test_a_search_is_a_feed_of_the_newest_items_that_it_finds_until_it_is_revoked(searched: Site):
    path = path_of(searched, SEARCH)
    status, titles, tag = read(searched, path)
    assert (status, titles) == (200, ["Item 3 of chips", "Item 1 of chips"])
    assert read(searched, path, **{"If-None-Match": tag})[0] == 304
    assert path == path_of(searched, "/api/search/atom?decision=tagged&q=chips&lang=")  # one search has one address
    new = path_of(searched, SEARCH, "DELETE")
    assert [read(searched, each)[0] for each in (path, new)] == [410, 200]
    assert len(read(searched, path_of(searched, "/api/search/atom"))[1]) == 5


def test_an_address_of_a_search_is_good_for_that_search_only(searched: Site):
    path, other = path_of(searched, SEARCH), path_of(searched, "/api/search/atom?q=else")
    (*_, name, signature), (*_, wrong, _) = path.split("/"), other.split("/")
    for each in (f"/atom/search/{wrong}/{signature}", f"/atom/search/{name}=/{signature}", "/atom/search/e30/0-x"):
        assert read(searched, each)[0] == 403
    assert searched.ask("GET", "/api/search/atom?decision=perhaps", headers=TOKEN)[0] == 422
    assert searched.ask("GET", SEARCH)[0] == 401
