"""Mail as a source: what is new is read once, and left as it is; of servers good, changing, hostile and dead."""

import ssl
from collections.abc import Iterator
from dataclasses import replace as with_
from email.message import EmailMessage

import pytest
from msgspec.structs import replace

from collectors.fetching.fetch import Fetcher
from collectors.poll_result import PollRequest
from collectors.sources.kind import PollContext
from collectors.sources.look import SourceSeen, look
from stream.net.guard import networks
from stream.net.trust import trusting
from stream.records import Feed
from tests.certificates import Authority
from tests.collectors.sources.some_polls import Source
from tests.imapserver import PASSWORD, TOKEN, USER, Mailbox, imap_server

DIGEST = """<table>
<tr><td><a href="https://e.example/1">Court lets patent suit go ahead</a><p>The judge denied the motion.</p>
<tr><td><a href="https://e.example/2">ISO publishes a standard for AI</a> (3 minute read)
<tr><td><a href="https://e.example/2">ISO publishes a standard for AI</a> <a href="https://e.example/3">Read more</a>
<tr><td><a href="https://e.example/out">Unsubscribe from all of these mails</a>
<a href="javascript:alert(1)">A link that is no link at all</a></table>
"""


def letter(n: int, **headers: str) -> bytes:
    message = EmailMessage()
    usual = {"From": "The Standards Letter <letter@news.example>", "Subject": f"Issue {n}: ISO votes"}
    for name, value in {
        **usual,
        "Date": "Wed, 01 May 2024 10:00:00 +0000",
        "Message-ID": f"<{n}@a>",
        **headers,
    }.items():
        message[name.replace("_", "-")] = value
    message.set_content("The vote ends on Friday.")
    message.add_alternative(f"<style>p {{}}</style><p>The vote of issue {n} ends on <b>Friday</b>.</p>", subtype="html")
    return message.as_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def box(authority) -> Iterator[Mailbox]:
    with imap_server(authority.server()) as made:
        yield made


def context_of(
    parsers, trust: ssl.SSLContext | None, allowed: str = "127.0.0.0/8", deadline: float = 20
) -> PollContext:
    fetcher = Fetcher(networks([allowed]), "test", connect_timeout=5, read_timeout=deadline, trust=trust)
    return PollContext(fetcher, parsers, max_bytes=4_000_000, deadline=deadline)


@pytest.fixture
def source(parsers, authority, box, monkeypatch) -> Iterator[Source]:
    monkeypatch.setenv("MAIL", f"{USER}:{PASSWORD}")
    context = context_of(parsers, trusting(authority.file))
    yield Source(context, Feed(id="f", url=box.url, kind="imap", credentials="basic env:MAIL"))
    context.fetcher.close()


def test_what_was_there_is_history_and_what_comes_is_read_once(source, box):
    box.add(letter(1), letter(2))
    first = source.poll()
    assert first.poll.error is None, first.poll.error
    assert (first.poll.outcome, first.poll.new, first.poll.baseline, first.poll.title) == (
        "ok",
        2,
        2,
        "Newsletters & möre",
    )
    assert sorted((item.title, item.summary, item.source) for item in first.items) == [
        (f"Issue {n}: ISO votes", f"The vote of issue {n} ends on Friday.", "The Standards Letter") for n in (1, 2)
    ]
    assert {(item.published, item.date_quality) for item in first.items} == {(1_714_557_600_000, "trusted")}
    assert source.poll().poll.outcome == "not_modified"
    box.add(letter(3))
    third = source.poll()
    assert [(item.title, item.baseline) for item in third.items] == [("Issue 3: ISO votes", False)]
    assert (third.poll.gap, box.fetched()) == (False, [1, 2, 3])
    commands = {command.split(" ")[1].upper() for command in box.commands}
    assert commands == {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "FETCH", "UID", "LOGOUT"}  # nothing that changes mail


