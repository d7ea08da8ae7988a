"""The mail channel against real mail servers on loopback."""

import socket

import pytest

from stream.delivering.channels.channel import ChannelContext
from stream.delivering.channels.mail import MailSender, MailSettings, port_of
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.records import Destination
from tests.certificates import Authority
from tests.mailserver import PASSWORD, USER, mail_server, speaking
from tests.stream.delivering.test_message import LINKS, OWN, out, told


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def box():
    with mail_server() as made:
        yield made


def send(
    port: int, to: str = "a@x.example", tls: str = "none", deadline: float = 10, steps=None, sent=None, **of
) -> DeliveryResponse:
    given = {"host": "127.0.0.1", "ca_file": of.pop("ca", None), "sender": "tw@mail.example", **of}
    settings = MailSettings(port=port, tls=tls, **given) if given["host"] else MailSettings(port=port)
    report = (lambda _: None) if steps is None else steps.append
    sender = MailSender(ChannelContext(lambda: 0, settings, deadline, links=lambda _: LINKS, report=report))
    try:
        return sender.send(DeliveryRequest(Destination("mail", to), sent or out()))
    finally:
        sender.close()


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_letter_arrives_over_tls_with_a_login(authority, tls, host):
    steps: list[str] = []
    with mail_server(**{tls: authority.server()}, login=True) as box:
        said = send(box.port, tls=tls, host=host, ca=authority.file, user=USER, password=PASSWORD, steps=steps)
    assert (said.taken, said.status) == (True, 250), said
    assert (box.encrypted, box.users, box.recipients) == ([True], [USER.encode()], [["a@x.example"]])
    (letter,) = box.messages
    assert letter["Subject"] == "[standards] ISO committee votes on storage"
    assert OWN["mute"] in letter["List-Unsubscribe"]
    assert [step.partition(":")[0] for step in steps] == ["server", "tls", "login", "recipients"]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused_and_no_password_is_said(authority, tls):
    with mail_server(**{tls: authority.server()}, login=True) as box:
        said = send(box.port, tls=tls, user=USER, password=PASSWORD)
        other = send(box.port, tls=tls, user=USER, password=PASSWORD, ca=authority.file, host="localhost")
    with mail_server(**{tls: authority.server("elsewhere.example")}, login=True) as elsewhere:
        wrong = send(elsewhere.port, tls=tls, user=USER, password=PASSWORD, ca=authority.file)
    assert other.taken
    for one in (said, wrong):
        assert (one.taken, one.gone, one.status) == (False, False, 0)
        assert "the certificate of the mail server is not trusted" in one.message
    assert (len(box.letters), elsewhere.letters, elsewhere.users) == (1, [], [])


def test_without_starttls_nothing_is_sent(box):
    said = send(box.port, tls="starttls", user=USER, password=PASSWORD)
    assert (said.taken, box.letters) == (False, [])
    assert "STARTTLS" in said.message


def test_a_wrong_password_is_said_and_not_repeated(authority):
    with mail_server(starttls=authority.server(), login=True) as box:
        said = send(box.port, tls="starttls", ca=authority.file, user=USER, password="hunter2")
    assert (said.taken, said.status, box.letters) == (False, 535, [])
    assert "mail.password is wrong" in said.message
    assert "hunter2" not in said.message


def test_what_is_put_off_is_taken_later_with_the_same_id_and_bytes(box):
    box.data = ["451 4.3.0 later", "250 taken"]
    first = send(box.port)
    assert (first.taken, first.gone, first.status) == (False, False, 451)
    assert "451 to the message: 4.3.0 later" in first.message
    assert send(box.port).taken
    assert send(box.port).taken
    assert box.letters[0] == box.letters[1]
    assert [letter["Message-ID"] for letter in box.messages] == ["<d1@mail.example>"] * 2


