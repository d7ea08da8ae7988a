"""How much a subscription may ask for: looked at before anything else, since each part of it costs at every alert."""

from stream.errors import InvalidField, of_field
from stream.records import ContractItem, Destination, Subscription
from stream.text.names import BadName, checked_name
from stream.units import LATEST

__all__ = ["check_bounds"]

# Of each list how many there may be, and how many characters one of them may have.
LISTS = {
    "themes": (200, 100),
    "languages": (100, 10),
    "sources": (500, 200),
    "not_sources": (500, 200),
    "words": (500, 200),
    "not_words": (500, 200),
    "digest": (24, 20),
    "events": (100, 100),
}
TEXTS = {"id": 100, "quiet": 20, "zone": 100, "fallback": 100}
MOST_REGEXES = 50  # among the words: each takes its own time to look for
CONTRACT, TITLE, SUMMARY = 200, 1_000, 10_000
ADDRESS, OPTIONS, OPTION = 2_000, 10, 1_000
MOST_SOURCES, MOST_AN_HOUR = 10_000, 1_000_000


def check_bounds(subscription: Subscription) -> None:
    """Raises `InvalidField` for what is too much, too long, or no text that can be shown on a line."""
    for name, longest in TEXTS.items():
        with of_field(name):
            checked_name(getattr(subscription, name), f"the {name}", longest)
    for name, (most, longest) in LISTS.items():
        with of_field(name):
            found: tuple[str, ...] = getattr(subscription, name)
            _check_many(name, len(found), most)
            for text in found:
                checked_name(text, f"one of the {name.replace('_', ' ')}", longest)
    with of_field("words"):
        regexes = sum(text.startswith("/") for text in (*subscription.words, *subscription.not_words))
        _check_many("words that are regular expressions", regexes, MOST_REGEXES)
    _check_numbers(subscription)
    with of_field("contract"):
        _check_contract(subscription.contract)
    with of_field("channel"):
        _check_channel(subscription.channel)


def _check_contract(contract: tuple[ContractItem, ...]) -> None:
    _check_many("items in its contract", len(contract), CONTRACT)
    for item in contract:
        checked_name(item.lang, "a language of the contract", 10)
        if len(item.title) > TITLE or len(item.summary) > SUMMARY:
            raise BadName(f"an item of the contract has at most {TITLE:,} characters of title, {SUMMARY:,} of summary")


def _check_channel(channel: Destination) -> None:
    checked_name(channel.address, "the channel's address", ADDRESS)
    _check_many("options of the channel", len(channel.options), OPTIONS)
    for name, text in channel.options.items():
        checked_name(name, "the name of an option")
        checked_name(text, f"the option {name}", OPTION)


def _check_many(name: str, found: int, most: int) -> None:
    if found > most:
        raise BadName(f"it has {found:,} {name.replace('_', ' ')}, and at most {most:,} are taken")


def _check_numbers(subscription: Subscription) -> None:
    if not 0 <= subscription.muted_until <= LATEST:
        raise InvalidField("muted_until is no time from 1970 to 9999, in UTC milliseconds", "muted_until")
    for name, most in (("least_sources", MOST_SOURCES), ("cap", MOST_AN_HOUR)):
        if getattr(subscription, name) > most:
            sentence = f"least sources are at most {MOST_SOURCES:,}, a cap is at most {MOST_AN_HOUR:,}"
            raise InvalidField(sentence, name)
