"""The channel of chats and telephones: the words of a delivery, by the library Apprise, which is an extra.

Its address holds secrets, so a subscription has a reference to it, which is resolved only here. The library connects by
itself, without the guard: the address is the operator's own.
"""

import os
import re
from collections.abc import Callable

import msgspec

from stream.delivering.feedback import Links
from stream.delivering.message import worded
from stream.delivering.sanitising import web_link
from stream.delivering.stage import Answer, Parcel
from stream.engine.stage import Request
from stream.records import Outbound
from stream.secrets import SecretMissing, secret_text

__all__ = ["Apprise"]

MISSING = "apprise is not installed: `pip install 'themewire[apprise]'` adds it"
# Chats read these as links, mentions of everybody and markup.
_MARKUP = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "'"})


class Apprise:
    """Performs attempts; whatever comes of it is an answer.

    `deadline` in seconds; `links` gives those of a message's alerts, `tell` hears of each step.
    """

    def __init__(
        self, deadline: float, links: Callable[[Outbound], Links], tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._deadline = deadline
        self._links = links
        self._tell = tell

    def perform(self, request: Request) -> bytes:
        """One attempt."""
        return msgspec.json.encode(self._send(msgspec.json.decode(request.body, type=Parcel)))

    def close(self) -> None:
        """Keeps nothing."""

    def _send(self, parcel: Parcel) -> Answer:
        try:
            import apprise
        except ImportError:
            return Answer(False, 0, MISSING)
        try:
            address = secret_text(parcel.url, os.environ)
        except SecretMissing as error:
            return Answer(False, 0, str(error))
        self._tell(f"reference: {parcel.url} is there")
        service = apprise.Apprise()
        if not service.add(address):  # it may be a secret, so it is not repeated
            return Answer(False, 0, f"what {parcel.url} holds is no address that apprise knows")
        said = worded(parcel.outbound, self._links(parcel.outbound))
        plain = apprise.NotifyFormat.TEXT
        took = service.notify(_plain(said.text), _plain(said.subject), body_format=plain, timeout=self._deadline)
        return (
            Answer(True, 200, "taken") if took else Answer(False, 0, f"the service behind {parcel.url} did not take it")
        )


def _plain(text: str) -> str:
    """The text without what a chat may take for markup; what is wholly an address still leads there."""
    return re.sub(r"\S+", lambda found: _word(found[0]), text)


def _word(word: str) -> str:
    if web_link(word) == word:
        return word.replace("[", "%5B").replace("]", "%5D")
    return re.sub(r"\](?=[(\[:])", "] ", word.translate(_MARKUP))
