"""The Opsgenie channel: alerts of its Alert API, and of what speaks like it, which are opened, added to and closed."""

from typing import Any
from urllib.parse import quote

from pydantic import Field

from stream.delivering.channels.channel import Channel, ChannelOption, ChannelSettings
from stream.delivering.channels.incident import Incident, incident_of
from stream.delivering.channels.posting import Call, posting, responded
from stream.delivering.channels.shared_options import SEVERITY, check_severity, severity_of
from stream.delivering.lines import fitting, text_of
from stream.delivering.message import Wording
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.delivering.sanitising import one_line

__all__ = ["CHANNEL", "OpsgenieSettings"]

MESSAGE, DESCRIPTION, TAG = 130, 15_000, 50  # characters that it takes; of a note 25,000
PRIORITIES = {"critical": "P1", "error": "P2", "warning": "P3", "info": "P5"}
FAULTS = {401: "it does not know this key", 403: "the key does not allow it", 422: "it takes the message for invalid"}

ABOUT = """## Opsgenie and Jira Service Management

    export GENIE_KEY=01234567-89ab-cdef-0123-456789abcdef
    themewire subscriptions add oncall --theme failures --opsgenie env:GENIE_KEY --severity error

opens alerts by the [Alert API](https://docs.opsgenie.com/docs/alert-api) with the key of an API integration. The
`alias` is the alert's id: an update adds a note, and a retraction closes it with a note. A repetition opens nothing
anew, but a note may appear twice. The states of a feed, and a subscription's silence, have an alert, which the
recovery closes; other events, a digest and a test alert (P5) have one that a person closes. The severities are P1,
P2, P3 and P5. `opsgenie.url` names another region, `https://api.eu.opsgenie.com/v2/alerts`, or what speaks the same:
integrations of Jira Service Management have `https://api.atlassian.com/jsm/ops/integration/v2/alerts`.
It takes requests before it has looked at them, so one that it drops later is not noticed.

Opsgenie [documents](https://docs.opsgenie.com/docs/alerts-and-alert-fields) 130 characters of message, 15,000 of
description, 512 of alias and 50 of a tag. Its [rate](https://docs.opsgenie.com/docs/api-rate-limiting) depends on the
plan and the number of users, so none is kept beforehand: 429 is obeyed.
"""


class OpsgenieSettings(ChannelSettings):
    """Where Opsgenie, or what speaks like it, is."""

    url: str = Field(default="https://api.opsgenie.com/v2/alerts", description="The alerts of its API.")


def _deliver(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    incident, wording = incident_of(request.outbound), call.wording(request)
    headers = {"Authorization": f"GenieKey {call.secret(request.destination.address)}"}
    base = call.context.settings.url.rstrip("/")
    if incident.action == "open":
        answer = call.json("POST", base, _opened(request, incident, wording), headers)
    else:
        what = "close" if incident.action == "resolve" else "notes"
        url = f"{base}/{quote(incident.key, safe='')}/{what}?identifierType=alias"
        note = f"{wording.subject}\n\n{_text(wording)}"
        answer = call.json("POST", url, {"note": note, "source": "themewire"}, headers)
    return responded(answer, why=FAULTS.get(answer.status, ""))


def _opened(request: DeliveryRequest, incident: Incident, wording: Wording) -> dict[str, Any]:
    out = request.outbound
    made = {
        "message": one_line(wording.subject, MESSAGE),
        "alias": incident.key,
        "description": _text(wording),
        "priority": PRIORITIES[severity_of(request)],
        "source": "themewire",
        "tags": [one_line(out.alert.theme, TAG)] if out.alert else [],
    }
    return made | ({"details": {"url": incident.url}} if incident.url else {})


def _text(wording: Wording) -> str:
    lines = fitting(wording.lines, lambda line: len(text_of(line)) + 1, DESCRIPTION)
    return "\n".join(map(text_of, lines))


CHANNEL = Channel(
    kind="opsgenie",
    address=ChannelOption("REF", "A key of Opsgenie's API, by reference.", secret=True),
    options={"severity": SEVERITY},
    settings=OpsgenieSettings,
    make=posting(_deliver),
    receiver=lambda address: f"opsgenie {address}",
    check=check_severity,
    about=ABOUT,
)
