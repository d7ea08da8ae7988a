"""The pages behind the links in deliveries, over a real socket, on a real stream."""

import base64
import hashlib
import html
import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response

from stream.delivering.feedback import LASTS, Ticket, digest_token, links_by_alert, token_of
from stream.log.records import Out
from stream.records import Destination, Opinion, Outbound, Source, Subscription, decode, encode
from stream.units import DAY
from stream.web.access import Access, Role
from stream.web.sessions import Sessions
from tests.stream.backends import read_all
from tests.stream.stories.test_stages import alert
from tests.stream.web.api_site import ITEM, KEY, Site

TEAM = Subscription(
    id="team",
    revision=3,
    themes=("a",),
    threshold=0.5,
    updates=True,
    channel=Destination("webhook", "https://example.org/hook"),
    words=("x",),
)
TICKET = Ticket("right", "team", "a1", "a", "i", 100)
NOW = 7  # of the site's clock
OPINION = Opinion("<team>", "subscriber", "a", right=False, counts=False, at=5)


def made(tmp_path, title: str = ITEM.title, **of: Any) -> Site:
    """A site beyond loopback, behind a token: neither matters to a link."""
    site = Site(tmp_path, Access("secret", loopback=False), msgspec.structs.replace(ITEM, title=title, **of))
    site.log.append([Out("subscriptions", "team", encode(TEAM))])
    return site


@pytest.fixture
def site(tmp_path):
    found = made(tmp_path)
    yield found
    found.close()


def link(key: str = KEY, **of: Any) -> str:
    return "/feedback/" + token_of(msgspec.structs.replace(TICKET, **of), key.encode())


def ask(site: Site, method: str, path: str, form: str = "", **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Host": "themewire.example", "Origin": "null"}
    connection.request(method, path, form or None, {**kind, **{n.replace("_", "-"): v for n, v in headers.items()}})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, answer.headers


def text(page: str) -> str:
    """What a reader sees of a page."""
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", page, flags=re.DOTALL))


def standing(site: Site) -> Subscription:
    return [decode(record.value, Subscription) for record in read_all(site.log, "subscriptions")][-1]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("what", ["right", "wrong", "mute"])
def test_who_only_looks_changes_nothing(site: Site, method, what):
    for _ in range(3):
        assert ask(site, method, link(what=what))[0] == 200
    assert site.labels == []
    assert standing(site) == TEAM


def test_the_page_says_what_a_click_will_do_and_posts_to_itself(site: Site):
    right, wrong = (ask(site, "GET", link(what=what))[1] for what in ("right", "wrong"))
    assert "Press the button to confirm that A title belongs to the theme a." in text(right)
    assert "Press the button to confirm that A title does not belong to the theme a." in text(wrong)
    assert '<form method="post"><button>' in right
    assert "mute the subscription team" in text(ask(site, "GET", link(what="mute"))[1])


def test_the_page_runs_nothing_loads_nothing_and_is_not_found(site: Site):
    for method, path in (("GET", link()), ("GET", link(what="mute")), ("POST", link()), ("GET", "/feedback/none")):
        _, page, headers = ask(site, method, path)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1].encode()
        assert f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'" in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["X-Robots-Tag"], headers["Referrer-Policy"], headers["Cache-Control"]) == (
            "noindex",
            "no-referrer",
            "no-store",
        )
        assert not re.search(r"<script|\bsrc=|\bhref=|\bstyle=|\bon\w+=|url\(|@import", page)


@pytest.mark.parametrize(("what", "yes", "no"), [("right", ("a",), ()), ("wrong", (), ("a",))])
def test_a_click_is_a_label_in_the_name_of_the_subscription(site: Site, what, yes, no):
    status, page, _ = ask(site, "POST", link(what=what))
    assert (status, "Thank you" in page) == (200, True)
    (label,) = site.labels
    assert (label.item, label.yes, label.no, label.who, label.origin, label.at) == (
        ITEM,
        yes,
        no,
        "subscription team",
        "link",
        NOW,
    )


def test_a_click_is_a_subscribers_word_on_its_alert_and_two_subscriptions_of_one_receiver_are_one_voice(site: Site):
    twin = msgspec.structs.replace(TEAM, id="twin")
    elsewhere = msgspec.structs.replace(TEAM, id="elsewhere", channel=Destination("webhook", "https://other.example/"))
    site.log.append([Out("subscriptions", each.id, encode(each)) for each in (twin, elsewhere)])
    for name in ("team", "twin", "elsewhere"):
        assert ask(site, "POST", link(what="wrong", subscription=name))[0] == 200
    assert {(label.standing, label.alert) for label in site.labels} == {("subscriber", "a1")}
    team, same, other = (label.receiver for label in site.labels)
    assert team == same != other
    assert "example" not in team


