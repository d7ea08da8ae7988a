"""The records of deliveries."""

from stream.log import topics
from stream.log.port import Log, records
from stream.records import Delivery, decode

__all__ = ["last_attempts"]


def last_attempts(log: Log) -> dict[str, Delivery]:
    """The last attempt by delivery id."""
    found = (decode(record.value, Delivery) for record in records(log, [topics.DELIVERIES]))
    return {each.delivery: each for each in found}
