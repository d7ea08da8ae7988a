"""The Discord channel: an embed through a webhook of Discord, which later words on the alert edit.

Markdown of strangers is escaped, and `allowed_mentions` lets nobody be mentioned.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from stream.delivering.channels.channel import Channel, ChannelOption
from stream.delivering.channels.posting import Answer, Call, posting, responded
from stream.delivering.channels.web_address import receiver_of, warnings_of
from stream.delivering.lines import Line, Run, fitting
from stream.delivering.message import Wording
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.delivering.sanitising import one_line
from stream.engine.rate_limits import Rate

__all__ = ["CHANNEL"]

MOST_TEXT = 4096  # characters of an embed's description; of all its texts it takes 6,000
RATE = Rate(2.4, 4)  # at most 4 in two seconds and 29 in a minute: 5 and 30 have been seen, what is left it says itself
TITLE = 128  # of 256: escaping may double it
UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, INVALID_TOKEN = 10008, 10015, 50027
FAULTS = {UNKNOWN_WEBHOOK: "the webhook was deleted", INVALID_TOKEN: "the address is not that of a webhook"}
_MARKUP = re.compile(r"([\\*_~`|>#\-\[\]()<@:!])")
_ID = re.compile(r"\d{1,20}", re.ASCII)

ABOUT = """## Discord

    export HOOK=https://discord.com/api/webhooks/1234/XXXX
    themewire subscriptions add chat --theme standards --discord env:HOOK

posts an embed through a [webhook](https://discord.com/developers/docs/resources/webhook) of Discord; with `?thread_id=`
in its address, in that thread. The address is a secret, so it is given by reference. An update or a retraction edits
the message of its alert, which notifies nobody; where somebody deleted that message, it is posted anew. A repetition of
an edit changes nothing, that of a first message appears twice. Nobody can be mentioned by a title. A webhook that was
deleted ends the subscription.

An embed takes, by Discord's [documentation](https://discord.com/developers/docs/resources/message), 4,096 characters of
description, to which it is cut (links for feedback stay), 256 of title and 6,000 in all. Its
[limits on the rate](https://discord.com/developers/docs/topics/rate-limits) are not for clients to know beforehand:
each answer says how many more requests are taken now, and after the last one nothing is sent until it says so; 429 with
its `Retry-After` is obeyed. Users have reported 5 in two seconds and 30 a minute, so four are sent at once, then one
every 2.4 seconds.
"""


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    """The receipt is the message's id."""
    webhook, message = call.target(request.destination.address).url, _message(call.wording(request))
    if request.receipt:
        edited = call.json("PATCH", _with(webhook, f"/messages/{request.receipt}"), message)
        if edited.taken or edited.field("code") != UNKNOWN_MESSAGE:
            return _response(edited, request.receipt)
        call.context.report("the message was deleted: it is posted anew")
    made = call.json("POST", _with(webhook, wait="true"), message)
    name = made.text("id")
    return _response(made, name if _ID.fullmatch(name) else "")


def _with(webhook: str, path: str = "", **query: str) -> str:
    """The address with more of a path and query; what it has of a query stays."""
    parts = urlsplit(webhook)
    more = urlencode([*parse_qsl(parts.query), *query.items()])
    return parts._replace(path=parts.path.rstrip("/") + path, query=more).geturl()


def _response(answer: Answer, receipt: str) -> DeliveryResponse:
    code = answer.field("code")
    why = FAULTS.get(code, "") if isinstance(code, int) else ""
    return responded(answer, why=why, gone=code == UNKNOWN_WEBHOOK, receipt=receipt)


def _message(wording: Wording) -> dict[str, Any]:
    lines = fitting(wording.lines, lambda line: len(_markdown(line)) + 1, MOST_TEXT)
    embed = {"title": _escaped(one_line(wording.subject, TITLE)), "description": "\n".join(map(_markdown, lines))}
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _markdown(line: Line) -> str:
    return "".join(map(_marked, line))


def _marked(run: Run) -> str:
    if run.own:
        return f"[{_escaped(run.text)}]({run.url.replace('(', '%28').replace(')', '%29')})"
    if run.url:
        return f"<{run.url}>"  # spelled out, and without a preview
    return f"**{_escaped(run.text)}**" if run.strong else _escaped(run.text)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


CHANNEL = Channel(
    kind="discord",
    address=ChannelOption("REF", "A Discord webhook, by reference.", secret=True),
    make=posting(_deliver),
    receiver=receiver_of("discord"),
    rate=RATE,
    warnings=warnings_of,
    about=ABOUT,
)
