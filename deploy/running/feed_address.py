"""Addresses of feeds, as people give them."""

import re

from collectors.parsing.discover import web_address
from collectors.sources.registry import SCHEMES, kind_by_scheme
from deploy.running.first_day import feed_id
from stream.errors import ThemewireError
from stream.net.guard import Blocked, parse_url
from stream.records import Feed

__all__ = ["BadAddress", "checked_url", "feed_at"]


class BadAddress(ThemewireError):
    """An address cannot be polled; the sentence says why."""


def checked_url(url: str) -> str:
    """The address with its scheme, if it can be polled; raises `BadAddress`.

    A password in it would be readable in every record.
    """
    url = web_address(url.strip())
    try:
        target = parse_url(url, SCHEMES)
    except Blocked as error:
        raise BadAddress(f"{re.sub('//[^/]*@', '//', url)!r} cannot be polled: {error}") from error
    if target.userinfo:
        raise BadAddress(
            f"{target.url} was given with a user name or password, which would be stored in plain text: "
            "leave it out of the address and use --credentials"
        )
    return url


def feed_at(url: str) -> Feed:
    """A feed at this address, as it is before anybody has said more of it; raises `BadAddress`."""
    checked = checked_url(url)
    return Feed(id=feed_id(checked), url=checked, kind=kind_by_scheme(checked) or "feed")
