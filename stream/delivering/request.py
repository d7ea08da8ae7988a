"""What the deliver stage asks of a channel, and what comes back."""

import msgspec

from stream.records import Destination, Outbound

__all__ = ["DeliveryRequest", "DeliveryResponse"]


class DeliveryRequest(msgspec.Struct, frozen=True):
    """What a channel is asked to deliver, and where; secrets in the destination are references, resolved only there.

    `receipt` is the one that the channel asked to have back with the next message on this alert, and `thread` that of
    the alert in whose thread it is told; "" where this destination gave none.
    """

    destination: Destination
    outbound: Outbound
    receipt: str = ""
    thread: str = ""


class DeliveryResponse(msgspec.Struct, frozen=True):
    """What a receiver answered: `status` is 0 when nothing came back.

    `retry_after` are the seconds that it wants to be left alone, 0 where it named none; also by one that took this
    delivery, and would not take another one at once.

    `gone` is for good: nothing is to be sent there any more. `receipt` is what the channel wants to have back with the
    next message on this alert, such as the receiver's own id of this one; "" leaves the one that it gave before.
    """

    taken: bool
    status: int
    message: str
    retry_after: float = 0.0
    gone: bool = False
    receipt: str = ""
