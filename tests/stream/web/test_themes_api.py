"""Themes over HTTP."""

import pytest

from stream.log.records import Out
from stream.records import Subscription, encode
from stream.records.subscription import Destination
from stream.web.access import Access
from tests.stream.web.api_site import Site

ABOUT = "Passenger and car ferries: new routes and cancelled sailings."
PATH = "/api/themes/ferries"


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("", True))
    yield made
    made.close()


def test_a_theme_is_put_changed_listed_and_removed(site):
    status, made = site.ask("PUT", PATH, {"about": ABOUT})
    assert (status, made["id"], made["revision"], made["sure"], made["ships"]) == (201, "ferries", 1, False, False)
    status, changed = site.ask("PUT", PATH, {"about": ABOUT, "name": "Boats"})
    assert (status, changed["name"], changed["revision"]) == (200, "Boats", 2)
    status, page = site.ask("GET", "/api/themes")
    listed = page["items"]
    assert (status, [theme["id"] for theme in listed if not theme["ships"]]) == (200, ["ferries"])
    assert sum(theme["ships"] for theme in listed) == 4
    (mine,) = [theme for theme in listed if theme["id"] == "ferries"]
    assert "head" not in mine
    assert site.ask("GET", PATH)[1] == mine
    assert site.ask("DELETE", PATH)[0] == 204
    assert site.ask("GET", PATH)[0] == 404


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("standards", {"about": ABOUT}, "ships with themewire"),
        ("ferries", {"about": "boats"}, "says too little"),
        ("none", {"about": ABOUT}, "is reserved"),
        ("ferries", {"abuot": ABOUT}, "the body is not what is asked for"),
    ],
)
def test_what_makes_no_sense_is_refused(site, name, body, says):
    status, refused = site.ask("PUT", f"/api/themes/{name}", body)
    assert (status, says in str(refused)) == (422, True)


def test_one_that_is_asked_for_is_removed_by_force_only(site):
    site.ask("PUT", PATH, {"about": ABOUT})
    me = Subscription(
        id="me", revision=1, themes=("ferries",), threshold=0, updates=True, channel=Destination("webhook", "http://a/")
    )
    site.log.append([Out("subscriptions", "me", encode(me))])
    status, refused = site.ask("DELETE", PATH)
    assert (status, "asked for by me" in str(refused)) == (409, True)
    assert site.ask("DELETE", f"{PATH}?force=true")[0] == 204
