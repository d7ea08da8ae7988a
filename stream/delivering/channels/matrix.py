"""The Matrix channel: messages in a room, by the client-server API; what is said later is in the alert's thread.

The transaction id is the delivery id, so a homeserver makes one message of a delivery that comes twice.
"""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from stream.delivering.channels.channel import Channel, ChannelOption
from stream.delivering.channels.posting import Answer, Call, posting, responded
from stream.delivering.channels.shared_options import TOKEN, check_token
from stream.delivering.channels.web_address import check_address, receiver_of, warnings_of
from stream.delivering.lines import Run, fitting, text_of
from stream.delivering.message import Wording
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.net.guard import Blocked
from stream.records import Destination
from stream.secrets import is_reference
from stream.units import DAY_SECONDS

__all__ = ["CHANNEL"]

MOST_BYTES = 20_000  # of the 65,536 of an event, which an edit has twice
LONGEST_EVENT_ID = 255
FAULTS = {
    "M_UNKNOWN_TOKEN": "it does not know the token",
    "M_MISSING_TOKEN": "it does not know the token",
    "M_FORBIDDEN": "the token's user may not write in this room: invite it, and let it join",
    "M_NOT_FOUND": "there is no such room",
    "M_TOO_LARGE": "the message is too large",
    "M_USER_DEACTIVATED": "the token's user was deactivated",
}
UNRELATED = (400, 404)  # of a message that refers to one that the homeserver does not have, or not as a thread's first

ABOUT = """## Matrix

    export BOT_TOKEN=syt_xxxx
    themewire subscriptions add room --theme standards --matrix 'https://matrix.example.org/!id:example.org' \\
        --token env:BOT_TOKEN

writes to a room by the [client-server API](https://spec.matrix.org/latest/client-server-api/), as the user whose access
token it is, who has joined the room. The address is that of the homeserver's API, then the room's id (not its alias).
The room must not be encrypted: nothing here encrypts. The transaction id is the delivery id, so a repetition makes no
second message. An update is in the thread of its alert, as related alerts are with `--related thread`; a retraction
edits the alert's message, so that whoever reads it sees so. Nobody is mentioned.

The [specification](https://spec.matrix.org/latest/client-server-api/#size-limits) has 65,536 bytes for an event as it
travels, and an edit holds a message twice: messages are cut to 20,000 bytes; links for feedback stay. It names no rate,
which is the homeserver's own to set, so none is kept beforehand: 429 is obeyed, with its `Retry-After` or
`retry_after_ms`. Synapse's default, ten at once and then one in five seconds for a user, delays a burst; its
administrator can exempt the user.
"""


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    """The receipt is the id of the alert's first message."""
    address = _send_url(call.target(request.destination.address).url, request.outbound.delivery)
    headers = {"Authorization": f"Bearer {call.secret(request.destination.options.get('token', ''))}"}
    content = _content(call.wording(request))
    related = _related(request, content)
    answer = call.json("PUT", address, related, headers)
    if related is not content and answer.status in UNRELATED:  # it was not taken, so this is no second message
        call.context.report("the message that it refers to is not there: it stands for itself")
        answer, related = call.json("PUT", address, content, headers), content
    if not answer.wait and isinstance(ms := answer.field("retry_after_ms"), int):  # older homeservers have no header
        answer = replace(answer, wait=min(max(ms / 1000, 0.0), DAY_SECONDS))
    first = request.receipt if related is not content and request.receipt else _event_id(answer)
    return responded(answer, why=FAULTS.get(answer.text("errcode"), ""), receipt=first)


def _send_url(address: str, delivery: str) -> str:
    """Where the room takes messages; raises `Blocked` where the address names no room."""
    parts = urlsplit(address)
    base, _, room = unquote(parts.path).rpartition("/")
    if not room.startswith("!"):
        raise Blocked("the address names no room: it is https://HOMESERVER/!ROOM:SERVER, with the room's id")
    path = f"{base}/_matrix/client/v3/rooms/{quote(room, safe='')}/send/m.room.message/{quote(delivery, safe='')}"
    return parts._replace(path=path, query="").geturl()


def _related(request: DeliveryRequest, content: dict[str, Any]) -> dict[str, Any]:
    alert = request.outbound.alert
    if request.receipt and alert and alert.kind == "retracted":
        edit = {"rel_type": "m.replace", "event_id": request.receipt}
        shown = {"body": f"* {content['body']}", "formatted_body": f"* {content['formatted_body']}"}
        return content | shown | {"m.new_content": content, "m.relates_to": edit}
    if first := request.thread or request.receipt:
        reply = {"is_falling_back": True, "m.in_reply_to": {"event_id": first}}
        return content | {"m.relates_to": {"rel_type": "m.thread", "event_id": first} | reply}
    return content


def _content(wording: Wording) -> dict[str, Any]:
    lines = fitting(wording.lines, lambda line: len((_html(line) + text_of(line)).encode()) + 6, MOST_BYTES)
    return {
        "msgtype": "m.text",
        "body": "\n".join((wording.subject, *map(text_of, lines))),
        "format": "org.matrix.custom.html",
        "formatted_body": "<br>".join((f"<strong>{escape(wording.subject)}</strong>", *map(_html, lines))),
        "m.mentions": {},
    }


def _html(line: Sequence[Run]) -> str:
    return "".join(map(_tagged, line))


def _tagged(run: Run) -> str:
    text = escape(run.text)
    if run.url:
        return f'<a href="{escape(run.url)}">{text}</a>'
    return f"<strong>{text}</strong>" if run.strong else text


def _event_id(answer: Answer) -> str:
    name = answer.text("event_id")
    return name if name.startswith("$") and len(name) <= LONGEST_EVENT_ID else ""


def _check(destination: Destination) -> None:
    check_address(destination)
    check_token(destination)
    if not is_reference(destination.address):
        try:
            _send_url(destination.address, "")
        except Blocked as error:
            raise ValueError(str(error)) from error


CHANNEL = Channel(
    kind="matrix",
    address=ChannelOption("URL", "A Matrix room, https://HOMESERVER/!ID:SERVER, with a token.", referable=True),
    options={"token": TOKEN},
    make=posting(_deliver),
    receiver=receiver_of("matrix"),
    check=_check,
    warnings=warnings_of,
    about=ABOUT,
)
