"""What a subscription may be: checked before it is saved, whoever asks for it."""

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from stream.delivering.channels.registry import channel_of
from stream.errors import ThemewireError
from stream.matching.filters import never
from stream.matching.send_time import check_hours
from stream.records import EVENT_KINDS, Destination, Subscription
from stream.subscriptions.bounds import check_bounds
from stream.text.patterns import any_of
from stream.themes.rules import no_such_theme

__all__ = ["InvalidSubscription", "SubscriptionConflict", "check", "check_removal", "checked"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class InvalidSubscription(ThemewireError):
    """A subscription makes no sense; the sentence says which part."""


class SubscriptionConflict(InvalidSubscription):
    """It was made from an older revision than the one that is saved, or others rely on what is to be removed."""


def checked(
    subscription: Subscription, saved: Mapping[str, Subscription], themes: Sequence[str], seen: int | None
) -> Subscription:
    """Return the subscription in its next revision; raises `InvalidSubscription` and `SubscriptionConflict`.

    `saved` are all subscriptions by name. `seen` is the revision that it was made from (0 for none), or None where that
    does not matter.
    """
    name, fallback = subscription.id, subscription.fallback
    revision = saved[name].revision if name in saved else 0
    if seen is not None and seen != revision:
        raise SubscriptionConflict(f"{name!r} is at revision {revision}, not {seen}: look at it again")
    check(subscription, themes)
    if fallback == name:
        raise InvalidSubscription("it cannot be its own fallback")
    if fallback and fallback not in saved:
        raise InvalidSubscription(f"there is no subscription {fallback!r} to fall back to: add it first")
    return replace(subscription, revision=revision + 1, ended="")


def check_removal(name: str, saved: Mapping[str, Subscription]) -> None:
    """Raises `SubscriptionConflict` where others fall back to it."""
    if others := [each.id for each in saved.values() if each.fallback == name]:
        raise SubscriptionConflict(f"{name!r} is the fallback of {', '.join(others)}: give them another first")


def check(subscription: Subscription, themes: Sequence[str], remote: bool = False) -> None:
    """Raises `InvalidSubscription` for what makes no sense, whatever else is saved; its patterns are compiled here.

    `remote`: it is asked for from afar, and may name no file of this machine.
    """
    try:
        check_bounds(subscription)
    except ValueError as error:
        raise InvalidSubscription(str(error)) from error
    if not _ID.fullmatch(subscription.id):
        raise InvalidSubscription("a name is made of letters, digits, dots, dashes and underscores")
    if not subscription.themes and not subscription.events:
        raise InvalidSubscription("it asks for nothing: name at least one theme or event")
    for theme in subscription.themes:
        if theme not in themes:
            raise InvalidSubscription(no_such_theme(theme, themes))
    _known("event", subscription.events, ("all", *EVENT_KINDS))
    if not 0 <= subscription.threshold <= 1:
        raise InvalidSubscription(f"the threshold {subscription.threshold} is no probability: it is from 0 to 1")
    if subscription.least_sources < 1 or subscription.cap < 0:
        raise InvalidSubscription("least sources are 1 or more, a cap is 0 or more")
    for language in subscription.languages:
        if not _LANGUAGE.fullmatch(language):
            raise InvalidSubscription(f"{language!r} is no language code; one is `en`")
    try:
        any_of(subscription.words)
        any_of(subscription.not_words)
        check_hours(subscription)
    except ValueError as error:
        raise InvalidSubscription(str(error)) from error
    if reason := never(subscription):
        raise InvalidSubscription(f"it could never match: {reason}")
    _check_channel(subscription.channel, remote)


def _check_channel(destination: Destination, remote: bool) -> None:
    try:
        channel_of(destination.kind).check_destination(destination, remote)
    except ValueError as error:
        raise InvalidSubscription(str(error)) from error


def _known(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise InvalidSubscription(f"there is no {what} {unknown[0]!r}; there are: {', '.join(known)}")
