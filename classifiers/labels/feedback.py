"""What a subscriber's label means for the subscription that gave it, whoever else says the same."""

from collections.abc import Sequence

from classifiers.labels.current import LabelEntry, opinions
from stream.delivering.feedback import subscription_of
from stream.log import topics
from stream.log.records import Out
from stream.records import Feedback, encode

__all__ = ["feedback_of"]


def feedback_of(entries: Sequence[LabelEntry], last: LabelEntry, item: str, now: int) -> list[Out]:
    """Return the records of what a subscriber says of its alert after `last`, its word or the undoing of it."""
    own = next((entry for entry in entries if entry.id == last.undoes), last)
    if own.standing != "subscriber" or not own.alert:
        return []
    says = {each.theme: each.right for each in opinions(entries) if each.who == own.who}
    return [
        Out(topics.FEEDBACK, name, encode(_feedback(name, own.alert, theme, item, says.get(theme), now)))
        for name in (subscription_of(own.who),)
        for theme in (*own.yes, *own.no)
    ]


def _feedback(subscription: str, alert: str, theme: str, item: str, right: bool | None, now: int) -> Feedback:
    return Feedback(subscription=subscription, alert=alert, theme=theme, item=item, right=right, at=now)
