"""Callers and their roles, and the proxies whose word says who somebody is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import ip_address

from starlette.requests import HTTPConnection, Request

from stream.net.guard import Network
from stream.text.names import BadName, checked_name
from stream.web.limits import peer
from stream.web.refused import RequestRefused

__all__ = ["Caller", "Proxies", "Role"]


class Role(IntEnum):
    """What somebody may do, which includes all that comes before it."""

    SUBSCRIBER = 1  # what a signed link in a delivery is for: a word on that alert, and muting that subscription
    READER = 2  # looks at alerts, subscriptions and what became of items
    LABELLER = 3  # says which themes items are of
    OPERATOR = 4  # changes subscriptions, and all else


@dataclass(frozen=True)
class Caller:
    """Who asks, and as what; `who` is a user's name that a proxy vouches for, else empty."""

    role: Role
    who: str = ""


@dataclass(frozen=True)
class Proxies:
    """The addresses of proxies that authenticate people, the headers they do it by, and the groups of each role."""

    networks: Sequence[Network] = ()
    user_header: str = "X-Forwarded-User"
    groups_header: str = "X-Forwarded-Groups"
    groups: Mapping[Role, Sequence[str]] = field(default_factory=dict)

    def have(self, request: HTTPConnection) -> bool:
        """Whether the request comes from one of them."""
        try:
            return any(ip_address(peer(request)) in network for network in self.networks)
        except ValueError:
            return False

    def client(self, request: HTTPConnection) -> str:
        """The address that asks: of what a proxy passes on, the last that it names."""
        passed = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return passed[:100] if passed and self.have(request) else peer(request)

    def caller(self, request: Request) -> Caller:
        """The user that the proxy names, in the highest role of their groups; raises `RequestRefused`."""
        users = request.headers.getlist(self.user_header)
        if len(users) != 1 or not users[0]:  # two may be the proxy's and the client's own
            raise RequestRefused(401, f"the proxy names no user, or several, in the header {self.user_header}")
        try:
            who = checked_name(_utf8(users[0]), "the user's name")
        except BadName as error:
            raise RequestRefused(401, str(error)) from error
        lines = map(_utf8, request.headers.getlist(self.groups_header))
        given = {name.strip() for line in lines for name in line.split(",")}
        if roles := [role for role, names in self.groups.items() if given.intersection(names)]:
            return Caller(max(roles), who)
        raise RequestRefused(403, f"{who!r} is in none of the groups that may use this")


def _utf8(header: str) -> str:
    """A header's value as most programs write it; Starlette reads Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except ValueError:
        return header
