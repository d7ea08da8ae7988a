"""Searches on the page: the Atom address of one, signed as all are."""

from deploy.running.feedback_links import key_of, public_url
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.web.atom_address import address_of, revoke
from stream.web.atom_search import Search, name_of
from stream.web.page import SearchDesk

__all__ = ["search_desk"]


def search_desk(settings: Settings, stream: Log) -> SearchDesk:
    """The addresses are those of this stream."""

    def atom(search: Search) -> str:
        return public_url(settings) + address_of(stream, key_of(settings), "search", name_of(search))

    def anew(search: Search) -> str:
        return public_url(settings) + revoke(stream, key_of(settings), "search", name_of(search), clock())

    return SearchDesk(atom, anew)
