"""Addresses of channels that are delivered to by HTTP: given as they are, or by reference where they hold a secret."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, urlsplit

from stream.delivering.channels.channel import ChannelContext
from stream.net.guard import Blocked, check_url, parse_url
from stream.records import Destination
from stream.secrets import SecretMissing, is_reference

__all__ = ["check_address", "receiver_of", "warnings_of"]

# Names of parameters that usually are a right by themselves.
_SECRET = re.compile(
    r"token|secret|passw|pwd|credential|signature|api-?_?key|access-?_?key|auth|jwt|^(?:key|sig|code|pass|sas|hmac)$",
    re.IGNORECASE,
)


def check_address(destination: Destination) -> None:
    """Raises ValueError, one sentence, for what is neither a web address without secrets nor a reference to one."""
    address = destination.address
    if is_reference(address):
        return
    try:
        target = parse_url(address)
        query = parse_qsl(urlsplit(address).query, keep_blank_values=True, max_num_fields=100)
    except Blocked as error:
        raise ValueError(f"{_without_secrets(address)!r} cannot be delivered to: {error}") from error
    except ValueError as error:
        raise ValueError("the address has more than 100 parameters") from error
    if target.userinfo or any(_SECRET.search(name) for name, _ in query):
        raise ValueError(
            "the address has a password or a token in it, which everyone who sees the subscription would see: "
            "give the whole address by reference, as env:NAME or file:NAME"
        )


def _without_secrets(address: str) -> str:
    return re.sub(r"//[^/]*@", "//", address.partition("?")[0])


def warnings_of(destination: Destination, context: ChannelContext) -> Iterable[str]:
    """Yield a sentence where the address is none that may be connected to as things are."""
    address = destination.address
    try:
        check_url(context.secret(address) if is_reference(address) else address, context.allowed)
    except Blocked as error:
        why = "" if is_reference(address) else f": {error}"
        yield f"{address} cannot be delivered to as things are{why}"
    except SecretMissing:  # which is told of every secret
        pass


def receiver_of(kind: str) -> Callable[[str], str]:
    """What names who answers for an address of this kind: its host and port, or the reference."""

    def receiver(address: str) -> str:
        if is_reference(address):
            return f"{kind} {address}"
        try:
            return parse_url(address).authority
        except Blocked:
            return f"{kind} {address}"

    return receiver
