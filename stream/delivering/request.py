"""What the deliver stage asks of a channel, and what comes back."""

import msgspec

from stream.records import Destination, Outbound

__all__ = ["DeliveryRequest", "DeliveryResponse"]


class DeliveryRequest(msgspec.Struct, frozen=True):
    """What a channel is asked to deliver, and where; secrets in the destination are references, resolved only there."""

    destination: Destination
    outbound: Outbound


class DeliveryResponse(msgspec.Struct, frozen=True):
    """What a receiver answered: `status` is 0 when nothing came back, `retry_after` in seconds, 0 where it named none.

    `gone` is for good: nothing is to be sent there any more.
    """

    taken: bool
    status: int
    message: str
    retry_after: float = 0.0
    gone: bool = False
