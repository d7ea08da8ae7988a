"""The Slack channel: messages of rich text through an incoming webhook of Slack, or as a bot, with threads and edits.

A run of rich text is text and no markup, so nobody who writes a title can mention or link anything. Only the line that
notifications show is mrkdwn, in which `&`, `<` and `>` are escaped.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from pydantic import Field

from stream.delivering.channels.channel import Channel, ChannelContext, ChannelOption, ChannelSettings
from stream.delivering.channels.posting import Answer, Call, posting, responded
from stream.delivering.channels.shared_options import TOKEN
from stream.delivering.channels.web_address import receiver_of, warnings_of
from stream.delivering.lines import Line, Run, fitting
from stream.delivering.message import Wording
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.engine.rate_limits import Rate
from stream.records import Destination
from stream.secrets import is_reference

__all__ = ["CHANNEL", "SlackSettings"]

MOST_BYTES = 11_000  # of blocks as JSON: Slack names no limit, but users report refusals from 13,200 characters on
RATE = Rate(1.0)  # documented for a channel; "short bursts" are tolerated, and not promised
# What Slack says of a webhook that will never work again.
ENDED = {
    "no_service": "the webhook was removed or disabled",
    "no_active_hooks": "the webhook was removed or disabled",
    "channel_not_found": "its channel was deleted",
    "channel_is_archived": "its channel is archived",
    "team_disabled": "its workspace was disabled",
    "user_not_found": "its user is not there any more",
}
FAULTS = {
    "invalid_token": "the address is not that of a webhook",
    "action_prohibited": "an administrator forbids it",
    "posting_to_general_channel_denied": "an administrator forbids it in this channel",
    "too_many_attachments": "the message is too large",
}
# What Slack says to a bot.
BOT_ENDED = {"is_archived": "its channel is archived"}
UNKNOWN = ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive")
BOT_FAULTS = {
    **dict.fromkeys(UNKNOWN, "it does not know the token"),
    "missing_scope": "the token lacks the scope chat:write",
    "channel_not_found": "there is no such channel, or the bot is not in it",
    "not_in_channel": "the bot is not in this channel: invite it",
    **dict.fromkeys(("msg_too_long", "msg_blocks_too_long"), "the message is too large"),
}
# The message that it refers to was deleted, or takes neither words in a thread nor a change.
LOST = {"message_not_found", "thread_not_found", "cannot_reply_to_message", "cant_update_message", "edit_window_closed"}
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{6,30}", re.ASCII)
_TS = re.compile(r"\d{1,15}\.\d{1,10}", re.ASCII)

ABOUT = """## Slack

    export HOOK=https://hooks.slack.com/services/T0000/B0000/XXXX
    themewire subscriptions add chat --theme standards --slack env:HOOK

posts through an [incoming webhook](https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks) of Slack.
Its address is a secret, so it is given by reference. Slack tells a webhook nothing about the message that it made, so
updates and retractions are messages of their own, and a repetition appears twice.

    export BOT_TOKEN=xoxb-0000
    themewire subscriptions add chat --theme standards --slack C0123456789 --token env:BOT_TOKEN

posts as a [bot](https://docs.slack.dev/reference/methods/chat.postmessage) with the scope `chat:write`, which is in the
channel with this id (at the end of what Slack shows *About this channel*). An update is in the thread of its alert, as
related alerts are with `--related thread`; a retraction edits the alert's message, so that whoever reads it sees so.
Where somebody deleted that message, a message stands for itself. A repetition of an edit changes nothing, that of
another message appears twice.

A webhook or channel that is gone ends the subscription. Long messages are cut to about 11,000 bytes of Slack's JSON;
links for feedback stay.

Slack [documents](https://docs.slack.dev/apis/web-api/rate-limits) one message a second for a channel, which is what it
gets, and 429 with its `Retry-After`. A header has 150 characters at most. How much all blocks of a message may have is
not documented: users have reported that about 13,200 characters are refused.
"""


class SlackSettings(ChannelSettings):
    """Where Slack's API for bots is."""

    url: str = Field(default="https://slack.com/api", description="Slack's Web API, which bots post through.")


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    if token := request.destination.options.get("token", ""):
        return _as_bot(call, request, token)
    answer = call.json("POST", call.target(request.destination.address).url, _message(call.wording(request)))
    code = answer.body[:100].decode("ascii", "replace").strip()
    return responded(answer, why=ENDED.get(code, "") or FAULTS.get(code, ""), gone=code in ENDED)


def _as_bot(call: Call, request: DeliveryRequest, token: str) -> DeliveryResponse:
    """The receipt is Slack's name of the alert's first message, its `ts`."""
    headers = {"Authorization": f"Bearer {call.secret(token)}"}
    message = {"channel": request.destination.address, **_message(call.wording(request))}

    def ask(method: str, **more: str) -> Answer:
        return call.json("POST", f"{call.context.settings.url.rstrip('/')}/chat.{method}", message | more, headers)

    alert = request.outbound.alert
    if request.receipt and alert and alert.kind == "retracted":
        answer, first = ask("update", ts=request.receipt), request.receipt
    elif thread := request.thread or request.receipt:
        answer, first = ask("postMessage", thread_ts=thread), request.receipt
    else:
        answer, first = ask("postMessage"), ""
    if answer.text("error") in LOST:
        call.context.report("the message that it refers to is not there: it stands for itself")
        answer, first = ask("postMessage"), ""
    name = answer.text("ts")
    return _bot_response(answer, first or (name if _TS.fullmatch(name) else ""))


def _bot_response(answer: Answer, receipt: str) -> DeliveryResponse:
    """A refusal has the status 200, too, and says so in its body."""
    code = answer.text("error")
    why = BOT_ENDED.get(code, "") or BOT_FAULTS.get(code, "")
    if not answer.taken or answer.field("ok") is True:
        return responded(answer, why=why, receipt=receipt)
    said = f"Slack refuses it: {why}" if why else "Slack refuses it"
    return DeliveryResponse(False, answer.status, said, answer.wait, gone=code in BOT_ENDED)


def _message(wording: Wording) -> dict[str, Any]:
    lines = fitting(wording.lines, lambda line: len(msgspec.json.encode(_elements(line))), MOST_BYTES)
    elements = [element for line in lines for element in _elements(line)]
    return {
        "text": wording.subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": wording.subject, "emoji": False}},
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]},
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _elements(line: Line) -> list[dict[str, Any]]:
    return [*map(_element, line), {"type": "text", "text": "\n"}]


def _element(run: Run) -> dict[str, Any]:
    if run.url:
        return {"type": "link", "url": run.url, "text": run.text}
    return {"type": "text", "text": run.text} | ({"style": {"bold": True}} if run.strong else {})


def _check(destination: Destination) -> None:
    if destination.options.get("token"):
        if not _CHANNEL.fullmatch(destination.address):
            raise ValueError("with a token the address is a channel's id, such as C0123456789")
    elif not is_reference(destination.address):
        raise ValueError("a webhook's address is a secret: give it by reference, as env:NAME or file:NAME")


def _warnings(destination: Destination, context: ChannelContext) -> Iterable[str]:
    return () if destination.options.get("token") else warnings_of(destination, context)


CHANNEL = Channel(
    kind="slack",
    address=ChannelOption("REF|ID", "A Slack webhook by reference, or with a token a channel's id.", referable=True),
    options={"token": TOKEN},
    settings=SlackSettings,
    check=_check,
    make=posting(_deliver),
    receiver=receiver_of("slack"),
    rate=RATE,
    warnings=_warnings,
    about=ABOUT,
)
