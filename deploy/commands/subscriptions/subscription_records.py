"""A subscription by its name, for the commands that are given one."""

from deploy.options import CommandError
from stream.log.port import Log
from stream.records import Subscription
from stream.subscriptions.saved import read_subscriptions

__all__ = ["find"]


def find(log: Log, name: str) -> Subscription:
    """The subscription of this name."""
    if (found := read_subscriptions(log).get(name)) is None:
        raise CommandError(f"there is no subscription {name!r}: `themewire subscriptions list` shows them")
    return found
