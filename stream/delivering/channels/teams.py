"""The Teams channel: an Adaptive Card through a webhook of Microsoft Teams.

All text stands in text runs, in which Teams reads no Markdown, and a link is the action of a run: so nobody who writes
a title can mention or link anything.
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

MOST_BYTES = 19_000  # of the 28 KB that Teams documents: users have reported that it refuses from 21 KB on
RATE = Rate(15.0, 4)  # at most 4 in a second, and 24 of the 25 that a flow may post in five minutes

ABOUT = """## Microsoft Teams

    export HOOK='https://example.webhook.office.com/workflows/...'
    themewire subscriptions add chat --theme standards --teams env:HOOK

posts an [Adaptive Card](https://adaptivecards.io) to a webhook of the app Workflows (*When a Teams webhook request is
received*). Its address is a secret, so it is given by reference. Teams tells nothing about the message that it made, so
updates and retractions are messages of their own, and a repetition appears twice. An address that Teams does not know
any more is only known by its status, which may also mean a mistake: only 410 ends the subscription.

Microsoft documents 28 KB and four requests a second for
[webhooks](https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook), and
for the [connector](https://learn.microsoft.com/connectors/teams/) behind Workflows 25 cards in five minutes. A flow
accepts a message before it has posted it, so one above that may be lost without a word: four are sent at once, then one
every 15 seconds. 429 with its `Retry-After` is obeyed. A card is cut to 19,000 bytes, since users have reported that
more than 21 KB are refused; links for feedback stay.
"""


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    return responded(call.json("POST", call.target(request.destination.address).url, _message(call.wording(request))))


def _message(wording: Wording) -> dict[str, Any]:
    lines = fitting(wording.lines, lambda line: len(msgspec.json.encode(_block(line))) + 1, MOST_BYTES)
    title = {"type": "TextRun", "text": wording.subject, "weight": "Bolder", "size": "Medium"}
    blocks = [{"type": "RichTextBlock", "inlines": [title]}]
    apart = False
    for line in lines:
        if line:
            blocks.append(_block(line) | ({"separator": True} if apart else {}))
        apart = not line
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": blocks,
    }
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [content]}


def _block(line: Line) -> dict[str, Any]:
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": [*map(_inline, line)]}


def _inline(run: Run) -> dict[str, Any]:
    inline: dict[str, Any] = {"type": "TextRun", "text": run.text}
    if run.url:
        inline["selectAction"] = {"type": "Action.OpenUrl", "url": run.url}
    return inline | ({"weight": "Bolder"} if run.strong else {})


CHANNEL = Channel(
    kind="teams",
    address=ChannelOption("REF", "A Microsoft Teams webhook, by reference.", secret=True),
    make=posting(_deliver),
    receiver=receiver_of("teams"),
    rate=RATE,
    warnings=warnings_of,
    about=ABOUT,
)
