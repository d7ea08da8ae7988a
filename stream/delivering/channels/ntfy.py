"""The ntfy channel: notifications of a topic of ntfy.sh or a server of one's own, which later words update in place."""

from urllib.parse import urlsplit

from stream.delivering.channels.channel import Channel, ChannelOption
from stream.delivering.channels.incident import incident_of
from stream.delivering.channels.posting import Call, posting, responded
from stream.delivering.channels.shared_options import SEVERITY, TOKEN, check_severity, severity_of
from stream.delivering.channels.web_address import check_address, receiver_of, warnings_of
from stream.delivering.lines import Line, fitting, text_of
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.engine.rate_limits import Rate
from stream.net.guard import Blocked
from stream.records import Destination
from stream.secrets import is_reference

__all__ = ["CHANNEL"]

MOST_BYTES = 4000  # of the 4,096 of a message; a longer one becomes a file
RATE = Rate(
    5.0, 30
)  # of a bucket of 60, which gets one back in 5 seconds and all topics and readers of an address share
PRIORITIES = {"critical": 5, "error": 4, "warning": 3, "info": 2}
FAULTS = {401: "it does not know the token", 403: "the topic needs a token that may write to it"}

ABOUT = """## ntfy

    export PHONE=https://ntfy.sh/a-name-that-nobody-guesses
    themewire subscriptions add phone --theme failures --ntfy env:PHONE --severity error

publishes to a topic of [ntfy](https://docs.ntfy.sh/publish/), with `--token env:NAME` where the topic is protected.
Whoever knows the name of an open topic reads it, so give such an address by reference. The alert's id is the sequence
id: an update or a retraction replaces the notification, and so does a repetition (ntfy 2.16 or later with a client that
can; elsewhere each is a notification of its own). A tap opens the item. The severities are the priorities 5, 4, 3
and 2.

By the [defaults](https://docs.ntfy.sh/config/) of the server a message has 4,096 bytes (it is cut to 4,000; links for
feedback stay), and an address of the network may send 60 requests at once, then one every 5 seconds, readers included:
30 are sent at once, then one every 5 seconds. How many messages a day ntfy.sh takes depends on the plan; 429 is obeyed.
"""


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    address, topic = _split(call.target(request.destination.address).url)
    wording, incident = call.wording(request), incident_of(request.outbound)
    lines = fitting(wording.lines, _size, MOST_BYTES)
    message = {
        "topic": topic,
        "title": wording.subject,
        "message": "\n".join(map(text_of, lines)),
        "priority": PRIORITIES[severity_of(request)],
    }
    headers = {"X-Sequence-ID": incident.key}
    if token := request.destination.options.get("token", ""):
        headers["Authorization"] = f"Bearer {call.secret(token)}"
    answer = call.json("POST", address, message | ({"click": incident.url} if incident.url else {}), headers)
    return responded(answer, why=FAULTS.get(answer.status, ""))


def _split(url: str) -> tuple[str, str]:
    """The server, which JSON is posted to, and the topic; raises `Blocked` where there is none."""
    parts = urlsplit(url)
    base, _, topic = parts.path.rstrip("/").rpartition("/")
    if not topic:
        raise Blocked("the address names no topic: it is https://SERVER/TOPIC")
    return parts._replace(path=f"{base}/", query="").geturl(), topic


def _size(line: Line) -> int:
    return len(text_of(line).encode()) + 1


def _check(destination: Destination) -> None:
    check_address(destination)
    check_severity(destination)
    if not is_reference(destination.address):
        try:
            _split(destination.address)
        except Blocked as error:
            raise ValueError(str(error)) from error


CHANNEL = Channel(
    kind="ntfy",
    address=ChannelOption("URL", "A topic of ntfy, https://SERVER/TOPIC, or a reference to it.", referable=True),
    options={"token": TOKEN, "severity": SEVERITY},
    make=posting(_deliver),
    receiver=receiver_of("ntfy"),
    rate=RATE,
    check=_check,
    warnings=warnings_of,
    about=ABOUT,
)
