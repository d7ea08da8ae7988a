"""What a subscription says of an alert that it was sent, as far as it alone is concerned."""

from msgspec.structs import replace

from stream.engine.tables import Tables
from stream.matching.rows import HELD, SENT, put_sent, sent_key
from stream.records import Feedback

__all__ = ["take_feedback"]


def take_feedback(tables: Tables, feedback: Feedback, now: int) -> None:
    """Of what it called wrong it hears no updates, and one that waits goes; that it is retracted it still hears.

    A receiver that keeps what it was sent has to learn that it does not stand any more.
    """
    sent = SENT.get(tables, sent_key(feedback.alert, feedback.subscription))
    if sent is None:
        return
    wrong = feedback.right is False
    put_sent(tables, feedback.alert, feedback.subscription, replace(sent, called_wrong=wrong), now)
    key = f"{feedback.subscription}/{feedback.alert}"
    held = HELD.get(tables, key)
    if wrong and sent.any_sent and held and held.alert.kind != "retracted":
        HELD.delete(tables, key)
