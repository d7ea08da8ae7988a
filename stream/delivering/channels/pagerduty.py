"""The PagerDuty channel: events of its Events API v2, which open, repeat and resolve an incident."""

from typing import Any

from pydantic import Field

from stream.delivering.channels.channel import Channel, ChannelOption, ChannelSettings
from stream.delivering.channels.incident import Incident, incident_of
from stream.delivering.channels.posting import Call, posting, responded
from stream.delivering.channels.shared_options import SEVERITY, check_severity, severity_of
from stream.delivering.lines import text_of
from stream.delivering.message import Wording
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.engine.rate_limits import Rate
from stream.units import utc

__all__ = ["CHANNEL", "PagerdutySettings"]

MOST_DETAILS = 50_000  # characters, of 512 KB in all
RATE = Rate(0.67, 30)  # at most 119 in any minute, of about 120 that a key may send
FAULTS = {400: "it takes the event or the routing key for invalid", 403: "it does not take this routing key"}

ABOUT = """## PagerDuty

    export ROUTING_KEY=0123456789abcdef0123456789abcdef
    themewire subscriptions add oncall --theme failures --pagerduty env:ROUTING_KEY --severity error

sends events of the [Events API v2](https://developer.pagerduty.com/docs/events-api-v2-overview) with the routing key
of a service. The `dedup_key` is the alert's id: an alert opens an incident, an update is logged on it, and a
retraction resolves it; a repetition is recognised. The states of a feed, and a subscription's silence, have an
incident, which the recovery resolves; other events, a digest and a test alert (`info`) have one that a person
resolves. `pagerduty.url` names another region, such as `https://events.eu.pagerduty.com/v2/enqueue`.

PagerDuty [documents](https://developer.pagerduty.com/docs/events-api-v2-overview) 512 KB an event, 1,024 characters of
summary, and about 120 events a minute for a routing key: 30 are sent at once, then three every two seconds. It may
lower that when there is much to do; 429 is obeyed.
"""


class PagerdutySettings(ChannelSettings):
    """Where PagerDuty is."""

    url: str = Field(default="https://events.pagerduty.com/v2/enqueue", description="Where PagerDuty takes events.")


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    event = _event(request, incident_of(request.outbound), call.wording(request))
    key = call.secret(request.destination.address)
    answer = call.json("POST", call.context.settings.url, event | {"routing_key": key})
    return responded(answer, why=FAULTS.get(answer.status, ""))


def _event(request: DeliveryRequest, incident: Incident, wording: Wording) -> dict[str, Any]:
    if incident.action == "resolve":
        return {"event_action": "resolve", "dedup_key": incident.key}
    out = request.outbound
    links = [{"href": run.url, "text": run.text} for line in wording.lines for run in line if run.own]
    if incident.url:
        links.insert(0, {"href": incident.url, "text": "The item"})
    return {
        "event_action": "trigger",
        "dedup_key": incident.key,
        "client": "themewire",
        "links": links,
        "payload": {
            "summary": wording.subject,
            "source": out.alert.theme if out.alert else "themewire",
            "severity": severity_of(request),
            "timestamp": utc(out.at).isoformat(),
            "class": out.event.kind if out.event else "alert" if out.alert else "digest",
            "custom_details": {"message": "\n".join(map(text_of, wording.lines))[:MOST_DETAILS]},
        },
    }


CHANNEL = Channel(
    kind="pagerduty",
    address=ChannelOption("REF", "A routing key of PagerDuty, by reference.", secret=True),
    options={"severity": SEVERITY},
    settings=PagerdutySettings,
    make=posting(_deliver),
    receiver=lambda address: f"pagerduty {address}",
    rate=RATE,
    check=check_severity,
    about=ABOUT,
)
