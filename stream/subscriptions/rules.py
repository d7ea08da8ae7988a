"""What a subscription may be: checked before it is saved, whoever asks for it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from stream.delivering.channels.registry import channel_of
from stream.errors import InvalidField, of_field
from stream.matching.filters import never
from stream.matching.send_time import check_hours
from stream.records import EVENT_KINDS, Subscription
from stream.subscriptions.bounds import check_bounds
from stream.text.patterns import any_of
from stream.themes.rules import no_such_theme

__all__ = ["InvalidSubscription", "SubscriptionConflict", "check", "check_removal", "checked"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class InvalidSubscription(InvalidField):
    """A subscription makes no sense; the sentence says which part, and `field` names it."""


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
        raise InvalidSubscription("it cannot be its own fallback", "fallback")
    if fallback and fallback not in saved:
        raise InvalidSubscription(f"there is no subscription {fallback!r} to fall back to: add it first", "fallback")
    return replace(subscription, revision=revision + 1, ended="")


def check_removal(name: str, saved: Mapping[str, Subscription]) -> None:
    """Raises `SubscriptionConflict` where others fall back to it."""
    if others := [each.id for each in saved.values() if each.fallback == name]:
        raise SubscriptionConflict(f"{name!r} is the fallback of {', '.join(others)}: give them another first")


def check(subscription: Subscription, themes: Sequence[str], remote: bool = False) -> None:
    """Raises `InvalidSubscription` for what makes no sense, whatever else is saved; its patterns are compiled here.

    `remote`: it is asked for from afar, and may name no file of this machine.
    """
    with _invalid():
        check_bounds(subscription)
    if not _ID.fullmatch(subscription.id):
        raise InvalidSubscription("a name is made of letters, digits, dots, dashes and underscores", "id")
    if not subscription.themes and not subscription.events:
        raise InvalidSubscription("it asks for nothing: name at least one theme or event", "themes")
    for theme in subscription.themes:
        if theme not in themes:
            raise InvalidSubscription(no_such_theme(theme, themes), "themes")
    if unknown := [kind for kind in subscription.events if kind not in ("all", *EVENT_KINDS)]:
        known = ", ".join(("all", *EVENT_KINDS))
        raise InvalidSubscription(f"there is no event {unknown[0]!r}; there are: {known}", "events")
    if not 0 <= subscription.threshold <= 1:
        sentence = f"the threshold {subscription.threshold} is no probability: it is from 0 to 1"
        raise InvalidSubscription(sentence, "threshold")
    for name, least in (("least_sources", 1), ("cap", 0)):
        if getattr(subscription, name) < least:
            raise InvalidSubscription("least sources are 1 or more, a cap is 0 or more", name)
    for language in subscription.languages:
        if not _LANGUAGE.fullmatch(language):
            raise InvalidSubscription(f"{language!r} is no language code; one is `en`", "languages")
    with _invalid():
        for name in ("words", "not_words"):
            with of_field(name):
                any_of(getattr(subscription, name))
        check_hours(subscription)
    if reason := never(subscription):
        raise InvalidSubscription(f"it could never match: {reason}")
    with _invalid(), of_field("channel"):
        channel_of(subscription.channel.kind).check_destination(subscription.channel, remote)


@contextmanager
def _invalid() -> Iterator[None]:
    """Says of a field that is refused that the subscription is."""
    try:
        yield
    except InvalidField as error:
        raise InvalidSubscription(str(error), error.field) from error
