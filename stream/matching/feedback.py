"""What a subscription says of an alert that it was sent, as far as it alone is concerned."""

from msgspec.structs import replace

from stream.engine.tables import Tables
from stream.matching.rows import HELD, SENT
from stream.records import Feedback

__all__ = ["take_feedback"]


def take_feedback(tables: Tables, feedback: Feedback) -> None:
    """Of what it called wrong it hears no updates, and one that waits goes; that it is retracted it still hears.

    A receiver that keeps what it was sent has to learn that it does not stand any more.
    """
    key = f"{feedback.subscription}/{feedback.alert}"
    sent = SENT.get(tables, key)
    if sent is None:
        return
    wrong = feedback.right is False
    SENT.put(tables, key, replace(sent, called_wrong=wrong))
    held = HELD.get(tables, key)
    if wrong and sent.any_sent and held and held.alert.kind != "retracted":
        HELD.delete(tables, key)
