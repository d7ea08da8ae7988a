"""The records of subscriptions: read, found, put."""

from deploy.options import CommandError
from deploy.settings.locations import theme_ids
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.global_tables import View
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Subscription, decode, encode
from stream.subscriptions.rules import Wrong, accepted

__all__ = ["everyone", "find", "put"]


def everyone(log: Log) -> dict[str, Subscription]:
    """Every subscription, by name."""
    view = View(log.reader([topics.SUBSCRIPTIONS]))
    view.close()
    return {key: decode(value, Subscription) for key, value in sorted(view.rows.items())}


def find(log: Log, name: str) -> Subscription:
    """The subscription of this name."""
    if (found := everyone(log).get(name)) is None:
        raise CommandError(f"there is no subscription {name!r}: `themewire subscriptions list` shows them")
    return found


def put(settings: Settings, log: Log, made: Subscription, seen: int | None = None) -> Subscription:
    """Puts it on `subscriptions`, once it is accepted; returns it as it stands there."""
    try:
        made = accepted(made, everyone(log), theme_ids(settings), seen)
    except Wrong as error:
        raise CommandError(str(error)) from error
    log.append([Out(topics.SUBSCRIPTIONS, made.id, encode(made))])
    return made
