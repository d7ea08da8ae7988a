"""The records between the rooms, as frozen structs in JSON; times are UTC milliseconds."""

from stream.records.alerts import Alert, Delivery, Outbound
from stream.records.classification import (
    TOKEN_VECTOR_BYTES,
    Candidate,
    Check,
    Decision,
    Label,
    ModelRecord,
    Reason,
    Source,
    Tagged,
)
from stream.records.ingest import (
    ARTICLE_OUTCOMES,
    DATE_QUALITIES,
    FEED_STATES,
    POLL_OUTCOMES,
    Feed,
    Host,
    Item,
    Poll,
)
from stream.records.message import Failure, Message, NewerVersion, decode, encode
from stream.records.operations import EVENT_KINDS, GIVEN_UP, Dead, HealthEvent
from stream.records.subscription import ContractItem, Destination, Subscription
from stream.records.theme import OwnTheme

__all__ = [
    "ARTICLE_OUTCOMES",
    "DATE_QUALITIES",
    "EVENT_KINDS",
    "FEED_STATES",
    "GIVEN_UP",
    "POLL_OUTCOMES",
    "TOKEN_VECTOR_BYTES",
    "Alert",
    "Candidate",
    "Check",
    "ContractItem",
    "Dead",
    "Decision",
    "Delivery",
    "Destination",
    "Failure",
    "Feed",
    "HealthEvent",
    "Host",
    "Item",
    "Label",
    "Message",
    "ModelRecord",
    "NewerVersion",
    "Outbound",
    "OwnTheme",
    "Poll",
    "Reason",
    "Source",
    "Subscription",
    "Tagged",
    "decode",
    "encode",
]
