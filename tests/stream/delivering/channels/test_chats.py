"""Slack, Teams, Discord and Matrix, each against a server that checks the documented form of its API."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from stream.delivering.channels.slack import SlackSettings
from tests.stream.delivering.channels.service import HOSTILE, Asked, Refused, fields, hostile, send, serving
from tests.stream.delivering.test_message import OWN, Page, told

SUBJECT = "[standards] ISO committee votes on storage"
MANY = tuple(told(id=f"a{n}", title=f"{n} " + "z" * 110) for n in range(300))
SHORT = tuple(told(id=f"a{n}", title="é", url=f"https://a.example/{n}", sources=()) for n in range(300))


def slack(asked: Asked) -> tuple[int, object]:
    """An incoming webhook; its errors are words."""
    if (asked.method, asked.path) != ("POST", "/services/T0/B0/hunter2"):
        raise Refused(404, "no_team")
    if asked.headers["content-type"] != "application/json":
        raise Refused(400, "invalid_payload")
    fields(asked.body, {"text": str}, {"blocks": list, "unfurl_links": bool, "unfurl_media": bool, "thread_ts": str})
    slack_blocks(asked.body)
    return 200, "ok"


def slack_blocks(body: dict) -> None:
    """A header, and rich text."""
    if len(json.dumps(body["blocks"], ensure_ascii=False)) > 13_000:  # as users report
        raise Refused(400, "msg_blocks_too_long")
    header, text = body["blocks"]
    plain = {"type": "plain_text", "text": header["text"]["text"], "emoji": False}
    if header != {"type": "header", "text": plain} or len(plain["text"]) > 150 or text["type"] != "rich_text":
        raise Refused(400, "invalid_blocks")
    (section,) = text["elements"]
    for each in section["elements"]:
        fields(each, {"type": str, "text": str}, {"style": dict, "url": str})
        if each["type"] not in ("text", "link") or not each["text"] or (each["type"] == "link") != ("url" in each):
            raise Refused(400, "invalid_blocks")


class SlackBot:
    """The Web API, with one channel that the bot is in: each refusal has the status 200."""

    def __init__(self) -> None:
        self.messages: dict[str, dict] = {}

    def __call__(self, asked: Asked) -> tuple[int, object]:
        if asked.headers.get("authorization") != "Bearer syt_token":
            return 200, {"ok": False, "error": "invalid_auth"}
        known = {"channel": str, "text": str, "blocks": list, "unfurl_links": bool, "unfurl_media": bool}
        if asked.body.get("channel") != "C0123456789":
            return 200, {"ok": False, "error": "channel_not_found"}
        slack_blocks(asked.body)
        if asked.path == "/api/chat.update":
            fields(asked.body, {**known, "ts": str})
            if asked.body["ts"] not in self.messages:
                return 200, {"ok": False, "error": "message_not_found"}
            name = asked.body["ts"]
        else:
            fields(asked.body, known, {"thread_ts": str})
            first = self.messages.get(thread := asked.body.get("thread_ts", ""))
            if asked.path != "/api/chat.postMessage" or (thread and (first is None or "thread_ts" in first)):
                return 200, {"ok": False, "error": "thread_not_found" if thread else "unknown_method"}
            name = f"{1_503_435_956 + len(self.messages)}.000247"
        self.messages[name] = asked.body
        return 200, {"ok": True, "channel": "C0123456789", "ts": name, "message": {}}


def teams(asked: Asked) -> tuple[int, object]:
    """A webhook of Workflows: an adaptive card, of 28 KB at most, and users report that less is refused."""
    if (asked.method, asked.path) != ("POST", "/workflows/hunter2?sig=hunter2"):
        raise Refused(401, {"error": {"code": "DirectApiAuthorizationRequired"}})
    if len(json.dumps(asked.body, ensure_ascii=False).encode()) > 21_000:
        raise Refused(413)
    (attachment,) = asked.body["attachments"]
    card = attachment["content"]
    fields(attachment, {"contentType": str, "content": dict}, {"contentUrl": type(None)})
    fields(card, {"type": str, "$schema": str, "version": str, "body": list}, {"msteams": dict})
    kinds = (asked.body["type"], attachment["contentType"], card["type"])
    if kinds != ("message", "application/vnd.microsoft.card.adaptive", "AdaptiveCard"):
        raise Refused(400)
    for block in card["body"]:
        fields(block, {"type": str, "inlines": list}, {"spacing": str, "separator": bool})
        for run in block["inlines"]:
            fields(run, {"type": str, "text": str}, {"weight": str, "size": str, "selectAction": dict})
            if (block["type"], run["type"]) != ("RichTextBlock", "TextRun"):
                raise Refused(400)
    return 202, ""


class Discord:
    """A webhook, and the messages that it made."""

    def __init__(self) -> None:
        self.messages: dict[str, dict] = {}

    def __call__(self, asked: Asked) -> tuple[int, object]:
        url = urlsplit(asked.path)
        found = re.fullmatch(r"/api/webhooks/1/hunter2(?:/messages/(\d+))?", url.path)
        if found is None:
            raise Refused(401, {"message": "Invalid Webhook Token hunter2", "code": 50027})
        if parse_qs(url.query).get("thread_id") != ["7"]:
            raise Refused(404, {"message": "Unknown Channel", "code": 10003})
        fields(asked.body, {}, {"content": str, "embeds": list, "allowed_mentions": dict})
        for embed in asked.body["embeds"]:
            fields(embed, {}, {"title": str, "description": str, "url": str})
            title, text = len(embed["title"]), len(embed["description"])
            if title > 256 or text > 4096 or title + text > 6000:
                raise Refused(400, {"message": "Invalid Form Body", "code": 50035})
        if asked.method == "PATCH" and found[1]:
            if found[1] not in self.messages:
                raise Refused(404, {"message": "Unknown Message", "code": 10008})
            self.messages[found[1]] = asked.body
            return 200, {"id": found[1]}
        if asked.method != "POST" or found[1]:
            raise Refused(405)
        name = str(1000 + len(self.messages))
        self.messages[name] = asked.body
        return (200, {"id": name}) if parse_qs(url.query).get("wait") == ["true"] else (204, "")


class Matrix:
    """A homeserver with a room, in which a transaction id makes one event."""

    def __init__(self) -> None:
        self.events: dict[str, dict] = {}
        self.transactions: dict[str, str] = {}

    def __call__(self, asked: Asked) -> tuple[int, object]:
        if asked.headers.get("authorization") != "Bearer syt_token":
            raise Refused(401, {"errcode": "M_UNKNOWN_TOKEN", "error": asked.headers.get("authorization")})
        found = re.fullmatch("/_matrix/client/v3/rooms/([^/]+)/send/m.room.message/([^/]+)", asked.path)
        if found is None or asked.method != "PUT":
            raise Refused(404, {"errcode": "M_UNRECOGNIZED"})
        if unquote(found[1]) != "!room:example.org":
            raise Refused(403, {"errcode": "M_FORBIDDEN", "error": "not in the room"})
        known = {"msgtype": str, "body": str}
        more = {"format": str, "formatted_body": str, "m.mentions": dict, "m.relates_to": dict, "m.new_content": dict}
        fields(asked.body, known, more)
        if len(json.dumps(asked.body).encode()) > 65_536 - 2_000:  # of the event around it
            raise Refused(413, {"errcode": "M_TOO_LARGE"})
        if found[2] in self.transactions:
            return 200, {"event_id": self.transactions[found[2]]}
        relation = asked.body.get("m.relates_to", {})
        first = self.events.get(relation.get("event_id", ""))
        if relation and (first is None or first.get("m.relates_to", {}).get("rel_type") == "m.thread"):
            raise Refused(400, {"errcode": "M_UNKNOWN", "error": "Cannot start threads from an event with a relation"})
        name = f"${len(self.events)}:example.org"
        self.events[name], self.transactions[found[2]] = asked.body, name
        return 200, {"event_id": name}


TOKEN = {"token": "env:TOKEN"}


@pytest.fixture
def service(request, monkeypatch):
    monkeypatch.setenv("TOKEN", "syt_token")
    with serving(request.param() if isinstance(request.param, type) else request.param) as made:
        yield made


def to_slack(service, monkeypatch, **of):
    monkeypatch.setenv("HOOK", f"{service.base}/services/T0/B0/hunter2")
    return send("slack", "env:HOOK", **of)


def to_slack_bot(service, _=None, channel="C0123456789", **of):
    settings = SlackSettings(url=f"{service.base}/api")
    return send("slack", channel, options=TOKEN, settings=settings, **of)


def to_teams(service, monkeypatch, **of):
    monkeypatch.setenv("HOOK", f"{service.base}/workflows/hunter2?sig=hunter2")
    return send("teams", "env:HOOK", **of)


def to_discord(service, monkeypatch, **of):
    monkeypatch.setenv("HOOK", f"{service.base}/api/webhooks/1/hunter2?thread_id=7")
    return send("discord", "env:HOOK", **of)


def to_matrix(service, _=None, **of):
    return send("matrix", f"{service.base}/!room:example.org", options=TOKEN, **of)


EACH = pytest.mark.parametrize(
    ("service", "to"),
    [(slack, to_slack), (SlackBot, to_slack_bot), (teams, to_teams), (Discord, to_discord), (Matrix, to_matrix)],
    indirect=["service"],
    ids=["slack", "slack bot", "teams", "discord", "matrix"],
)


@EACH
def test_a_message_is_in_the_documented_form_with_our_links_however_long_it_is(service, to, monkeypatch):
    assert to(service, monkeypatch).taken
    body = json.dumps(service.got[0].body)
    for link in (*OWN.values(), "https://wire.example/1"):
        assert link in unescape(body).replace("\\\\", "")
    assert to(service, monkeypatch, alert=None, alerts=MANY, delivery="d2").taken
    assert to(service, monkeypatch, alert=None, alerts=SHORT, delivery="d3").taken
    assert to(service, monkeypatch, alert=hostile(), delivery="d4").taken


@EACH
def test_a_receiver_that_is_busy_says_for_how_long_and_what_is_gone_ends(service, to, monkeypatch):
    service.refusals += [Refused(429, {}, Retry_After="30"), Refused(410, "channel_is_archived")]
    busy, gone = to(service, monkeypatch), to(service, monkeypatch)
    assert (busy.taken, busy.status, busy.retry_after, busy.gone) == (False, 429, 30.0, False)
    assert (gone.taken, gone.gone) == (False, True)


@EACH
def test_no_error_repeats_what_is_secret(service, to, monkeypatch):
    steps: list[str] = []
    service.refusals += [
        Refused(500, "hunter2 syt_token"),
        Refused(404, {"message": "hunter2"}),
        Refused(400, "syt_token"),
    ]
    told_ = [to(service, monkeypatch, report=steps.append).message for _ in range(3)]
    blocked = to(service, monkeypatch, report=steps.append, allowed=False)
    assert blocked.taken is False
    assert not re.search("hunter2|syt_token", " ".join([*told_, blocked.message, *steps]))


@pytest.mark.parametrize("service", [slack], indirect=True)
@pytest.mark.parametrize(
    ("status", "code"), [(404, "no_service"), (410, "channel_is_archived"), (404, "channel_not_found")]
)
def test_a_slack_webhook_that_was_removed_ends_the_subscription(service, monkeypatch, status, code):
    service.refusals.append(Refused(status, code))
    assert to_slack(service, monkeypatch).gone
    service.refusals.append(Refused(400, "invalid_payload"))
    assert not to_slack(service, monkeypatch).gone


@pytest.mark.parametrize("service", [slack], indirect=True)
def test_texts_in_slack_are_text_and_its_notification_is_escaped(service, monkeypatch):
    assert to_slack(service, monkeypatch, alert=hostile()).taken
    body = service.got[0].body
    assert not set("<>") & set(body["text"])
    assert "&lt;!channel&gt;" in body["text"]
    elements = body["blocks"][1]["elements"][0]["elements"]
    assert HOSTILE in [each["text"] for each in elements if each["type"] == "text"]
    assert "https://evil.example" not in {each.get("url") for each in elements}


FIRST, SECOND = "1503435956.000247", "1503435957.000247"


@pytest.mark.parametrize("service", [SlackBot], indirect=True)
def test_a_slack_bot_tells_an_update_in_the_thread_of_its_alert_and_a_retraction_edits_it(service):
    first = to_slack_bot(service).receipt
    update = to_slack_bot(service, alert=told(kind="update"), receipt=first)
    other = to_slack_bot(service, alert=told(id="b"), thread=first)
    assert [first, update.receipt] == [FIRST, FIRST]
    assert service.takes.messages[SECOND]["thread_ts"] == service.takes.messages[other.receipt]["thread_ts"] == FIRST
    of_other = to_slack_bot(service, alert=told(id="b", kind="update"), receipt=other.receipt, thread=first)
    assert (of_other.taken, of_other.receipt) == (True, other.receipt)  # words in a thread begin none
    over = to_slack_bot(service, alert=told(kind="retracted"), receipt=first)
    assert (over.receipt, len(service.takes.messages)) == (FIRST, 4)
    assert service.takes.messages[FIRST]["text"].startswith("Retracted")


@pytest.mark.parametrize("service", [SlackBot], indirect=True)
@pytest.mark.parametrize("kind", ["update", "retracted"])
def test_what_refers_to_a_message_of_slack_that_was_deleted_stands_for_itself(service, kind):
    steps: list[str] = []
    said = to_slack_bot(service, alert=told(kind=kind), receipt="1.2", report=steps.append)
    assert (said.taken, said.receipt, "thread_ts" in service.takes.messages[FIRST]) == (True, FIRST, False)
    assert "stands for itself" in steps[-1]


@pytest.mark.parametrize("service", [SlackBot], indirect=True)
def test_what_slack_refuses_to_a_bot_is_no_delivery_though_the_status_is_200(service, monkeypatch):
    archived = Refused(200, {"ok": False, "error": "is_archived"})
    odd = Refused(200, {"ok": False, "error": ["is_archived"], "ts": {}})
    service.refusals += [Refused(200, {"ok": False, "error": "hunter2"}), archived, Refused(200, "ok"), odd]
    found = [to_slack_bot(service) for _ in range(4)]
    found.append(to_slack_bot(service, channel="C99999999"))
    monkeypatch.setenv("TOKEN", "hunter2")
    found.append(to_slack_bot(service))
    assert [(each.taken, each.gone, each.message.removeprefix("Slack refuses it")) for each in found] == [
        (False, False, ""),
        (False, True, ": its channel is archived"),
        (False, False, ""),
        (False, False, ""),
        (False, False, ": there is no such channel, or the bot is not in it"),
        (False, False, ": it does not know the token"),
    ]


@pytest.mark.parametrize("service", [teams], indirect=True)
def test_texts_in_teams_are_runs_that_know_no_markdown_or_mention(service, monkeypatch):
    assert to_teams(service, monkeypatch, alert=hostile()).taken
    card = service.got[0].body["attachments"][0]["content"]
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert HOSTILE in [run["text"] for run in runs]
    assert "entities" not in card["msteams"]
    assert "https://evil.example" not in {run["selectAction"]["url"] for run in runs if "selectAction" in run}


@pytest.mark.parametrize("service", [Discord], indirect=True)
def test_texts_in_discord_are_escaped_and_mention_nobody(service, monkeypatch):
    assert to_discord(service, monkeypatch, alert=hostile()).taken
    body = service.got[0].body
    (embed,) = body["embeds"]
    assert body["allowed_mentions"] == {"parse": []}
    line = next(line for line in embed["description"].split("\n") if "everyone" in line)
    assert re.sub(r"\\(.)", r"\1", line) == HOSTILE
    assert not re.search(r"(?<!\\)[*_`~|@<>\[\]]", line.replace("\\\\", ""))


@pytest.mark.parametrize("service", [Discord], indirect=True)
def test_what_is_said_later_edits_the_message_in_discord_and_posts_it_anew_where_it_was_deleted(service, monkeypatch):
    first = to_discord(service, monkeypatch)
    later = to_discord(service, monkeypatch, alert=told(kind="retracted"), receipt=first.receipt)
    assert (first.receipt, later.receipt, list(service.takes.messages)) == ("1000", "1000", ["1000"])
    assert service.takes.messages["1000"]["embeds"][0]["title"].startswith("Retracted")
    service.takes.messages.clear()
    again = to_discord(service, monkeypatch, alert=told(kind="update"), receipt="999")
    assert (again.taken, again.receipt) == (True, "1000")


@pytest.mark.parametrize("service", [Discord], indirect=True)
def test_discord_says_of_what_it_took_whether_it_takes_more_at_once(service, monkeypatch):
    now = {"X_RateLimit_Remaining": "1", "X_RateLimit_Reset_After": "1.5"}
    last = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset_After": "1.5"}
    service.refusals += [Refused(200, {"id": "1"}, **now), Refused(200, {"id": "2"}, **last)]
    found = [to_discord(service, monkeypatch) for _ in range(3)]
    assert [(each.taken, each.receipt, each.retry_after) for each in found] == [
        (True, "1", 0.0), (True, "2", 1.5), (True, "1000", 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize("service", [Discord], indirect=True)
def test_a_discord_webhook_that_was_deleted_ends_the_subscription(service, monkeypatch):
    service.refusals.append(Refused(404, {"message": "Unknown Webhook", "code": 10015}))
    assert to_discord(service, monkeypatch).gone
    service.refusals.append(Refused(404, {"message": "Unknown Channel", "code": 10003}))
    assert not to_discord(service, monkeypatch).gone


@pytest.mark.parametrize("service", [Matrix], indirect=True)
def test_a_delivery_that_comes_twice_is_one_event_in_matrix(service):
    assert [to_matrix(service).receipt for _ in range(2)] == ["$0:example.org"] * 2
    assert len(service.takes.events) == 1


@pytest.mark.parametrize("service", [Matrix], indirect=True)
def test_an_update_is_in_the_thread_of_its_alert_in_matrix_and_a_retraction_edits_it(service):
    first = to_matrix(service).receipt
    update = to_matrix(service, alert=told(kind="update"), delivery="d2", receipt=first)
    assert update.receipt == first  # what follows belongs to the first one, too
    over = to_matrix(service, alert=told(kind="retracted"), delivery="d3", receipt=first)
    _, said, edited = service.takes.events.values()
    assert over.receipt == first
    assert said["m.relates_to"] == {
        "rel_type": "m.thread", "event_id": first, "is_falling_back": True, "m.in_reply_to": {"event_id": first},
    }  # fmt: skip
    assert edited["m.relates_to"] == {"rel_type": "m.replace", "event_id": first}
    assert edited["m.new_content"]["body"].startswith(f"Retracted: {SUBJECT}")
    assert edited["body"].startswith("* ")


@pytest.mark.parametrize("service", [Matrix], indirect=True)
def test_a_related_alert_is_in_the_thread_of_the_other_and_has_an_event_of_its_own(service):
    first = to_matrix(service).receipt
    other = to_matrix(service, alert=told(id="b"), delivery="d2", thread=first)
    assert other.receipt == "$1:example.org"
    assert service.takes.events[other.receipt]["m.relates_to"]["event_id"] == first


@pytest.mark.parametrize("service", [Matrix], indirect=True)
def test_what_refers_to_an_event_that_is_not_there_stands_for_itself(service):
    steps: list[str] = []
    said = to_matrix(service, alert=told(kind="update"), receipt="$gone:example.org", report=steps.append)
    assert (said.taken, said.receipt) == (True, "$0:example.org")
    assert "m.relates_to" not in service.takes.events["$0:example.org"]
    assert "stands for itself" in steps[-1]


@pytest.mark.parametrize("service", [Matrix], indirect=True)
def test_texts_in_matrix_are_escaped_and_mention_nobody(service):
    assert to_matrix(service, alert=hostile()).taken
    body = service.got[0].body
    page = Page(body["formatted_body"])
    assert (body["m.mentions"], body["msgtype"]) == ({}, "m.text")
    assert set(page.tags) == {"strong", "br", "a"}
    assert HOSTILE in page.text
    assert {"https://wire.example/1", OWN["right"]} <= {href for href, _ in page.links}


@pytest.mark.parametrize("service", [Matrix], indirect=True)
def test_an_older_homeserver_says_in_its_body_how_long_to_wait(service):
    service.refusals.append(Refused(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 4500}))
    assert to_matrix(service).retry_after == 4.5


@pytest.mark.parametrize("service", [Matrix], indirect=True)
def test_matrix_says_what_its_codes_mean(service, monkeypatch):
    monkeypatch.setenv("TOKEN", "hunter2")
    assert to_matrix(service).message == "the receiver answered 401: it does not know the token"


@pytest.mark.parametrize(
    ("kind", "address", "options", "why"),
    [
        ("slack", "https://hooks.slack.com/services/a/b/c", {}, "by reference"),
        ("slack", "C0123456789", {}, "by reference"),
        ("slack", "#general", TOKEN, "a channel's id"),
        ("slack", "env:HOOK", TOKEN, "a channel's id"),
        ("matrix", "https://m.example/#room:m.example", TOKEN, "names no room"),
        ("matrix", "https://m.example/!room:m.example", {}, "needs the option token"),
        ("matrix", "https://m.example/!room:m.example", {"token": "syt_token"}, "never itself"),
        ("matrix", "not a url", TOKEN, "cannot be delivered to"),
    ],
)
def test_what_can_never_be_delivered_to_is_refused_in_a_sentence(kind, address, options, why):
    with pytest.raises(ValueError, match=why):
        send(kind, address, options=options)


def test_a_reference_to_no_address_is_an_answer(monkeypatch):
    monkeypatch.setenv("HOOK", "hunter2")
    assert send("discord", "env:HOOK").message == "what env:HOOK holds is no address that can be delivered to"
