"""Options that several channels have, under one name of the command line: a token, and how urgent alerts are."""

from stream.delivering.channels.channel import ChannelOption
from stream.delivering.request import DeliveryRequest
from stream.records import Destination

__all__ = ["SEVERITY", "TOKEN", "check_severity", "check_token", "severity_of"]

SEVERITIES = ("critical", "error", "warning", "info")
USUAL = "warning"
TOKEN = ChannelOption("REF", "The token that lets messages be sent, by reference.", secret=True)
SEVERITY = ChannelOption("LEVEL", f"How urgent alerts are: {', '.join(SEVERITIES)}; by default {USUAL}.")


def check_token(destination: Destination) -> None:
    """Raises ValueError, one sentence, where there is no token."""
    if not destination.options.get("token"):
        raise ValueError(f"the channel {destination.kind} needs the option token: {TOKEN.help}")


def check_severity(destination: Destination) -> None:
    """Raises ValueError, one sentence, for a severity that there is none of."""
    if (given := destination.options.get("severity", USUAL)) not in SEVERITIES:
        raise ValueError(f"there is no severity {given!r}: it is {', '.join(SEVERITIES[:-1])} or {SEVERITIES[-1]}")


def severity_of(request: DeliveryRequest) -> str:
    """How urgent the message is: what says that something is over, or is a test, is not."""
    alert = request.outbound.alert
    if request.outbound.test or (alert and alert.kind == "retracted"):
        return "info"
    given = request.destination.options.get("severity", "")
    return given if given in SEVERITIES else USUAL