def test_many_messages_are_read_in_steps_and_of_a_first_poll_the_newest_only(source, box):
    source.feed = replace(source.feed, options={"first": "52"})
    source.partition.update(source.feed)
    box.add(*(letter(n) for n in range(1, 61)))
    found = source.poll()
    assert (found.poll.new, box.fetched()) == (52, list(range(9, 61)))
    assert sum(command.split(" ")[1] == "EXAMINE" for command in box.commands) == 2
    box.add(letter(61), letter(62))
    assert source.poll().poll.new == 2
    assert box.fetched()[52:] == [61, 62]


def test_messages_are_known_again_when_their_numbers_are_others(source, box):
    box.add(letter(1), letter(2))
    source.poll()
    box.validity, box.messages, box.next_uid = 8, {}, 41
    box.add(letter(1), letter(2), letter(3))
    found = source.poll()
    assert (found.poll.seen, [item.title for item in found.items]) == (2, ["Issue 3: ISO votes"])
    assert source.poll().poll.outcome == "not_modified"


def test_a_server_of_old_that_knows_no_other_login_and_does_not_say_what_comes_next(source, box, monkeypatch):
    monkeypatch.setenv("MAIL", f"{USER}:plain")
    box.tells_next, box.plain = False, False
    box.add(letter(1))
    assert source.poll().poll.new == 1
    assert source.poll().poll.outcome == "not_modified"
    box.add(letter(2))
    assert source.poll().poll.new == 1