def test_the_page_says_what_an_answer_does_by_itself_and_who_has_spoken(site: Site):
    once = "once 2 subscribers give the same answer or a labeller confirms it"
    for method in ("GET", "POST"):
        wrong, right = (text(ask(site, method, link(what=what))[1]) for what in ("wrong", "right"))
        assert "This subscription will get no more updates of the alert." in wrong
        assert "no more updates" not in right
        assert once in wrong
        assert once in right
    assert "So far" not in text(ask(site, "GET", link())[1])
    site.reindex(opinions=(OPINION, msgspec.structs.replace(OPINION, theme="b", who="of another theme")))
    page = text(ask(site, "GET", link())[1])
    assert "So far:<team> says that it is not of a, which counts for that subscription only" in page
    assert "of another theme" not in page


def test_two_clicks_are_one_label_and_a_change_of_mind_is_another(site: Site):
    ask(site, "POST", link())
    assert "counts once" in ask(site, "POST", link())[1]
    assert len(site.labels) == 1
    for what in ("wrong", "wrong", "right"):
        ask(site, "POST", link(what=what))
    assert [bool(label.yes) for label in site.labels] == [True, False, True]
    assert len({label.id for label in site.labels}) == 3


def test_clicks_at_the_same_moment_are_one_label(site: Site):
    with ThreadPoolExecutor(8) as pool:
        assert {status for status, _, _ in pool.map(lambda _: ask(site, "POST", link()), range(8))} == {200}
    assert len(site.labels) == 1


@pytest.mark.parametrize(("form", "days"), [("days=1", 1), ("days=7", 7), ("days=30", 30), ("", 7), ("other=1", 7)])
def test_a_mute_is_a_revision_that_leaves_all_else_as_it_is(site: Site, form, days):
    status, page, _ = ask(site, "POST", link(what="mute"), form)
    assert (status, "is muted until" in text(page)) == (200, True)
    assert standing(site) == msgspec.structs.replace(TEAM, revision=4, muted_until=NOW + days * DAY)


