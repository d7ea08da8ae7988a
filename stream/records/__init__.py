"""The records between the rooms, as frozen structs in JSON; times are UTC milliseconds."""

from stream.records.collected import ARTICLE_OUTCOMES, DATE_QUALITIES, FEED_STATES, POLL_OUTCOMES, Feed, Item, Poll
from stream.records.health import EVENT_KINDS, GIVEN_UP, Dead, Event
from stream.records.judged import PHRASE, Candidate, Check, Decision, Label, ModelRecord, Reason, Source, Tagged
from stream.records.message import Failure, Message, NewerVersion, decode, encode
from stream.records.told import Alert, ContractItem, Delivery, Outbound, Subscription

__all__ = [
    "ARTICLE_OUTCOMES",
    "DATE_QUALITIES",
    "EVENT_KINDS",
    "FEED_STATES",
    "GIVEN_UP",
    "PHRASE",
    "POLL_OUTCOMES",
    "Alert",
    "Candidate",
    "Check",
    "ContractItem",
    "Dead",
    "Decision",
    "Delivery",
    "Event",
    "Failure",
    "Feed",
    "Item",
    "Label",
    "Message",
    "ModelRecord",
    "NewerVersion",
    "Outbound",
    "Poll",
    "Reason",
    "Source",
    "Subscription",
    "Tagged",
    "decode",
    "encode",
]
