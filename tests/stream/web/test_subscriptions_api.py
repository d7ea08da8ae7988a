"""The API of subscriptions over a real socket, on a real stream."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from msgspec.structs import replace

from stream.log.records import Out
from stream.records import Subscription, decode, encode
from stream.web.access import Access
from tests.stream.backends import read_all
from tests.stream.web.api_site import Site

PATH = "/api/subscriptions/team"
HOOK = {"kind": "webhook", "address": "https://receiver.example/hook"}
BODY = {"themes": ["a"], "channel": HOOK}


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def written(site: Site) -> list[Subscription | None]:
    records = read_all(site.log, "subscriptions")
    return [decode(record.value, Subscription) if record.value else None for record in records]


def test_a_subscription_comes_changes_and_goes(site: Site):
    status, made = site.ask("PUT", PATH, {**BODY, "revision": 0})
    assert (status, made["revision"], made["id"]) == (201, 1, "team")
    filters = {
        "languages": ["fr"],
        "words": ["chip", "/ieee 8.*/"],
        "quiet": "22:00-07:00",
        "zone": "Asia/Tokyo",
        "cap": 3,
    }
    status, made = site.ask("PUT", PATH, {**BODY, **filters, "revision": 1})
    assert (status, made["revision"]) == (200, 2)
    assert site.ask("GET", PATH) == (200, made)
    assert site.ask("GET", "/api/subscriptions") == (200, {"items": [made], "next": None})
    assert {name: made[name] for name in filters} == filters
    assert site.ask("DELETE", PATH) == (204, None)
    assert site.ask("GET", PATH)[0] == 404
    assert site.ask("DELETE", PATH)[0] == 404
    assert [one.revision if one else None for one in written(site)] == [1, 2, None]


def test_what_becomes_of_related_alerts_is_one_of_three_choices_and_a_thread_by_default(site: Site):
    assert site.ask("PUT", PATH, BODY)[1]["related"] == "thread"
    for choice in ("separate", "thread", "fold"):
        assert site.ask("PUT", PATH, {**BODY, "related": choice})[1]["related"] == choice
    status, answer = site.ask("PUT", PATH, {**BODY, "related": "hide"})
    assert (status, "related" in answer["detail"]) == (422, True)


@pytest.mark.parametrize(("kind", "address"), [("mail", "a@x.example, b@x.example"), ("apprise", "env:CHAT")])
def test_mail_and_chats_are_channels_too(site: Site, kind, address):
    status, made = site.ask("PUT", PATH, {"themes": ["a"], "channel": {"kind": kind, "address": address}})
    assert (status, made["channel"]) == (201, {"kind": kind, "address": address, "options": {}})


def test_who_is_a_fallback_stays_until_nobody_relies_on_it(site: Site):
    ops = "/api/subscriptions/ops"
    site.ask("PUT", ops, {**BODY, "channel": {"kind": "mail", "address": "a@x.example"}})
    assert site.ask("PUT", PATH, {**BODY, "fallback": "ops"})[1]["fallback"] == "ops"
    assert site.ask("PUT", ops, {**BODY, "fallback": "team"})[0] == 200
    status, answer = site.ask("DELETE", ops)
    assert (status, "is the fallback of team" in answer["detail"]) == (409, True)
    site.ask("PUT", PATH, BODY)
    assert site.ask("DELETE", ops)[0] == 204


def test_no_answer_repeats_what_may_be_a_secret(site: Site):
    chat = {"kind": "apprise", "address": "slack://hunter2"}
    for channel in (chat, {**HOOK, "options": {"secret": "hunter2"}}):
        assert "hunter2" not in str(site.ask("PUT", PATH, {"themes": ["a"], "channel": channel}))


def test_an_update_that_has_an_older_revision_in_mind_is_refused(site: Site):
    site.ask("PUT", PATH, BODY)
    site.ask("PUT", PATH, BODY)
    for seen in (0, 1, 3):
        status, answer = site.ask("PUT", PATH, {**BODY, "revision": seen})
        assert status == 409
        assert "is at revision 2" in answer["detail"]
    assert len(written(site)) == 2


def test_of_those_who_saw_the_same_revision_one_wins(site: Site):
    site.ask("PUT", PATH, BODY)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: site.ask("PUT", PATH, {**BODY, "revision": 1})[0], range(8)))
    assert sorted(found) == [200, *[409] * 7]


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ({"themes": []}, "asks for nothing"),
        ({"themes": ["z"]}, "no theme 'z'"),
        ({"events": ["feed dead"]}, "no event 'feed dead'"),
        ({"threshold": 2}, "no probability"),
        ({"words": ["/(/"]}, "is refused"),
        ({"languages": ["English"]}, "language code"),
        ({"quiet": "22:00"}, "HH:MM-HH:MM"),
        ({"digest": ["8"]}, "no time of day"),
        ({"zone": "Mars"}, "no time zone"),
        ({"words": ["a"], "not_words": ["a"]}, "could never match"),
        ({"channel": {**HOOK, "options": {"secret": "hunter2"}}}, "by reference"),
        ({"channel": {**HOOK, "address": "ftp://receiver.example/"}}, "cannot be delivered to"),
        ({"channel": {**HOOK, "address": ""}}, "needs an address"),
        ({"channel": {"kind": "pigeon", "address": "coop"}}, "no channel 'pigeon'; there are: webhook, mail"),
        ({"channel": {"kind": "mail", "address": "a@x.example", "options": {"secret": "env:S"}}}, "no option 'secret'"),
        ({"channel": {"kind": "mail", "address": "A <a@x.example>"}}, "no mail address"),
        ({"channel": {"kind": "apprise", "address": "slack://hunter2"}}, "by reference"),
        ({"channel": {"kind": "apprise", "address": "env:"}}, "by reference"),
        ({"channel": {"kind": "apprise", "address": "env:A,env:B"}}, "one address a reference"),
        ({"channel": {**HOOK, "secret": "env:S"}}, "secret"),
        ({"fallback": "team"}, "its own fallback"),
        ({"fallback": "ops"}, "no subscription 'ops'"),
        ({"cap": -1}, "0 or more"),
        ({"wrods": ["a"]}, "wrods"),
        ({"words": [f"w{n}" for n in range(60_000)]}, "60,000 words, and at most 500"),
        ({"not_words": ["w" * 300]}, "one of the not words has 300 characters"),
        ({"words": [f"/{n}/" for n in range(60)]}, "60 words that are regular expressions"),
        ({"sources": ["s"] * 501}, "at most 500"),
        ({"themes": ["a"] * 300}, "at most 200"),
        ({"digest": ["08:00"] * 25}, "at most 24"),
        ({"zone": "A" * 10_000}, "the zone has 10,000"),
        ({"contract": [{"title": "t", "alerts": True}] * 201}, "201 items in its contract"),
        ({"contract": [{"title": "t" * 1_001, "alerts": True}]}, "of title"),
        ({"channel": {"kind": "mail", "address": ",".join(["a@x.example"] * 21)}}, "at most 20 addresses"),
        ({"channel": {"kind": "mail", "address": ",".join(["a@x.example"] * 20_000)}}, "at most 2,000"),
        ({"channel": {**HOOK, "address": f"https://x.example/{'a' * 3_000}"}}, "at most 2,000"),
        ({"channel": {**HOOK, "options": {f"o{n}": "" for n in range(99)}}}, "at most 10"),
        ({"muted_until": 9_223_372_036_854_775_807}, "from 1970 to 9999"),
        ({"channel": {**HOOK, "address": "https://u:p@x.example/"}}, "by reference"),
        ({"channel": {**HOOK, "options": {"secret": "file:/etc/shadow"}}}, "the folder deliver.secrets_dir"),
        ({"channel": {"kind": "apprise", "address": "file:/etc/shadow"}}, "the folder deliver.secrets_dir"),
        ({"muted_until": -1}, "from 1970 to 9999"),
        ({"cap": 10**15}, "at most 1,000,000"),
        ({"fallback": "a\x1b[31m"}, "control characters"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_writes_nothing(site: Site, of, says):
    status, answer = site.ask("PUT", PATH, {**BODY, **of})
    assert (status, says in answer["detail"]) == (422, True), answer
    assert written(site) == []


def test_a_record_that_cannot_be_read_hides_no_other(site: Site):
    """Of which one has a moment that no calendar has, from when that was not refused."""
    site.ask("PUT", PATH, BODY)
    late = replace(written(site)[0], id="late", muted_until=2**63 - 1)
    site.log.append([Out("subscriptions", "odd", b'{"id": 7}'), Out("subscriptions", "late", encode(late))])
    status, found = site.ask("GET", "/api/subscriptions")
    assert (status, [each["id"] for each in found["items"]]) == (200, ["late", "team"])
    assert site.ask("PUT", "/api/subscriptions/odd", BODY)[0] == 201


def test_a_name_that_could_be_taken_for_two_is_refused(site: Site):
    assert site.ask("PUT", "/api/subscriptions/a%2Fb", BODY)[0] in (404, 422)
    assert site.ask("PUT", "/api/subscriptions/%20", BODY)[0] == 422
    assert written(site) == []


def test_the_document_says_what_may_be_asked(site: Site):
    status, document = site.ask("GET", "/api/openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    put = document["paths"]["/api/subscriptions/{name}"]["put"]
    assert "409" in put["responses"]
    reference = put["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    fields = document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
    assert fields["quiet"]["description"].startswith("Quiet hours")
    own = {"v", "id", "ended"}  # of the record: nobody says them
    assert set(fields) == {field.name for field in msgspec.structs.fields(Subscription)} - own
    assert set(document["paths"]["/api/labels"]) == {"get", "post"}


def test_beyond_loopback_it_needs_the_token(tmp_path):
    site = Site(tmp_path, Access("", loopback=False))
    assert site.ask("GET", "/api/subscriptions")[0] == 403
    assert site.ask("PUT", PATH, BODY)[0] == 403
    site.close()
