"""Why an alert is sent to a subscription, in plain words."""

from stream.engine.tables import Tables
from stream.matching.related import had_before
from stream.records import Alert, Subscription

__all__ = ["why_sent"]


def why_sent(tables: Tables, subscription: Subscription, alert: Alert) -> str:
    """Return what the subscription asks for, and that it has likely heard of the event before."""
    related = had_before(tables, subscription, alert)
    likely = f"; it is likely ({related.probability:.2f}) about the event of an earlier alert" if related else ""
    return _asks(subscription, alert) + likely


def _asks(subscription: Subscription, alert: Alert) -> str:
    asks = f"this subscription asks for {alert.theme}"
    if not subscription.threshold and subscription.unsure:
        return f"{asks}, also where the classifier is unsure"
    if not subscription.threshold:
        return asks
    return f"{asks} with a probability of at least {subscription.threshold:.2f}, and this has {alert.probability:.2f}"
