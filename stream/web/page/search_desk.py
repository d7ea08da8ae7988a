"""What the page asks about a search of the archive."""

from collections.abc import Callable
from dataclasses import dataclass

from stream.web.atom_search import Search

__all__ = ["SearchDesk"]


@dataclass(frozen=True)
class SearchDesk:
    """The Atom address of a search, and the next one when that is to be good no more; both raise `SecretMissing`."""

    atom: Callable[[Search], str]
    revoke: Callable[[Search], str]
