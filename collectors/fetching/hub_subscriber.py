"""Asks hubs to push (WebSub, 5.1). What one answers is a result, never an exception."""

from collections.abc import Callable

import msgspec

from collectors.deciding.hubs import LONGEST_LEASE, HubAnswer, HubRequest
from collectors.fetching.fetch import Fetcher
from stream.engine.stage import Request
from stream.errors import ThemewireError
from stream.net.dial import HttpError
from stream.units import SECOND
from stream.websub import callback, secret

__all__ = ["HubSubscriber"]


class HubSubscriber:
    """Sends requests to hubs, for many threads; they are to call back below `base`, and `key` signs where."""

    def __init__(self, fetcher: Fetcher, base: str, key: Callable[[], bytes], deadline: float) -> None:
        self._fetcher, self._base, self._key, self._deadline = fetcher, base, key, deadline

    def perform(self, request: Request) -> bytes:
        """One request, for the worker."""
        return msgspec.msgpack.encode(self.ask(msgspec.msgpack.decode(request.body, type=HubRequest)))

    def ask(self, request: HubRequest) -> HubAnswer:
        """What the hub says to it."""
        try:
            path = callback(self._key(), request.feed, request.topic)
            form = {
                "hub.callback": self._base + path,
                "hub.mode": request.mode,
                "hub.topic": request.topic,
                "hub.lease_seconds": str(LONGEST_LEASE // SECOND),
                "hub.secret": secret(self._key(), request.feed, path.rpartition("/")[2]),
            }
            status, text = self._fetcher.post(request.url, form, request.feed_url, self._deadline)
        except HttpError as error:
            return HubAnswer(False, f"the hub cannot be asked: {error}")
        except ThemewireError as error:  # there is no key
            return HubAnswer(False, str(error))
        if 200 <= status < 300:
            return HubAnswer(True)
        return HubAnswer(False, f"the hub refuses with status {status}{f': {text}' if text.strip() else ''}"[:300])
