"""The Slack channel: messages of rich text through an incoming webhook of Slack.

A run of rich text is text and no markup, so nobody who writes a title can mention or link anything. Only the line that
notifications show is mrkdwn, in which `&`, `<` and `>` are escaped.
"""

from typing import Any

from stream.delivering.channels.channel import Channel, ChannelOption
from stream.delivering.channels.posting import Call, posting, responded
from stream.delivering.channels.web_address import receiver_of, warnings_of
from stream.delivering.lines import Run, fitting, text_of
from stream.delivering.message import Wording
from stream.delivering.request import DeliveryRequest, DeliveryResponse

__all__ = ["CHANNEL"]

MOST_TEXT = 3000  # characters, as many as a block of text takes
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
updates and retractions are messages of their own, and a repetition appears twice. A webhook takes about one message a
second: 429 with its `Retry-After` is obeyed. A webhook or channel that is gone ends the subscription. Long messages are
cut to 3,000 characters; links for feedback stay.
"""


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    answer = call.json("POST", call.target(request.destination.address).url, _message(call.wording(request)))
    code = answer.body[:100].decode("ascii", "replace").strip()
    return responded(answer, why=ENDED.get(code, "") or FAULTS.get(code, ""), gone=code in ENDED)


def _message(wording: Wording) -> dict[str, Any]:
    lines = fitting(wording.lines, lambda line: len(text_of(line)) + 1, MOST_TEXT)
    elements = [element for line in lines for element in (*map(_element, line), {"type": "text", "text": "\n"})]
    return {
        "text": wording.subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": wording.subject, "emoji": False}},
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]},
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _element(run: Run) -> dict[str, Any]:
    if run.url:
        return {"type": "link", "url": run.url, "text": run.text}
    return {"type": "text", "text": run.text} | ({"style": {"bold": True}} if run.strong else {})


CHANNEL = Channel(
    kind="slack",
    address=ChannelOption("REF", "A Slack webhook, by reference.", secret=True),
    make=posting(_deliver),
    receiver=receiver_of("slack"),
    warnings=warnings_of,
    about=ABOUT,
)
