"""The API of subscriptions over a real socket, on a real stream."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from stream.records import Subscription, decode
from stream.web.access import Access
from tests.stream.backends import read_all
from tests.stream.web.api_site import Site

PATH = "/api/subscriptions/team"
WISH = {"themes": ["a"], "webhook": "https://receiver.example/hook"}


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def written(site: Site) -> list[Subscription | None]:
    records = read_all(site.log, "subscriptions")
    return [decode(record.value, Subscription) if record.value else None for record in records]


def test_a_subscription_comes_changes_and_goes(site: Site):
    status, made = site.ask("PUT", PATH, {**WISH, "revision": 0})
    assert (status, made["revision"], made["id"]) == (201, 1, "team")
    filters = {
        "languages": ["fr"],
        "words": ["chip", "/ieee 8.*/"],
        "quiet": "22:00-07:00",
        "zone": "Asia/Tokyo",
        "cap": 3,
    }
    status, made = site.ask("PUT", PATH, {**WISH, **filters, "revision": 1})
    assert (status, made["revision"]) == (200, 2)
    assert site.ask("GET", PATH) == (200, made)
    assert site.ask("GET", "/api/subscriptions") == (200, [made])
    assert {name: made[name] for name in filters} == filters
    assert site.ask("DELETE", PATH) == (204, None)
    assert site.ask("GET", PATH)[0] == 404
    assert site.ask("DELETE", PATH)[0] == 404
    assert [one.revision if one else None for one in written(site)] == [1, 2, None]


@pytest.mark.parametrize("of", [{"mail": "a@x.example, b@x.example"}, {"apprise": "env:CHAT"}])
def test_mail_and_chats_are_channels_too(site: Site, of):
    status, made = site.ask("PUT", PATH, {"themes": ["a"], **of})
    assert (status, made["webhook"], {name: made[name] for name in of}) == (201, "", of)


def test_who_is_a_fallback_stays_until_nobody_relies_on_it(site: Site):
    ops = "/api/subscriptions/ops"
    site.ask("PUT", ops, {**WISH, "mail": "a@x.example", "webhook": ""})
    assert site.ask("PUT", PATH, {**WISH, "fallback": "ops"})[1]["fallback"] == "ops"
    assert site.ask("PUT", ops, {**WISH, "fallback": "team"})[0] == 200
    status, answer = site.ask("DELETE", ops)
    assert (status, "is the fallback of team" in answer["error"]) == (409, True)
    site.ask("PUT", PATH, WISH)
    assert site.ask("DELETE", ops)[0] == 204


def test_no_answer_repeats_what_may_be_a_secret(site: Site):
    for of in ({"apprise": "slack://hunter2"}, {"webhook": WISH["webhook"], "secret": "hunter2"}):
        assert "hunter2" not in str(site.ask("PUT", PATH, {"themes": ["a"], **of}))


def test_an_update_that_has_an_older_revision_in_mind_is_refused(site: Site):
    site.ask("PUT", PATH, WISH)
    site.ask("PUT", PATH, WISH)
    for seen in (0, 1, 3):
        status, answer = site.ask("PUT", PATH, {**WISH, "revision": seen})
        assert status == 409
        assert "stands at revision 2" in answer["error"]
    assert len(written(site)) == 2


def test_of_those_who_saw_the_same_revision_one_wins(site: Site):
    site.ask("PUT", PATH, WISH)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: site.ask("PUT", PATH, {**WISH, "revision": 1})[0], range(8)))
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
        ({"secret": "hunter2"}, "by reference"),
        ({"webhook": "ftp://receiver.example/"}, "cannot be delivered to"),
        ({"webhook": ""}, "it has no channel"),
        ({"mail": "a@x.example"}, "it has webhook and mail"),
        ({"webhook": "", "mail": "a@x.example", "secret": "env:S"}, "signs webhooks only"),
        ({"webhook": "", "mail": "A <a@x.example>"}, "no mail address"),
        ({"webhook": "", "apprise": "slack://hunter2"}, "by reference"),
        ({"webhook": "", "apprise": "env:"}, "by reference"),
        ({"fallback": "team"}, "its own fallback"),
        ({"fallback": "ops"}, "no subscription 'ops'"),
        ({"cap": -1}, "0 or more"),
        ({"wrods": ["a"]}, "wrods"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_writes_nothing(site: Site, of, says):
    status, answer = site.ask("PUT", PATH, {**WISH, **of})
    assert (status, says in answer["error"]) == (422, True), answer
    assert written(site) == []


def test_a_name_that_could_be_taken_for_two_is_refused(site: Site):
    assert site.ask("PUT", "/api/subscriptions/a%2Fb", WISH)[0] in (404, 422)
    assert site.ask("PUT", "/api/subscriptions/%20", WISH)[0] == 422
    assert written(site) == []


def test_the_document_says_what_may_be_asked(site: Site):
    status, document = site.ask("GET", "/api/openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    put = document["paths"]["/api/subscriptions/{name}"]["put"]
    assert "409" in put["responses"]
    reference = put["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert "quiet" in document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
    assert set(document["paths"]["/api/labels"]) == {"post"}


def test_beyond_loopback_it_needs_the_token(tmp_path):
    site = Site(tmp_path, Access("", loopback=False))
    assert site.ask("GET", "/api/subscriptions")[0] == 403
    assert site.ask("PUT", PATH, WISH)[0] == 403
    site.close()