def test_a_message_without_an_id_a_date_or_a_known_charset_is_read(source, box):
    bare = b"Subject: =?utf-8?q?Gro=C3=9F?=\r\nFrom: x@mail.example\r\n\r\n\xe9"
    half = (
        b"Content-Type: multipart/mixed; boundary=b\r\nSubject: cut off\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    )
    box.add(bare, half + b"<p>Half", b"")
    items = {item.title: item for item in source.poll().items}
    assert items["Groß"].published == 1_714_557_600_000  # when the server got it
    assert items["Groß"].source == "x@mail.example"
    assert items["cut off"].summary == "Half"


def test_each_link_of_a_digest_is_an_item(source, box):
    digest = EmailMessage()
    digest["From"], digest["Message-ID"], digest["Date"] = (
        "Digest <d@e.example>",
        "<1@d>",
        "Wed, 01 May 2024 10:00:00 +0000",
    )
    digest.set_content("Plain")
    digest.add_alternative(
        DIGEST,
        subtype="html",
    )
    box.add(digest.as_bytes())
    source.feed = replace(source.feed, options={"items": "links"})
    source.partition.update(source.feed)
    items = {item.url: item for item in source.poll().items}
    assert {url: item.title for url, item in items.items()} == {
        "https://e.example/1": "Court lets patent suit go ahead",
        "https://e.example/2": "ISO publishes a standard for AI",
    }
    assert items["https://e.example/1"].summary == "The judge denied the motion."
    assert {item.source for item in items.values()} == {"Digest"}


def says(data: bytes, again: bool = False):
    def act(_: Mailbox, sock, line: str) -> bool:
        sock.sendall(data.replace(b"TAG", line.split(" ")[0].encode()))
        return again

    return act


def silence(box: Mailbox, sock, line: str) -> bool:
    return box.over.wait() and False


def drip(box: Mailbox, sock, line: str) -> bool:
    while not box.over.wait(0.01):
        sock.sendall(b"* OK still here\r\n")
    return False


@pytest.mark.parametrize(
    ("act", "how", "kind", "words"),
    [
        ("greeting", says(b""), "connection", "closed the connection"),
        ("greeting", silence, "timeout", ""),
        ("greeting", drip, "timeout", ""),
        ("greeting", says(b"HTTP/1.1 400 Bad Request\r\n"), "connection", "does not let us in"),
        ("greeting", says(b"* BYE too many of you\r\n"), "connection", "too many of you"),
        ("greeting", says(b"* OK " + b"x" * 200_000), "protocol", "does not end"),
        ("AUTHENTICATE", says(b"TAG NO [AUTHENTICATIONFAILED] no\r\n", True), "auth", "user name or the password"),
        ("EXAMINE", says(b"TAG NO there is no such folder\r\n", True), "status", "there is no such folder"),
        ("EXAMINE", says(b"* BYE for today\r\n"), "connection", "for today"),
        ("EXAMINE", drip, "timeout", ""),
        ("EXAMINE", says((b"* OK " + b"x" * 60_000 + b"\r\n") * 150), "too_large", "more bytes"),
        ("FETCH", says(b"TAG BAD what?\r\n", True), "protocol", "what?"),
        ("FETCH", silence, "timeout", ""),
        ("UID", says(b"* 1 FETCH (UID 1 BODY[]<0> {99999999999}\r\n"), "too_large", "99,999,999,999"),
        ("UID", says(b"* 1 FETCH (UID 1 BODY[]<0> {" + b"9" * 6000 + b"}\r\n"), "too_large", "announces"),
        ("UID", says(b"* 1 FETCH (UID 1 BODY[]<0> {100}\r\nhalf"), "connection", "closed"),
    ],
)  # fmt: skip
def test_a_server_that_does_not_behave_is_a_failed_poll_in_time(
    parsers, authority, box, monkeypatch, act, how, kind, words
):
    monkeypatch.setenv("MAIL", f"{USER}:{PASSWORD}")
    box.add(letter(1))
    box.acts[act] = how
    context = context_of(parsers, trusting(authority.file), deadline=1.0)
    source = Source(context, Feed(id="f", url=box.url, kind="imap", credentials="basic env:MAIL"))
    poll = source.poll().poll
    assert (poll.outcome, poll.state, poll.new) == (kind, "failing", 0), poll.error
    assert words in poll.error.message
    assert PASSWORD not in poll.error.message
    del box.acts[act]
    source.context = with_(context, deadline=20)
    assert source.poll().poll.new == 1  # nothing of it was taken for read
    context.fetcher.close()


def test_nothing_listens_and_an_authority_that_nobody_knows(parsers, box, source):
    box.add(letter(1))
    stranger = context_of(parsers, None)
    assert "certificate" in Source(stranger, source.feed).poll().poll.error.message
    dead = Source(source.context, replace(source.feed, url="imaps://127.0.0.1:1/"))
    assert dead.poll().poll.outcome == "blocked"  # a port below 1024 that is not mail's
    assert box.commands == []


@pytest.mark.parametrize(
    "url", ["imaps://127.0.0.1/", "imaps://[::1]:993/INBOX", "imaps://169.254.169.254/x", "imaps://localhost/"]
)
def test_private_addresses_are_out_of_reach(parsers, monkeypatch, url):
    monkeypatch.setenv("MAIL", "a:b")
    context = context_of(parsers, None, allowed="192.0.2.0/24")
    poll = Source(context, Feed(id="f", url=url, kind="imap", credentials="basic env:MAIL")).poll().poll
    assert (poll.outcome, "not public" in poll.error.message) == ("blocked", True)


@pytest.mark.parametrize(
    "credentials", ["", "header X env:MAIL", "basic env:NONE", "basic env:BARE", "bearer env:BARE"]
)
def test_credentials_are_a_reference_to_user_and_password(source, box, monkeypatch, credentials):
    monkeypatch.setenv("BARE", "without a colon")
    source.feed = replace(source.feed, credentials=credentials)
    source.partition.update(source.feed)
    assert source.poll().poll.outcome == "auth"
    assert box.commands == []


def test_a_look_finds_the_kind_by_the_address(source, box):
    box.add(letter(1))
    seen = look(PollRequest(box.url, kind="", credentials="basic env:MAIL"), source.context)
    assert isinstance(seen, SourceSeen)
    assert (seen.kind, len(seen.parsed.entries), "IMAP" in seen.parsed.why) == ("imap", 1, True)


def test_a_token_opens_the_folder_where_the_server_takes_tokens(source, box, monkeypatch):
    box.add(letter(1))
    source.feed = replace(source.feed, credentials="bearer env:TOKEN")
    source.partition.update(source.feed)
    for secret, tokens, words in (("old", True, "may have expired"), (TOKEN, False, "takes no access tokens")):
        monkeypatch.setenv("TOKEN", f"{USER}:{secret}")
        box.tokens = tokens
        poll = source.poll().poll
        assert (poll.outcome, words in poll.error.message, secret in poll.error.message) == ("auth", True, False)
    box.tokens = True
    assert source.poll().poll.new == 1
    assert PASSWORD not in "".join(box.commands)


@pytest.fixture
def away(parsers, authority, monkeypatch) -> Iterator[tuple[Source, Mailbox]]:
    """A mailbox at `imap://mail.example`, which is not on this machine as far as anybody can tell: behind a proxy."""
    monkeypatch.setenv("MAIL", f"{USER}:{PASSWORD}")
    with imap_server(authority.server("mail.example"), "imap") as box:
        box.host, box.proxied = "mail.example", True
        box.add(letter(1))
        proxy = f"http://127.0.0.1:{box.port}"
        fetcher = Fetcher((), "test", read_timeout=10, trust=trusting(authority.file), proxy=proxy)
        context = PollContext(fetcher, parsers, max_bytes=4_000_000, deadline=10)
        yield Source(context, Feed(id="f", url=box.url, kind="imap", credentials="basic env:MAIL")), box
        fetcher.close()


def named(box: Mailbox) -> list[str]:
    return [command.split(" ")[1].upper() for command in box.commands]


def test_a_session_that_begins_in_clear_goes_over_to_tls_before_anybody_logs_in(away):
    source, box = away
    found = source.poll().poll
    assert (found.error, found.new) == (None, 1)
    assert named(box)[:4] == ["CAPABILITY", "STARTTLS", "CAPABILITY", "AUTHENTICATE"]


def in_clear(box: Mailbox, sock, line: str) -> bool:
    sock.sendall(f"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{line.split(' ')[0]} OK done\r\n".encode())
    return True


@pytest.mark.parametrize(
    ("act", "how", "kind", "words"),
    [
        ("CAPABILITY", in_clear, "protocol", "has no STARTTLS"),
        ("STARTTLS", says(b"TAG NO not today\r\n", True), "protocol", "not today"),
        ("STARTTLS", says(b"TAG OK begin\r\n* CAPABILITY IMAP4rev1\r\n", True), "protocol", "before TLS began"),
        ("STARTTLS", says(b"TAG OK begin\r\n"), "connection", "TLS handshake"),
        ("greeting", says(b"* PREAUTH welcome back\r\n", True), "protocol", "logged in already"),
    ],
)
@pytest.mark.parametrize("credentials", ["basic env:MAIL", "bearer env:MAIL"])
def test_no_secret_is_sent_where_tls_does_not_begin(away, act, how, kind, words, credentials):
    source, box = away
    box.acts[act] = how
    source.feed = replace(source.feed, credentials=credentials)
    source.partition.update(source.feed)
    poll = source.poll().poll
    assert (poll.outcome, words in poll.error.message) == (kind, True), poll.error
    assert not {"AUTHENTICATE", "LOGIN"} & set(named(box))


def test_a_certificate_of_another_host_ends_a_session_that_began_in_clear(away):
    source, box = away
    source.feed = replace(source.feed, url=box.url.replace("mail.example", "other.example"))
    source.partition.update(source.feed)
    poll = source.poll().poll
    assert (poll.outcome, "certificate" in poll.error.message) == ("connection", True)
    assert named(box) == ["CAPABILITY", "STARTTLS"]


def test_on_this_machine_a_session_may_stay_in_clear(source, authority):
    with imap_server(authority.server(), "imap") as box:
        box.add(letter(1))
        here = Source(source.context, replace(source.feed, url=box.url))
        assert here.poll().poll.new == 1
        assert "STARTTLS" not in named(box)
        assert here.poll().poll.outcome == "not_modified"


def test_whoever_is_let_in_before_a_login_is_refused_behind_tls_too(source, box):
    box.acts["greeting"] = says(b"* PREAUTH welcome back\r\n", True)
    poll = source.poll().poll
    assert (poll.outcome, "logged in already" in poll.error.message) == ("protocol", True)


@pytest.mark.parametrize("url", ["imap://169.254.169.254/x", "imap://127.0.0.1:25/x", "imap://127.0.0.1:993/x"])
def test_addresses_and_ports_that_are_not_mails_are_blocked_in_clear_too(source, url):
    assert Source(source.context, replace(source.feed, url=url)).poll().poll.outcome == "blocked"
