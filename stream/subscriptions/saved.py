"""The subscriptions of a stream: read, saved and removed, whoever asks for it."""

from collections.abc import Sequence

from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.port import Log
from stream.log.readable import readable_records
from stream.log.records import Out
from stream.records import Subscription, encode
from stream.subscriptions.rules import check_removal, checked

__all__ = ["read_subscriptions", "remove_subscription", "save_subscription"]


def read_subscriptions(log: Log) -> dict[str, Subscription]:
    """Every subscription that can be read, as of now, by name and in its order; raises `LogError`."""
    return dict(readable_records(sorted(read_table(log, topics.SUBSCRIPTIONS).items()), Subscription))


def save_subscription(log: Log, subscription: Subscription, themes: Sequence[str], seen: int | None) -> Subscription:
    """Saves a subscription in its next revision, and returns it; `seen` and what is raised are those of `checked`.

    Of two who save one name at the same moment the later wins: whoever cannot have that holds a lock.
    """
    made = checked(subscription, read_subscriptions(log), themes, seen)
    log.append([Out(topics.SUBSCRIPTIONS, made.id, encode(made))])
    return made


def remove_subscription(log: Log, name: str) -> None:
    """Removes it; raises `SubscriptionConflict` where others fall back to it."""
    check_removal(name, read_subscriptions(log))
    log.append([Out(topics.SUBSCRIPTIONS, name, None)])
