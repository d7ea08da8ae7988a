"""The webhook channel against a real receiver on loopback."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import msgspec
import pytest

from stream.delivering.channels.channel import ChannelContext
from stream.delivering.channels.registry import channel_of
from stream.delivering.channels.webhook import CHANNEL, WebhookSender, resolve_secret
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.net.trust import trusting
from stream.records import Destination, HealthEvent, Outbound, Related
from stream.secrets import SecretMissing
from tests.certificates import Authority
from tests.stream.stories.test_stages import alert
from tests.webserver import answer, close, drip, serve, silence

OUT = Outbound(delivery="d1", subscription="s", revision=1, why="because", at=1, alert=alert())
SECRET = "whsec_" + base64.b64encode(b"a secret of ours").decode()


class Receiver:
    """Answers with the next status of a list, the last one for ever, and keeps what it got."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        outer, left = self, list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status, headers = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                for name, value in {**headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/hook"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def receiver(request):
    made = Receiver(*getattr(request, "param", [(200, {})]))
    yield made
    made.close()


def send(
    url: str,
    secret: str = "",
    allowed: bool = True,
    deadline: float = 20,
    of=None,
    links=None,
    trust=None,
) -> DeliveryResponse:
    networks = [ip_network("127.0.0.0/8")] if allowed else []
    out = Outbound(delivery="d1", subscription="s", revision=1, why="because", at=1, **(of or {"alert": alert()}))
    clock = lambda: 1_700_000_000_000  # noqa: E731
    context = ChannelContext(clock, None, deadline, networks, trust, lambda _: links or {})
    webhook = WebhookSender(context)
    try:
        return webhook.send(DeliveryRequest(Destination("webhook", url, {"secret": secret} if secret else {}), out))
    finally:
        webhook.close()


