"""What a subscription may be: checked before it is written, whoever wishes for it."""

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from stream.delivering.channels.mime import addresses
from stream.delivering.channels.registry import CHANNELS
from stream.matching.filters import never
from stream.matching.send_time import check_hours
from stream.net.guard import Blocked, parse_url
from stream.records import EVENT_KINDS, Subscription
from stream.text.patterns import word

__all__ = ["Conflict", "Wrong", "accepted", "check_removal"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Wrong(ValueError):
    """A wish makes no sense; the sentence says which part."""


class Conflict(Wrong):
    """A wish was made with an older revision in mind than the one that stands, or others rely on what is to go."""


def accepted(
    wish: Subscription, standing: Mapping[str, Subscription], themes: Sequence[str], seen: int | None
) -> Subscription:
    """Return the wish with its revision, one after the one that stands; raises `Wrong`, and `Conflict`.

    `standing` are all subscriptions by name. `seen` is the revision that whoever wishes has seen (0 for none), or None
    where that does not matter.
    """
    revision = standing[wish.id].revision if wish.id in standing else 0
    if seen is not None and seen != revision:
        raise Conflict(f"{wish.id!r} stands at revision {revision}, not {seen}: look at it again")
    _check(wish, themes)
    if wish.fallback == wish.id:
        raise Wrong("it cannot be its own fallback")
    if wish.fallback and wish.fallback not in standing:
        raise Wrong(f"there is no subscription {wish.fallback!r} to fall back to: add it first")
    return replace(wish, revision=revision + 1, ended="")


def check_removal(name: str, standing: Mapping[str, Subscription]) -> None:
    """Raises `Conflict` where others fall back to it."""
    if others := [wish.id for wish in standing.values() if wish.fallback == name]:
        raise Conflict(f"{name!r} is the fallback of {', '.join(others)}: give them another first")


def _check(wish: Subscription, themes: Sequence[str]) -> None:
    if not _ID.fullmatch(wish.id):
        raise Wrong("a name is made of letters, digits, dots, dashes and underscores")
    if not wish.themes and not wish.events:
        raise Wrong("it asks for nothing: name at least one theme or event")
    _known("theme", wish.themes, themes)
    _known("event", wish.events, ("all", *EVENT_KINDS))
    if not 0 <= wish.threshold <= 1:
        raise Wrong(f"the threshold {wish.threshold} is no probability")
    if wish.least_sources < 1 or wish.cap < 0:
        raise Wrong("least sources are 1 or more, a cap is 0 or more")
    for language in wish.languages:
        if not _LANGUAGE.fullmatch(language):
            raise Wrong(f"{language!r} is no language code; one is `en`")
    for text in (*wish.words, *wish.not_words):
        try:
            word(text)
        except ValueError as error:
            raise Wrong(f"the word {text!r} is refused: {error}") from error
    try:
        check_hours(wish)
    except ValueError as error:
        raise Wrong(str(error)) from error
    if reason := never(wish):
        raise Wrong(f"it could never match: {reason}")
    _check_channel(wish)


def _check_channel(wish: Subscription) -> None:
    """Exactly one channel that can be delivered to; no sentence repeats what may be a secret."""
    named = [kind for kind in CHANNELS if getattr(wish, kind)]
    if len(named) != 1:
        raise Wrong(f"it has {' and '.join(named) or 'no channel'}: give one of {', '.join(CHANNELS)}")
    if wish.secret and any(not _is_reference(one) for one in wish.secret.split(",")):
        raise Wrong("a secret is given by reference, as env:NAME or file:PATH, never itself")
    if wish.secret and not wish.webhook:
        raise Wrong("a secret signs webhooks only")
    if wish.apprise and not _is_reference(wish.apprise):
        raise Wrong("an address of apprise holds secrets: it is given by reference, as env:NAME or file:PATH")
    try:
        if wish.webhook:
            parse_url(wish.webhook)
        if wish.mail:
            addresses(wish.mail)
    except Blocked as error:
        raise Wrong(f"{wish.webhook!r} cannot be delivered to: {error}") from error
    except ValueError as error:
        raise Wrong(str(error)) from error


def _is_reference(text: str) -> bool:
    kind, _, place = text.partition(":")
    return kind in ("env", "file") and bool(place)


def _known(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise Wrong(f"there is no {what} {unknown[0]!r}; there are: {', '.join(known)}")
