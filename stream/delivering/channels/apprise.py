"""The channel of chats and telephones: the words of a delivery, by the library Apprise, which is an extra.

Its address holds secrets, so a subscription has a reference to it, which is resolved only here. The library connects by
itself, without the guard: the address is the operator's own.
"""

import importlib.util
import re
from collections.abc import Iterable

from stream.delivering.channels.channel import Channel, ChannelContext, ChannelOption
from stream.delivering.message import thread_key, worded
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.delivering.sanitising import web_link
from stream.records import Destination
from stream.secrets import SecretMissing

__all__ = ["CHANNEL", "AppriseSender"]

MISSING = "apprise is not installed: `pip install 'themewire[apprise]'` adds it"
# Chats read these as links, mentions of everybody and markup.
_MARKUP = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "'"})

ABOUT = """## Chats and phones

    pip install 'themewire[apprise]'
    export CHAT=slack://TOKEN_A/TOKEN_B/TOKEN_C
    themewire subscriptions add chat --theme standards --apprise env:CHAT

sends the plain text of the mail to any service that [Apprise](https://github.com/caronc/apprise) supports. The
address contains secrets, so a subscription only holds a reference to it. Apprise reports no more than success or
failure, and most services do not recognise repetitions, so a message may occasionally appear twice. Use one address
per reference: with several, those that accepted a message would receive it again until the last one does. Apprise
makes its own connections, so `fetch.allow_networks` and `deliver.ca_file` do not apply to it. Messages
on one alert, and on alerts related to it, end with the same thread key; in Google Chat they form one thread. Apprise
does not say which message a chat has made of a delivery, so in other chats there is nothing to reply to.
"""


class AppriseSender:
    """Hands deliveries to Apprise; whatever comes of it is a response."""

    def __init__(self, context: ChannelContext) -> None:
        self._context = context

    def send(self, request: DeliveryRequest) -> DeliveryResponse:
        """One attempt."""
        try:
            import apprise  # an extra, and slow to import
            from apprise.plugins.google_chat import NotifyGoogleChat
        except ImportError:
            return DeliveryResponse(False, 0, MISSING)
        reference, out = request.destination.address, request.outbound
        try:
            address = self._context.secret(reference)
        except SecretMissing as error:
            return DeliveryResponse(False, 0, str(error))
        self._context.report(f"reference: {reference} is set")
        service = apprise.Apprise()
        if not service.add(address):  # it may be a secret, so it is not repeated
            return DeliveryResponse(False, 0, f"what {reference} holds is no address that apprise knows")
        for each in service:
            if isinstance(each, NotifyGoogleChat) and each.thread_key is None:  # unless the address names one
                each.thread_key = thread_key(out) or None
        wording = worded(out, self._context.links(out))
        title, body, form = _plain(wording.subject), _plain(wording.text), apprise.NotifyFormat.TEXT
        if service.notify(body, title, body_format=form, timeout=self._context.deadline):
            return DeliveryResponse(True, 200, "taken")
        return DeliveryResponse(False, 0, f"the service behind {reference} did not take it")

    def close(self) -> None:
        """Keeps nothing."""


def _plain(text: str) -> str:
    """The text without what a chat may take for markup; what is wholly an address still leads there."""
    return re.sub(r"\S+", lambda found: _word(found[0]), text)


def _word(word: str) -> str:
    if web_link(word) == word:
        return word.replace("[", "%5B").replace("]", "%5D")
    return re.sub(r"\](?=[(\[:])", "] ", word.translate(_MARKUP))


def _check(destination: Destination) -> None:
    if "," in destination.address:
        raise ValueError("apprise takes one address a reference: add a subscription for each")


def _warnings(_: Destination, __: ChannelContext) -> Iterable[str]:
    if importlib.util.find_spec("apprise") is None:
        yield MISSING


CHANNEL = Channel(
    kind="apprise",
    address=ChannelOption("REF", "An Apprise address of any other chat, by reference.", secret=True),
    make=AppriseSender,
    receiver=lambda address: f"apprise {address}",
    check=_check,
    warnings=_warnings,
    about=ABOUT,
)
