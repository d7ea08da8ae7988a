"""The Gotify channel: messages of an application of a Gotify server."""

from typing import Any

from stream.delivering.channels.channel import Channel, ChannelOption
from stream.delivering.channels.incident import incident_of
from stream.delivering.channels.posting import Call, posting, responded
from stream.delivering.channels.shared_options import SEVERITY, TOKEN, check_severity, check_token, severity_of
from stream.delivering.channels.web_address import check_address, receiver_of, warnings_of
from stream.delivering.lines import text_of
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.records import Destination

__all__ = ["CHANNEL"]

PRIORITIES = {"critical": 10, "error": 8, "warning": 5, "info": 2}
FAULTS = {401: "it does not know the token", 403: "the token is not that of an application"}

ABOUT = """## Gotify

    export APP_TOKEN=Axxxxxxxxxxxxxx
    themewire subscriptions add phone --theme failures --gotify https://gotify.example.org --token env:APP_TOKEN

sends messages as an application of a [Gotify](https://gotify.net) server. Gotify cannot change a message, so updates
and retractions are messages of their own, and a repetition appears twice. A tap opens the item. The severities are the
priorities 10, 8, 5 and 2. No limit of its server on size or rate is known to us.
"""


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    base = call.target(request.destination.address).url.rstrip("/")
    wording, incident = call.wording(request), incident_of(request.outbound)
    extras: dict[str, Any] = {"client::display": {"contentType": "text/plain"}}
    if incident.url:
        extras["client::notification"] = {"click": {"url": incident.url}}
    message = {
        "title": wording.subject,
        "message": "\n".join(map(text_of, wording.lines)),
        "priority": PRIORITIES[severity_of(request)],
        "extras": extras,
    }
    token = call.secret(request.destination.options.get("token", ""))
    answer = call.json("POST", f"{base}/message", message, {"X-Gotify-Key": token})
    return responded(answer, why=FAULTS.get(answer.status, ""))


def _check(destination: Destination) -> None:
    for check in (check_address, check_token, check_severity):
        check(destination)


CHANNEL = Channel(
    kind="gotify",
    address=ChannelOption("URL", "A Gotify server, with its token, or a reference to its address.", referable=True),
    options={"token": TOKEN, "severity": SEVERITY},
    make=posting(_deliver),
    receiver=receiver_of("gotify"),
    check=_check,
    warnings=warnings_of,
    about=ABOUT,
)
