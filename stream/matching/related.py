"""Alerts that are likely of the same event as one that a subscription has had: whose thread one belongs to."""

from stream.engine.tables import Tables
from stream.matching.rows import SENT, Sent, sent_key
from stream.records import Alert, Related, Subscription

__all__ = ["had_before", "thread_of"]


def thread_of(tables: Tables, subscription: Subscription, alert: Alert, known: Sent | None) -> str:
    """Return the alert in whose thread this one belongs for this subscription, "" where it stands for itself.

    That is decided with the first word on it that is for the subscription, and holds for all later ones.
    """
    if known is not None:
        return known.thread
    if subscription.related == "separate" or (before := had_before(tables, subscription, alert)) is None:
        return ""
    sent = SENT.get(tables, sent_key(before.alert, subscription.id))
    return (sent.thread if sent else "") or before.alert


def had_before(tables: Tables, subscription: Subscription, alert: Alert) -> Related | None:
    """Return the most probable of the related alerts that the subscription was sent, or that wait for it."""
    for each in alert.related:
        if SENT.get(tables, sent_key(each.alert, subscription.id)) is not None:
            return each
    return None
