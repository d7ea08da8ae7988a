"""Room for connections: how many there may be by address and in all, and who makes room for the next.

Whoever lets us wait, with a request that is not finished or an answer that is not read, makes room first, the longest
waiting before the others. So a crowd that never finishes a request keeps nobody out: `/live` is asked and answered in
less time than it takes to be the longest waiting.
"""

from collections import Counter
from typing import Protocol

from stream.web.addresses import network_of

__all__ = ["Guest", "Room"]

MOST = 1_400  # in all: a thousand that follow alerts, and others
MOST_EACH = 100  # of one address


class Guest(Protocol):
    """A connection, by the address it comes from."""

    address: str

    def cut(self) -> None:
        """Ends it at once."""
        ...


class Room:
    """The connections of a server, all on one thread."""

    def __init__(self, most: int = MOST, most_each: int = MOST_EACH) -> None:
        self._most, self._most_each = most, most_each
        self._guests: dict[Guest, str] = {}
        self._each: Counter[str] = Counter()
        self._waiting: dict[Guest, None] = {}  # for their clients, the longest first

    def enter(self, guest: Guest) -> bool:
        """Takes it in, where need be in another's place; false where all who could make room are being answered."""
        network = network_of(guest.address)
        if self._each[network] >= self._most_each:
            longest = next((one for one in self._waiting if self._guests[one] == network), None)
        elif len(self._guests) >= self._most:
            longest = next(iter(self._waiting), None)
        else:
            longest = guest
        if longest is None:
            return False
        if longest is not guest:
            self.leave(longest)
            longest.cut()
        self._guests[guest] = network
        self._each[network] += 1
        self._waiting[guest] = None
        return True

    def leave(self, guest: Guest) -> None:
        """It has gone; one that is not here is no matter."""
        if (network := self._guests.pop(guest, None)) is not None:
            self._each[network] -= 1
            if not self._each[network]:
                del self._each[network]
        self._waiting.pop(guest, None)

    def waits(self, guest: Guest, waiting: bool) -> None:
        """We wait for its client from now on, or work for it."""
        if not waiting:
            self._waiting.pop(guest, None)
        elif guest in self._guests:
            self._waiting.setdefault(guest)

    def __len__(self) -> int:
        return len(self._guests)