def test_a_receiver_can_verify_who_sent_it(receiver, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    assert send(receiver.url, "env:HOOK_SECRET").taken
    ((headers, body),) = receiver.got
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(b"a secret of ours", content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert headers["webhook-id"] == headers["idempotency-key"] == "d1"
    assert msgspec.json.decode(body)["why"] == "because"
    assert "HOOK_SECRET" not in str(headers) + body.decode()


@pytest.mark.parametrize(
    ("receiver", "status", "wait"),
    [
        ([(500, {})], 500, 0.0),
        ([(429, {"Retry-After": "90"})], 429, 90.0),
        ([(503, {"Retry-After": "99999999999"})], 503, 86_400.0),
        ([(307, {"Location": "http://127.0.0.1:1/"})], 307, 0.0),
    ],
    indirect=["receiver"],
)
def test_what_is_not_taken_says_why_and_when_to_come_again(receiver, status, wait):
    answer = send(receiver.url)
    assert (answer.taken, answer.status, answer.retry_after) == (False, status, wait)


def test_a_private_address_is_refused_unless_it_is_allowed(receiver):
    answer = send(receiver.url, allowed=False)
    assert (answer.taken, answer.status, receiver.got) == (False, 0, [])
    assert "127.0.0.1" in answer.message


def test_nobody_there_is_an_answer():
    assert not send("http://127.0.0.1:1024/hook").taken


def test_a_secret_is_read_where_the_reference_points(tmp_path):
    (tmp_path / "s").write_text("plain words\n")
    look = ChannelContext(lambda: 0, secrets=tmp_path).secret
    assert resolve_secret(f"file:{tmp_path / 's'}", look) == b"plain words"
    assert resolve_secret("file:s", look) == b"plain words"
    with pytest.raises(SecretMissing, match="env:NOT_THERE"):
        resolve_secret("env:NOT_THERE", look)
    with pytest.raises(SecretMissing) as caught:
        resolve_secret(SECRET, look)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("receiver", [[(500, {}), (200, {})]], indirect=True)
def test_all_attempts_have_one_idempotency_key(receiver):
    assert [send(receiver.url).taken for _ in range(2)] == [False, True]
    assert [(h["webhook-id"], h["idempotency-key"]) for h, _ in receiver.got] == [("d1", "d1")] * 2
    assert receiver.got[0][1] == receiver.got[1][1]


def test_a_redirect_is_not_followed(receiver):
    with serve() as web:
        web.answers["/hook"] = answer(b"", f"Location: {receiver.url}", status="302 Found")
        assert send(f"{web.base}/hook").status == 302
    assert receiver.got == []


@pytest.mark.parametrize(
    "act", [silence, close, drip(b"HTTP/1.1 200 OK\r\nX: "), answer()[4:], b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10**6]
)
def test_a_receiver_that_hangs_resets_or_talks_nonsense_gives_an_answer(act):
    with serve() as web:
        web.answers["/hook"] = act
        said = send(f"{web.base}/hook", deadline=0.5)
    assert (said.taken, said.status, said.retry_after) == (False, 0, 0.0)
    assert said.message


@pytest.mark.parametrize("retry_after", ["-5", "soon", "\xb2", "1, 2", "Wed, 01 Jan 2020 00:00:00 GMT", ""])
def test_a_retry_after_of_no_use_is_no_wish(retry_after):
    with serve() as web:
        web.answers["/hook"] = answer(b"", f"Retry-After: {retry_after}", status="503 Busy")
        assert send(f"{web.base}/hook").retry_after == 0.0


def test_a_retry_after_may_be_a_date():
    with serve() as web:
        date = "Tue, 14 Nov 2023 22:15:20 GMT"  # two minutes after the clock of these tests
        web.answers["/hook"] = answer(b"", f"Retry-After: {date}", status="503 Busy")
        assert send(f"{web.base}/hook").retry_after == 120.0


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_???", "\xff"])
def test_a_secret_that_nobody_could_keep_is_refused_and_nothing_is_sent(receiver, tmp_path, text):
    (tmp_path / "secret").write_bytes(text.encode("latin-1"))
    said = send(receiver.url, f"file:{tmp_path / 'secret'}")
    assert (said.taken, said.status, receiver.got) == (False, 0, [])
    assert f"file:{tmp_path / 'secret'}" in said.message


def test_no_answer_repeats_a_secret(receiver, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET + "!")
    for reference in ("env:HOOK_SECRET", SECRET, f"other:{SECRET}", "file:\0"):
        said = send(receiver.url, reference)
        assert not said.taken
        assert SECRET not in said.message


def test_a_health_event_is_sent_as_one(receiver):
    event = HealthEvent(subject="f", kind="feed failing", message="it was healthy", at=7, before="healthy")
    send(receiver.url, of={"event": event})
    ((_, body),) = receiver.got
    told = json.loads(body)
    assert (told["type"], told["event"]["kind"], told["event"]["before"]) == ("event", "feed failing", "healthy")
    assert "alert" not in told


@pytest.mark.parametrize("receiver", [[(410, {})]], indirect=True)
def test_a_receiver_that_is_gone_says_so(receiver):
    assert send(receiver.url).gone


def test_a_receiver_with_an_authority_of_its_own_is_posted_to_once_that_is_trusted(tmp_path):
    authority = Authority(tmp_path)
    server = authority.server("localhost")
    with serve(lambda sock: server.wrap_socket(sock, server_side=True)) as web:
        web.answers["/hook"] = answer(status="202 Accepted")
        hook = f"https://localhost:{web.port}/hook"
        said = send(hook)
        assert (said.taken, said.status, web.requests) == (False, 0, [])
        assert "the certificate of localhost is not trusted" in said.message
        assert send(hook, trust=trusting(authority.file)).taken
        elsewhere = send(f"https://127.0.0.1:{web.port}/hook", trust=trusting(authority.file))
    assert (elsewhere.taken, "not trusted" in elsewhere.message, len(web.requests)) == (False, True, 1)


def test_two_secrets_sign_while_one_takes_the_place_of_the_other(receiver, monkeypatch):
    monkeypatch.setenv("OLD", SECRET)
    monkeypatch.setenv("NEW", "another")
    assert send(receiver.url, "env:NEW,env:OLD").taken
    headers, body = receiver.got[0]
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = [
        "v1," + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
        for secret in (b"another", b"a secret of ours")
    ]
    assert headers["webhook-signature"].split(" ") == expected


def test_a_digest_names_its_alerts(receiver):
    assert send(receiver.url, of={"alerts": (alert(), alert(1))}).taken
    body = json.loads(receiver.got[0][1])
    assert (body["type"], [one["seq"] for one in body["alerts"]], "alert" in body) == ("digest", [0, 1], False)


def test_links_go_with_the_alerts_that_have_some(receiver):
    made = {"a": {"right": "https://themewire.example/feedback/1.x"}}
    assert send(receiver.url, links=made).taken
    assert send(receiver.url).taken
    first, second = (json.loads(body) for _, body in receiver.got)
    assert first["links"] == made
    assert "links" not in second


@pytest.mark.parametrize("receiver", [[(200, {})]], indirect=True)
def test_an_address_may_be_a_secret_of_which_nothing_is_told(receiver, monkeypatch):
    told: list[str] = []
    context = ChannelContext(lambda: 0, allowed=[ip_network("127.0.0.0/8")], report=told.append)
    for address, taken in ((f"{receiver.url}?token=hunter2", True), ("http://u:hunter2@localhost:1024/", False)):
        monkeypatch.setenv("HOOK", address)
        answer = WebhookSender(context).send(DeliveryRequest(Destination("webhook", "env:HOOK"), OUT))
        assert answer.taken == taken
        assert not any("hunter2" in text or "localhost" in text for text in (*told, answer.message))
    for address in ("hunter2-the-token", "hunter2:x", "http://[hunter2/", " "):
        monkeypatch.setenv("HOOK", address)
        answer = WebhookSender(context).send(DeliveryRequest(Destination("webhook", "env:HOOK"), OUT))
        assert (answer.taken, "env:HOOK" in answer.message, "hunter2" in answer.message) == (False, True, False)
        warned = [*CHANNEL.warnings_of(Destination("webhook", "env:HOOK"), context)]
        assert warned
        assert "hunter2" not in str(warned)
    assert CHANNEL.receiver("env:HOOK") == "webhook env:HOOK"


@pytest.mark.parametrize(
    "address",
    [
        "https://user:hunter2@x.example/",
        "https://hunter2@x.example/",
        "https://x.example/?token=hunter2",
        "https://x.example/?a=1&Access_Token=hunter2",
        "https://x.example/?api-key=hunter2",
        "https://x.example/?sig=hunter2",
        "https://x.example/?secret=",
        "https://u:hunter2@x.example:99999/?token=hunter2",
        "ftp://u:hunter2@x.example/?token=hunter2",
    ],
)
def test_an_address_with_a_secret_in_it_is_refused_and_not_repeated(address):
    with pytest.raises(ValueError, match=r"by reference|cannot be delivered to") as caught:
        CHANNEL.check_destination(Destination("webhook", address))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["https://x.example/?room=3&mode=ok", "https://x.example/tokens/?keyboard=1", "env:HOOK"]
)
def test_other_parameters_are_no_secret(address):
    CHANNEL.check_destination(Destination("webhook", address), remote=True)


@pytest.mark.parametrize(
    "reference",
    [
        "file:/etc/shadow",
        "file:../x",
        "file:a/b",
        "file:.ssh",
        "file:",
        "env:THEMEWIRE_WEB__TOKEN",
        "env:themewire_x",
        "env:A=B",
    ],
)
@pytest.mark.parametrize("kind", ["webhook", "apprise"])
def test_from_afar_a_secret_is_a_name(reference, kind):
    secret = Destination("webhook", "https://x.example/", {"secret": reference})
    destination = secret if kind == "webhook" else Destination("apprise", reference)
    with pytest.raises(ValueError, match=r"is refused"):
        channel_of(kind).check_destination(destination, remote=True)
    if "THEMEWIRE" not in reference.upper() and reference != "file:":
        channel_of(kind).check_destination(destination)


def test_nobodys_secret_is_a_setting_of_ours(monkeypatch):
    monkeypatch.setenv("THEMEWIRE_WEB__TOKEN", "hunter2")
    with pytest.raises(SecretMissing, match="setting of themewire itself"):
        ChannelContext(lambda: 0).secret("env:THEMEWIRE_WEB__TOKEN")


def test_messages_of_one_thread_have_one_key_and_a_digest_has_none(receiver):
    related = (Related("a1", 0.6, "Title"),)
    other = msgspec.structs.replace(alert(), id="a2", related=related)
    for of in ({"alert": alert()}, {"alert": other}, {"alert": other, "thread": alert().id}, {"alerts": (alert(),)}):
        assert send(receiver.url, of=of).taken
    bodies = [json.loads(body) for _, body in receiver.got]
    assert [body.get("thread") for body in bodies] == [alert().id, "a2", alert().id, None]
    assert bodies[1]["alert"]["related"] == [{"alert": "a1", "probability": 0.6, "title": "Title", "url": ""}]
