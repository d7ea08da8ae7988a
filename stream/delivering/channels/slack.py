"""The Slack channel: messages of rich text through an incoming webhook of Slack.

A run of rich text is text and no markup, so nobody who writes a title can mention or link anything. Only the line that
notifications show is mrkdwn, in which `&`, `<` and `>` are escaped.
"""

from typing import Any

import msgspec

from stream.delivering.channels.channel import Channel, ChannelOption
from stream.delivering.channels.posting import Call, posting, responded
from stream.delivering.channels.web_address import receiver_of, warnings_of
from stream.delivering.lines import Line, Run, fitting
from stream.delivering.message import Wording
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.engine.rate_limits import Rate

__all__ = ["CHANNEL"]

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

ABOUT = """## Slack

    export HOOK=https://hooks.slack.com/services/T0000/B0000/XXXX
    themewire subscriptions add chat --theme standards --slack env:HOOK

posts through an [incoming webhook](https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks) of Slack.
Its address is a secret, so it is given by reference. Slack tells a webhook nothing about the message that it made, so
updates and retractions are messages of their own, and a repetition appears twice. A webhook or channel that is gone
ends the subscription. Long messages are cut to about 11,000 bytes of Slack's JSON; links for feedback stay.

Slack [documents](https://docs.slack.dev/apis/web-api/rate-limits) one message a second for a channel, which is what it
gets, and 429 with its `Retry-After`. A header has 150 characters at most. How much all blocks of a message may have is
not documented: users have reported that about 13,200 characters are refused.
"""


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    answer = call.json("POST", call.target(request.destination.address).url, _message(call.wording(request)))
    code = answer.body[:100].decode("ascii", "replace").strip()
    return responded(answer, why=ENDED.get(code, "") or FAULTS.get(code, ""), gone=code in ENDED)


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


CHANNEL = Channel(
    kind="slack",
    address=ChannelOption("REF", "A Slack webhook, by reference.", secret=True),
    make=posting(_deliver),
    receiver=receiver_of("slack"),
    rate=RATE,
    warnings=warnings_of,
    about=ABOUT,
)
