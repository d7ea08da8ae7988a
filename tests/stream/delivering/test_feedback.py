"""Tokens that say what a click means: good ones are read, all others are refused with one sentence."""

import base64
import hmac

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stream.delivering.feedback import (
    LASTS,
    Expired,
    Invalid,
    Ticket,
    item_of,
    label_of,
    links_by_alert,
    ticket_of,
    token_of,
)
from stream.records import HealthEvent, Label, Outbound, Source
from tests.stream.stories.test_stages import alert, item

KEY = b"a key of ours"
TICKET = Ticket("right", "team", "a1", "standards", "i", 100)
TOLD = msgspec.structs.replace(
    alert(), url="https://example.org/1", sources=(Source("Feed", "https://example.org/1", "i"),)
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TICKETS = st.builds(
    Ticket, st.sampled_from(["right", "wrong", "mute"]), NAMES, NAMES, NAMES, NAMES, st.integers(1, 2**53)
)


def refused(token: str, now: int = 1, key: bytes = KEY) -> str:
    with pytest.raises(Invalid) as caught:
        ticket_of(token, key, now)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@given(TICKETS, st.binary(min_size=1))
def test_what_was_signed_is_read_again_and_fits_in_a_path(ticket, key):
    token = token_of(ticket, key)
    assert ticket_of(token, key, 0) == ticket
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@given(TICKETS, st.data())
def test_no_token_that_was_tampered_with_is_read(ticket, data):
    token = token_of(ticket, KEY)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    other = token[:start] + data.draw(st.text(max_size=5)) + token[end:]
    assume(other != token)
    refused(other)


@given(TICKETS, TICKETS)
def test_no_signature_is_good_for_another_ticket(one, other):
    assume(one != other)
    (mine, theirs) = (base64.urlsafe_b64decode(token_of(t, KEY)[2:] + "==") for t in (one, other))
    mixed = base64.urlsafe_b64encode(mine[:32] + theirs[32:]).rstrip(b"=").decode()
    refused(f"1.{mixed}")


@given(st.text())
def test_no_other_text_is_read(text):
    refused(text)


def test_another_key_signs_nothing_for_this_one():
    assert "broken" in refused(token_of(TICKET, b"another key"))


def test_another_version_is_named_as_one():
    assert "another version" in refused("2" + token_of(TICKET, KEY)[1:])


def test_a_ticket_expires_and_not_before():
    token = token_of(TICKET, KEY)
    assert ticket_of(token, KEY, 99) == TICKET
    with pytest.raises(Expired):
        ticket_of(token, KEY, 100)


@pytest.mark.parametrize("body", [b"", b"[]", b'["eat","s","a","t","i",100]', b"\xff"])
def test_what_is_signed_and_says_nothing_is_broken(body):
    mac = hmac.digest(KEY, b"themewire answer 1\n" + body, "sha256")
    assert "broken" in refused("1." + base64.urlsafe_b64encode(mac + body).rstrip(b"=").decode())


def message(**of) -> Outbound:
    return Outbound(**{"delivery": "d", "subscription": "team", "revision": 1, "why": "w", "at": 7, **of})


def read(url: str) -> Ticket:
    base, _, token = url.rpartition("/")
    assert base == "https://themewire.example/feedback"
    return ticket_of(token, KEY, 7)


def test_an_alert_has_three_links_that_last_thirty_days_from_when_it_was_sent():
    ((name, made),) = links_by_alert("https://themewire.example", KEY, message(alert=TOLD)).items()
    assert name == TOLD.id
    assert {what: read(url) for what, url in made.items()} == {
        what: Ticket(what, "team", TOLD.id, "t", "i", 7 + LASTS) for what in ("right", "wrong", "mute")
    }


def test_a_digest_has_links_for_each_alert_and_an_event_has_none():
    other = msgspec.structs.replace(TOLD, id="b")
    made = links_by_alert("https://themewire.example", KEY, message(alerts=(TOLD, other)))
    assert {name: read(of["wrong"]).alert for name, of in made.items()} == {TOLD.id: TOLD.id, "b": "b"}
    event = HealthEvent(subject="f", kind="feed failing", message="m", at=1)
    assert links_by_alert("https://themewire.example", KEY, message(event=event)) == {}


@pytest.mark.parametrize("of", [{"alert": TOLD, "test": True}, {"alert": alert()}])
def test_where_there_is_no_item_there_is_nothing_to_be_right_about(of):
    ((_, made),) = links_by_alert("https://themewire.example", KEY, message(**of)).items()
    assert set(made) == {"mute"}


def test_of_several_items_the_one_is_meant_whose_link_is_shown():
    sources = (Source("A", "https://a.example/", "first"), Source("B", "https://b.example/", "shown"))
    assert item_of(msgspec.structs.replace(alert(), sources=sources, url="https://b.example/")) == "shown"
    assert item_of(msgspec.structs.replace(alert(), sources=sources, url="https://c.example/")) == "first"


def course(*answers: str | Label) -> list[Label | None]:
    """The label that each answer comes to; a label among them is written as it is."""
    written: list[Label] = []
    found = []
    for each in answers:
        made = (
            label_of(msgspec.structs.replace(TICKET, what=each), item(), written, 9) if isinstance(each, str) else each
        )
        written += [made] if made else []
        found.append(made)
    return found


def test_an_answer_is_a_label_in_the_name_of_the_subscription():
    right, wrong = course("right", "wrong")
    assert (right.yes, right.no, right.who, right.origin, right.at, right.item) == (
        ("standards",),
        (),
        "subscription team",
        "link",
        9,
        item(),
    )
    assert (wrong.yes, wrong.no) == ((), ("standards",))


def test_an_answer_that_is_repeated_is_none_and_a_change_of_mind_counts_each_time():
    found = course("right", "right", "wrong", "right", "right")
    assert [bool(label) for label in found] == [True, False, True, True, False]
    assert len({label.id for label in found if label}) == 3


def test_two_at_the_same_moment_have_one_id():
    assert label_of(TICKET, item(), [], 9).id == label_of(TICKET, item(), [], 10).id


def test_the_words_of_others_on_other_themes_and_what_was_undone_do_not_stand_in_the_way():
    (first,) = course("right")
    other = msgspec.structs.replace(first, id="o", who="ann")
    elsewhere = msgspec.structs.replace(first, id="e", yes=("ip-disputes",))
    undo = Label(id="u", item=item(), who="ann", origin="api", at=9, undoes=first.id)
    assert course(other, elsewhere, "right")[-1] is not None
    again = course(first, undo, "right")[-1]
    assert again is not None
    assert again.id != first.id
