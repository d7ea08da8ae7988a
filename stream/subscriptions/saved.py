"""The subscriptions of a stream: read, saved and removed, whoever asks for it."""

from collections.abc import Mapping, Sequence

from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.latest import Latest
from stream.log.port import Log
from stream.log.readable import readable_record, readable_records
from stream.log.records import Out
from stream.records import Subscription, encode
from stream.subscriptions.rules import check_removal, checked

__all__ = ["read_subscriptions", "remove_subscription", "save_subscription", "saved_subscriptions"]


def read_subscriptions(log: Log) -> dict[str, Subscription]:
    """Every subscription that can be read, as of now, by name and in its order; raises `LogError`."""
    return dict(readable_records(sorted(read_table(log, topics.SUBSCRIPTIONS).items()), Subscription))


def saved_subscriptions(log: Log) -> Latest[Subscription]:
    """The subscriptions of a stream for who asks again and again: what was read once is not read again."""
    return Latest(log, topics.SUBSCRIPTIONS, lambda value: readable_record(value, Subscription))


def save_subscription(
    log: Log,
    subscription: Subscription,
    themes: Sequence[str],
    seen: int | None,
    known: Mapping[str, Subscription] | None = None,
) -> Subscription:
    """Saves a subscription in its next revision, and returns it; `seen` and what is raised are those of `checked`.

    `known` are all that there are, which else are read. Of two who save one name at the same moment the later wins:
    whoever cannot have that holds a lock.
    """
    made = checked(subscription, read_subscriptions(log) if known is None else known, themes, seen)
    log.append([Out(topics.SUBSCRIPTIONS, made.id, encode(made))])
    return made


def remove_subscription(log: Log, name: str, known: Mapping[str, Subscription] | None = None) -> None:
    """Removes it; raises `SubscriptionConflict` where others fall back to it. `known`: see `save_subscription`."""
    check_removal(name, read_subscriptions(log) if known is None else known)
    log.append([Out(topics.SUBSCRIPTIONS, name, None)])
