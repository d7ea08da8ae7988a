"""Subscriptions on the page: made and changed by a form, previewed, tested, sent again, given out and removed."""

from collections.abc import Iterator

import msgspec
import pytest

from stream.delivering.channels.registry import CHANNELS
from stream.log.records import Out
from stream.records import ContractItem, Delivery, Destination, Subscription, encode
from stream.subscriptions.fields import field_options
from stream.subscriptions.saved import read_subscriptions
from stream.units import HOUR
from stream.web.access import Access, Role
from stream.web.page import Forecast, Sending, Trial
from stream.web.page.subscription_form import asked_of, texts_of
from tests.stream.index.test_search import alert
from tests.stream.stories.test_stages import alert as some_alert
from tests.stream.web.page.some_page import EVIL, NOW, Page, Tags

HOOK = "https://receiver.example/hook"
FULL = Subscription(
    id="team", revision=4, channel=Destination("webhook", HOOK, {"secret": "env:HOOK"}), themes=("t", "u"),
    threshold=0.85, unsure=True, languages=("en", "pt"), sources=("Wire, the", "example.org"), not_sources=("Copy",),
    words=("GPU", "/H[12]00/"), not_words=("ad",), least_sources=2, updates=False, related="fold", digest=("08:00",),
    quiet="22:00-07:00", zone="Europe/Lisbon", cap=5, events=("feed failing",), fallback="ops",
    contract=(ContractItem("A title", True),), muted_until=7,
)  # fmt: skip
FORM = {"name": "team", "themes-t": "1", "kind": "webhook", "address": HOOK}


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    made = Page(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def saved(page: Page) -> dict[str, Subscription]:
    return read_subscriptions(page.log)


def put(page: Page, *subscriptions: Subscription) -> None:
    page.log.append([Out("subscriptions", each.id, encode(each)) for each in subscriptions])


def texts(html: str) -> dict[str, str]:
    """What a browser would send of the form."""
    found = {}
    for tag, each in Tags(html).found:
        if (name := each.get("name")) and tag == "input" and (each.get("type") != "checkbox" or "checked" in each):
            found[name] = each.get("value") or ""
    return found


def test_a_form_holds_all_that_a_subscription_says_and_gives_it_back():
    assert asked_of(texts_of(FULL), FULL).subscription == FULL
    assert asked_of(texts_of(FULL), FULL).errors == {}
    plain = Subscription(id="s", revision=1, channel=Destination("mail", "a@example.org"), themes=("t",))
    assert asked_of(texts_of(plain), None).subscription == msgspec.structs.replace(plain, revision=0)
    assert asked_of(texts_of(plain), FULL).subscription.contract == FULL.contract  # which no form shows


def test_every_field_that_people_may_say_has_its_place_and_its_help(page):
    _, html = page.get("/subscriptions?new=1")
    for option in field_options():
        assert f'name="{option.field}' in html
        assert f'id="{option.field}-help"' in html
    labelled = {each.get("for") for tag, each in Tags(html).found if tag == "label"}
    named = {each.get("id") for tag, each in Tags(html).found if tag in ("input", "select", "textarea") if "id" in each}
    assert named <= labelled


def test_a_saved_search_begins_a_subscription(page):
    _, html = page.get("/subscriptions?theme=t&lang=de&words=late+orders&source=Wire")
    found = texts(html)
    assert found["themes-t"] == "1"
    assert "themes-u" not in found
    assert found["languages"] == "de"
    assert "late orders</textarea>" in html
    assert "Wire</textarea>" in html


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(page):
    wrong = {
        "name": ("not a name!", "A name is made of letters"),
        "threshold": ("very", "&#39;very&#39; is no number like 0.8"),
        "languages": ("deutsch", "is no language code"),
        "words": ("/(/", "refused"),
        "quiet": ("22:00", "HH:MM-HH:MM"),
        "digest": ("8 am", "is no time of day"),
        "zone": ("Lisbon", "there is no time zone".capitalize()),
        "cap": ("-1", "a cap is 0 or more"),
        "fallback": ("nobody", "add it first"),
        "address": ("http://user:secret@example.org/", ""),
        "option-secret": ("plain text", ""),
    }
    for name, (text, sentence) in wrong.items():
        status, html = page.post("/subscriptions/save", **{**FORM, name: text})
        assert status == 422, name
        assert sentence in html
        assert 'aria-invalid="true"' in html
        if name not in ("words", "address", "option-secret"):
            assert texts(html)[name] == text
        assert saved(page) == {}
    status, html = page.post("/subscriptions/save", **{**FORM, "themes-t": ""})
    assert (status, "name at least one theme" in html) == (422, True)
    many = {**FORM, "name": "", "threshold": "very", "languages": "deutsch", "quiet": "at night", "themes-t": ""}
    _, html = page.post("/subscriptions/save", **{**many, "address": "", "cap": "2000000"})
    assert html.count('aria-invalid="true"') == 7  # all at once


def test_it_is_saved_and_changed_from_the_revision_that_was_seen(page):
    status, html = page.post("/subscriptions/save", **FORM, words="GPU\r\n/H[12]00/\r\n", threshold="0,8")
    assert status == 200
    assert ">team</bdi>" in html
    assert saved(page)["team"].words == ("GPU", "/H[12]00/")
    assert saved(page)["team"].threshold == 0.8
    assert page.post("/subscriptions/save", **FORM)[0] == 409  # a new one overwrites none
    form = {**texts(page.get("/subscriptions?name=team&change=1")[1]), "kind": "webhook", "zone": "Europe/Lisbon"}
    assert page.post("/subscriptions/save", **form)[0] == 200
    assert (saved(page)["team"].zone, saved(page)["team"].revision) == ("Europe/Lisbon", 2)
    status, html = page.post("/subscriptions/save", **form)
    assert status == 409
    assert "is at revision 2, not 1" in html


def test_a_preview_shows_what_the_last_days_would_have_sent_and_saves_nothing(page):
    raised = msgspec.structs.replace(some_alert(), title=EVIL)
    page.forecast = Forecast(7, 30, (Sending(NOW - HOUR, (raised,)),) * 21, (("language", 9),))
    status, html = page.post("/subscriptions/preview", **{"themes-t": "1", "kind": "webhook", "languages": "pt"})
    assert status == 200
    assert "would have sent 21 messages" in html
    assert "about 3.0 a day" in html
    assert "9 kept away: language" in html
    assert "and 1 before" in html
    assert not [each for tag, each in Tags(html).found if tag == "img"]
    assert texts(html)["languages"] == "pt"
    assert page.previewed[0].languages == ("pt",)
    assert saved(page) == {}
    assert page.post("/subscriptions/preview", kind="webhook")[0] == 422
    assert len(page.previewed) == 1
    put(page, FULL)
    assert "Change <bdi>team</bdi>" in page.post("/subscriptions/preview", saved="team")[1]
    assert page.previewed[1] == FULL


def test_a_test_shows_its_steps_and_the_answer(page):
    page.trial = Trial(False, ("address: fine", EVIL), "503 not now", 1.25)
    status, html = page.post("/subscriptions/test", name="team")
    assert status == 200
    assert "was not taken" in html
    assert "503 not now" in html
    assert "1.25 s" in html
    assert not [each for tag, each in Tags(html).found if tag == "img"]


def test_its_own_view_shows_deliveries_with_their_answers_and_what_was_given_up_is_sent_again(page):
    put(page, FULL)
    page.index.take(alert("a", "A story", NOW - HOUR))
    for delivery, outcome in (("d1", "delivered"), ("d2", "given up")):
        made = Delivery(delivery=delivery, subscription="team", alert="a" if delivery == "d1" else "", seq=0, attempt=3,
                        outcome=outcome, status=503, message=EVIL, at=NOW - HOUR)  # fmt: skip
        page.index.take(Out("deliveries", "team", encode(made)))
    _, html = page.get("/subscriptions?name=team")
    assert ">A story</bdi>" in html
    assert "a digest or a health event" in html
    assert html.count("Send again") == 1
    assert "warning" in html.lower()
    assert page.post("/subscriptions/again", name="team", delivery="d2")[0] == 200
    assert page.asked == [("again", "d2")]


def test_its_atom_address_is_given_out_and_revoked(page):
    put(page, FULL)
    (field,) = [each for _, each in Tags(page.get("/subscriptions?name=team")[1]).found if each.get("id") == "atom"]
    assert (field["value"] or "").startswith(f"{page.address}/atom/subscription/team/")
    page.post("/subscriptions/revoke", name="team")
    assert page.asked == [("revoke", "team")]


def test_it_is_removed_unless_others_fall_back_to_it(page):
    put(page, FULL, msgspec.structs.replace(FULL, id="ops", fallback=""))
    status, html = page.post("/subscriptions/remove", name="ops")
    assert status == 409
    assert "is the fallback of team" in html
    page.post("/subscriptions/remove", name="team")
    assert list(saved(page)) == ["ops"]
    assert page.post("/subscriptions/remove", name="team")[0] == 404


def test_who_only_reads_sees_subscriptions_and_changes_none(tmp_path):
    page = Page(tmp_path, Access("operator token", loopback=True, tokens={Role.READER: "reader token"}))
    try:
        put(page, FULL)
        reader = {"Authorization": "Bearer reader token"}
        for path in ("/subscriptions", "/subscriptions?name=team"):
            tags = Tags(page.get(path, **reader)[1]).found
            assert "post" not in [each.get("method") for tag, each in tags if tag == "form"]
        assert "formaction" not in page.get("/subscriptions?new=1", **reader)[1]
        for act in ("preview", "save", "test", "again", "revoke", "remove", "mute"):
            assert page.post(f"/subscriptions/{act}", reader, **FORM, days="1")[0] == 403
        assert saved(page)["team"].revision == 4
    finally:
        page.close()


def test_the_form_has_every_channel_and_each_of_their_options_once(page):
    found = Tags(page.get("/subscriptions?new=1")[1]).found
    helped = {each["data-kinds"] for tag, each in found if tag == "span" and "data-kinds" in each}
    assert helped == {*CHANNELS}
    options = [each["name"] for tag, each in found if tag == "input" and each.get("name", "").startswith("option-")]
    assert sorted(options) == sorted({f"option-{name}" for channel in CHANNELS.values() for name in channel.options})
