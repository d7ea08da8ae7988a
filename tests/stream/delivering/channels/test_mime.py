"""The letter: headers that sort, thread and tell repetitions, and none that a stranger wrote."""

from email import message_from_bytes
from email.policy import default

import msgspec
import pytest
from hypothesis import example, given

from stream.delivering.channels.mime import addresses, mime_message
from stream.records import HealthEvent
from tests.stream.delivering.test_message import HOSTILE, LINKS, OUT, OWN, out, told

HEADERS = {
    "Message-ID", "Date", "From", "To", "Subject", "List-Id", "Auto-Submitted", "In-Reply-To", "References",
    "MIME-Version", "Content-Type",
}  # fmt: skip


def written(sent, sender="tw@mail.example", to=("a@x.example",), links=None):
    return message_from_bytes(mime_message(sent, sender, to, links or {}).as_bytes(), policy=default)


def test_the_headers_say_who_what_and_which_list():
    made = written(out(at=1_772_618_400_000), to=["a@x.example", "b@y.example"])
    assert set(made.keys()) == HEADERS
    assert (made["From"], made["To"]) == ("themewire <tw@mail.example>", "a@x.example, b@y.example")
    assert made["Subject"] == "[standards] ISO committee votes on storage"
    assert made["List-Id"] == "<team.themewire.mail.example>"
    assert made["Message-ID"] == "<d1@mail.example>"
    assert made["Date"] == "Wed, 04 Mar 2026 10:00:00 +0000"
    assert made["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]
    assert "A vote was taken." in made.get_body(("plain",)).get_content()
    assert "<h2" in made.get_body(("html",)).get_content()


def test_what_is_said_of_a_story_gathers_and_each_letter_has_its_own_id():
    course = [out(delivery=f"d{seq}", alert=told(seq=seq, kind=kind)) for seq, kind in enumerate(["new", "retracted"])]
    first, last = map(written, course)
    assert first["References"] == first["In-Reply-To"] == last["References"] == last["In-Reply-To"]
    assert first["References"] == f"<story.{told().id}@mail.example>"
    assert first["Message-ID"] != last["Message-ID"]
    assert last["Subject"].startswith("Retracted: ")


def test_what_is_told_in_the_thread_of_another_alert_refers_to_what_that_one_refers_to():
    other = msgspec.structs.replace(told(), id="a2")
    root, threaded, apart = (written(out(**of)) for of in ({}, {"alert": other, "thread": told().id}, {"alert": other}))
    assert threaded["In-Reply-To"] == threaded["References"] == root["References"]
    assert apart["References"] == "<story.a2@mail.example>"
    assert threaded["Subject"].startswith("Related: ")
    assert not apart["Subject"].startswith("Related: ")


def test_a_digest_and_an_event_belong_to_no_story():
    event = HealthEvent(subject="f", kind="feed gone", message="m", at=1)
    for one in (out(alert=None, alerts=(told(), told())), out(alert=None, event=event)):
        assert "References" not in written(one)


def test_a_link_to_mute_is_the_way_to_unsubscribe_and_is_kept_whole():
    mute = "https://tw.example/mute?" + "t=" + "x" * 300
    made = written(out(), links={told().id: {**OWN, "mute": mute}})
    assert made["List-Unsubscribe"] == f"<{mute}>"
    assert "List-Unsubscribe-Post" not in made
    assert "List-Unsubscribe" not in written(
        out(), links={told().id: {"mute": "https://tw.example/\r\nBcc: x@y.example"}}
    )


def test_long_ids_are_not_encoded():
    domain = "a-very-long-name-of-a-department.of-a-very-long-name-of-a-company.example"
    raw = mime_message(out(delivery="d" * 32), f"tw@{domain}", ["a@x.example"], {}).as_bytes()
    assert f"References: <story.{told().id}@{domain}>\r\n".encode() in raw
    assert f"List-Id: <team.themewire.{domain}>\r\n".encode() in raw


def test_all_attempts_have_the_same_bytes():
    first, second = (mime_message(out(), "tw@mail.example", ["a@x.example"], LINKS).as_bytes() for _ in range(2))
    assert first == second


@example(out(alert=told(title="=?utf-8?q?x=0d=0aBcc:_v@evil.example?=")))
@example(out(alert=told(title="News\r\nBcc: v@evil.example\r\n\r\nbody")))
@example(out(alert=told(title="=?utf-8?b?DQpCY2M6IHY=?= =?utf-8?b?DQpCY2M6IHY=?=" * 5)))
@given(OUT)
def test_nothing_that_strangers_write_is_a_header_or_a_part(sent):
    raw = mime_message(sent, "tw@mail.example", ["a@x.example"], LINKS).as_bytes()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r") == 0
    raw.decode("ascii")
    made = message_from_bytes(raw, policy=default)
    assert set(made.keys()) <= HEADERS | {"List-Unsubscribe"}
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]
    assert "\n" not in made["Subject"]
    assert not made.defects


@given(HOSTILE, HOSTILE)
def test_ids_that_are_none_of_ours_stay_one_word(delivery, subscription):
    made = written(out(delivery=delivery, subscription=subscription))
    assert set(made.keys()) == HEADERS
    assert made["Message-ID"].count("@") == 1
    assert len(made["List-Id"].split()) == 1


def test_addresses_are_a_list_with_commas():
    assert addresses("a.b+c@x.example, o'd@localhost") == ("a.b+c@x.example", "o'd@localhost")


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@", "@b", "a@b,", "a b@c", "A <a@b>", "a@b\r\nBcc: c@d", "a@b@c", "ü@b", "a@ü.example", "=?x?=@b",
        "a..b@c", ".a@b", "a@b..c", '"a"@b', "a@[127.0.0.1]", "a" * 65 + "@b", "a@" + "b." * 130 + "c", "a@b;c@d",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="no mail address"):
        addresses(text)