@pytest.mark.parametrize(
    ("reply", "gone"),
    [
        ("550 5.1.1 no such user", True),
        ("551 moved away", True),
        ("553 mailbox name not allowed", True),
        ("550 5.7.1 your address is on a list", False),
        ("552 5.2.2 mailbox full", False),
        ("554 no", False),
        ("450 4.2.0 greylisted", False),
        ("421 closing", False),
    ],
)
def test_only_a_mailbox_that_is_not_there_is_gone(box, reply, gone):
    box.rcpt = [reply]
    said = send(box.port)
    assert (said.taken, said.gone, said.status, box.letters) == (False, gone, int(reply[:3]), [])
    assert "the recipient a@x.example" in said.message


@pytest.mark.parametrize("reply", ["550 5.7.1 spam", "554 refused", "552 too large"])
def test_a_letter_that_is_refused_ends_nothing(box, reply):
    box.data = [reply]
    said = send(box.port)
    assert (said.taken, said.gone, said.status) == (False, False, int(reply[:3]))


def test_several_recipients_get_it_or_none_does(box):
    box.rcpt = ["250 OK", "550 no such user"]
    said = send(box.port, "a@x.example, b@x.example")
    assert (said.taken, said.gone, box.letters) == (False, False, [])
    assert "the recipient b@x.example" in said.message
    assert "1 of 2" in said.message
    assert send(box.port, "a@x.example, b@x.example").taken
    assert box.recipients == [["a@x.example", "b@x.example"]]
    assert box.messages[0]["To"] == "a@x.example, b@x.example"
    box.rcpt = ["550 no such user"] * 2
    assert send(box.port, "a@x.example, b@x.example").gone


def test_a_server_that_hangs_up_within_the_letter_is_an_answer(box):
    box.drops = 1
    said = send(box.port)
    assert (said.taken, said.gone, said.status) == (False, False, 0)
    assert send(box.port).taken


def test_a_server_that_hangs_is_left_at_the_deadline(box):
    box.data = ["hang"]
    said = send(box.port, deadline=0.5)
    assert (said.taken, said.status) == (False, 0)
    assert "within 0.5 s" in said.message


def silent(sock, over):
    over.wait()


def dripping(sock, over):
    while not over.wait(0.02):
        sock.sendall(b"220-x\r\n")


def closing(sock, over):
    pass


def refusing(sock, over):
    sock.sendall(b"554 \xff\x1b[2J not for you\r\n")


def babbling(sock, over):
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize(("act", "says"), [(silent, "within 0.5 s"), (dripping, "within 0.5 s"), (closing, "closed")])
@pytest.mark.parametrize("tls", ["none", "starttls"])
def test_a_server_that_says_nothing_or_never_ends_is_an_answer(act, says, tls):
    with speaking(act) as port:
        said = send(port, tls=tls, deadline=0.5)
    assert (said.taken, said.gone, said.status, says in said.message) == (False, False, 0, True), said


@pytest.mark.parametrize("act", [silent, dripping, closing, babbling])
def test_a_server_that_does_not_speak_tls_is_an_answer(act):
    with speaking(act) as port:
        assert not send(port, tls="tls", deadline=0.5).taken


def test_what_a_server_says_steers_no_terminal():
    with speaking(refusing) as port:
        said = send(port)
    assert (said.status, said.message.isprintable(), "not for you" in said.message) == (554, True, True)
    with speaking(babbling) as port:
        assert not send(port).taken


def test_nobody_there_and_no_server_set_are_answers():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "cannot connect" in send(port).message
    assert "mail.host" in send(port, host="").message


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_each_kind_of_tls_has_its_port(tls, port):
    given = MailSettings(host="127.0.0.1", tls=tls, sender="tw@mail.example")
    assert (port_of(given), port_of(given.model_copy(update={"port": 2525}))) == (port, 2525)


def test_an_address_that_is_none_is_an_answer(box):
    assert "no mail address" in send(box.port, "a@x.example\r\nDATA").message
    assert box.letters == []


def test_a_line_that_begins_with_a_dot_arrives_whole(box):
    assert send(box.port, sent=out(alert=told(title=".org is sold", summary="."))).taken
    lines = box.messages[0].get_body(("plain",)).get_content().splitlines()
    assert lines[:5] == [".org is sold", "", ".", "", "Theme: standards"]