def test_a_receiver_that_is_gone_stays_gone_when_it_is_muted(site: Site):
    ended = msgspec.structs.replace(TEAM, revision=4, ended="the receiver answered 410")
    site.log.append([Out("subscriptions", "team", encode(ended))])
    ask(site, "POST", link(what="mute"))
    assert (standing(site).revision, standing(site).ended) == (5, "the receiver answered 410")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        (link(expires=NOW), 410, "expired"),
        (link("another key, as long as ours"), 403, "broken"),
        (link()[:-1], 403, "broken"),
        ("/feedback/2" + link()[len("/feedback/1") :], 403, "another version"),
        (link(subscription="gone"), 404, "no subscription 'gone'"),
        (link(what="mute", subscription="gone"), 404, "no subscription 'gone'"),
        (link(theme="gone"), 404, "no theme 'gone' any more"),
        (link(item="gone"), 404, "not in the index"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_writes_nothing(site: Site, method, path, status, says):
    code, page, _ = ask(site, method, path)
    assert (code, says in text(page)) == (status, True), text(page)
    assert "<form" not in page
    assert (site.labels, standing(site)) == ([], TEAM)


@pytest.mark.parametrize(
    ("form", "status"), [("days=2", 422), ("days=-7", 422), ("days=9999999", 422), ("x" * 5000, 413)]
)
def test_a_form_that_is_not_ours_is_refused(site: Site, form, status):
    assert ask(site, "POST", link(what="mute"), form)[0] == status
    assert standing(site) == TEAM


HOSTILE = "</q></title><script>alert(1)</script><img src=x onerror=alert(1)>\" ' & \u202e"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hostile_title_is_text(tmp_path, method):
    site = made(tmp_path, HOSTILE, lang='"><script>')
    _, page, _ = ask(site, method, link())
    site.close()
    assert "<script" not in page
    assert "<img" not in page
    assert HOSTILE in text(page)


def test_no_word_of_a_link_is_html(site: Site):
    for of in ({"subscription": "<b>x</b>"}, {"theme": "<b>x</b>"}):
        assert "<b>x</b>" not in ask(site, "GET", link(**of))[1]


def test_where_there_is_no_index_yet_it_says_so(site: Site, tmp_path):
    (tmp_path / "index.db").unlink()
    status, page, _ = ask(site, "POST", link())
    assert (status, "no index yet" in page) == (503, True)


def test_links_leave_the_api_behind_its_token(site: Site):
    assert site.ask("GET", "/api/subscriptions")[0] == 401


DIGEST = Outbound(
    delivery="ab" * 16,
    subscription="team",
    revision=3,
    alerts=tuple(
        msgspec.structs.replace(
            alert(),
            id=f"a{n}",
            theme="a",
            title=f"Title <{n}>",
            sources=(Source("Wire", "https://wire.example/", "i"),),
        )
        for n in range(3)
    ),
    why="held back",
    at=1,
)


def test_a_digest_leads_to_a_page_with_the_feedback_links_of_each_alert(site: Site):
    site.log.append([Out("outbox", "team", encode(DIGEST))])
    links = links_by_alert("https://tw.example", KEY.encode(), DIGEST)
    path = links["a1"]["page"].removeprefix("https://tw.example").partition("#")[0]
    status, body, headers = ask(site, "GET", path)
    assert (status, headers["X-Robots-Tag"]) == (200, "noindex")
    assert body.count('<section id="') == 3
    assert "Title &lt;2&gt;" in body
    for found in links.values():
        for what in ("right", "wrong"):
            assert f'href="{found[what]}"' in body
    assert body.count("Mute this subscription") == 1
    assert len(path) < 60
    site.reindex(opinions=(OPINION,))
    said = ask(site, "GET", path)[1]
    assert "<team>" not in said
    assert text(said).count("Said so far: <team> says that it is not of a, which counts for that subscription") == 3


def test_a_digest_link_that_is_broken_foreign_old_or_of_nothing_shows_nothing(site: Site):
    token = digest_token(DIGEST, KEY.encode())
    assert ask(site, "GET", f"/digest/{token}")[0] == 404  # it is in no outbox
    site.log.append([Out("outbox", "team", encode(msgspec.structs.replace(DIGEST, at=NOW - LASTS)))])
    assert ask(site, "GET", f"/digest/{token}")[0] == 410
    for other in (token[:-1], token[:-2] + "AA", digest_token(DIGEST, b"another key"), "x", "%00"):
        assert ask(site, "GET", f"/digest/{other}")[0] == 403
    assert ask(site, "POST", f"/digest/{token}", "days=1")[0] == 405


@pytest.mark.parametrize(("role", "standing"), [(Role.READER, "subscriber"), (Role.LABELLER, "labeller")])
def test_what_a_labeller_answers_is_a_labellers_word(tmp_path, role, standing):
    """By a token, or logged in on a page of ours; a reader has the word of the subscription, as anybody has."""
    sessions = Sessions(KEY.encode, lambda: NOW)
    tokens = {Role.READER: "r", Role.LABELLER: "l"}
    site = Site(tmp_path, Access("o", loopback=False, tokens=tokens, sessions=sessions))
    site.log.append([Out("subscriptions", "team", encode(TEAM))])
    given = Response()
    sessions.begin(Request({"type": "http", "path": "/", "headers": []}), given, role, tokens[role])
    cookie = {"Host": "localhost", "Cookie": given.headers["set-cookie"].partition(";")[0]}
    own, elsewhere = {**cookie, "Sec_Fetch_Site": "same-origin"}, {**cookie, "Sec_Fetch_Site": "cross-site"}
    assert ("You are a labeller here" in ask(site, "GET", link(), **own)[1]) == (standing == "labeller")
    for headers in (elsewhere, own, own, {"Host": "localhost", "Authorization": f"Bearer {tokens[role]}"}):
        assert ask(site, "POST", link(), **headers)[0] == 200
    said = [(label.who, label.standing, label.contrary, bool(label.receiver)) for label in site.labels]
    subscriber, labeller = ("subscription team", "subscriber", False, True), ("link", "labeller", True, False)
    assert said == ([subscriber, labeller] if standing == "labeller" else [subscriber])
    site.close()


def test_a_link_of_another_site_is_asked_once_more_by_our_own_page_where_people_log_in(tmp_path):
    site = Site(tmp_path, Access("o", loopback=False, sessions=Sessions(KEY.encode, lambda: NOW)))
    followed = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    for headers, again in ((followed, "0"), ({}, None)):
        assert ask(site, "GET", link(), **headers)[2]["Refresh"] == again
    site.close()
