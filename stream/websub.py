"""WebSub (W3C): the addresses at which hubs call us, and how a push shows that it is of the hub we asked. Pure.

Nothing is kept for it: a callback's token says, signed, for which feed and topic a hub was asked, and the secret that
the hub is given follows from the token. Whoever has the key of links can make and check both.
"""

import hashlib
import hmac

from stream.ids import hashed

__all__ = ["PATH", "Signatures", "callback", "is_callback", "secret"]

PATH = "/websub"
TOKEN_DIGITS = 40
_METHODS = ("sha256", "sha384", "sha512", "sha1")  # of signatures; the last is what most hubs of old know


def callback(key: bytes, feed: str, topic: str) -> str:
    """The path at which a hub is to tell of a topic, for this feed."""
    return f"{PATH}/{feed}/{_token(key, feed, topic)}"


def is_callback(key: bytes, feed: str, topic: str, token: str) -> bool:
    """Whether a hub was asked to tell of this topic there."""
    return hmac.compare_digest(_token(key, feed, topic).encode(), token.encode("utf-8", "replace"))


def secret(key: bytes, feed: str, token: str) -> str:
    """What a hub that calls there signs with."""
    return hmac.new(key, hashed("websub secret", feed, token).encode(), hashlib.sha256).hexdigest()


class Signatures:
    """The signatures that a body should have, while it comes in pieces."""

    def __init__(self, key: str) -> None:
        self._macs = {method: hmac.new(key.encode(), digestmod=method) for method in _METHODS}

    def update(self, piece: bytes) -> None:
        """Takes one more piece."""
        for mac in self._macs.values():
            mac.update(piece)

    def have(self, signature: str) -> bool:
        """Whether an `X-Hub-Signature` (`METHOD=HEX`) is that of the body, by a method that is known."""
        method, _, given = signature.strip().partition("=")
        mac = self._macs.get(method.lower())
        return mac is not None and hmac.compare_digest(
            mac.hexdigest().encode(), given.lower().encode("utf-8", "replace")
        )


def _token(key: bytes, feed: str, topic: str) -> str:
    return hmac.new(key, hashed("websub", feed, topic).encode(), hashlib.sha256).hexdigest()[:TOKEN_DIGITS]
