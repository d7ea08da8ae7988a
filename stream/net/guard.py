"""Where we may connect to: the pure rules that keep feeds and webhooks off private networks.

A public site can name any address it likes, in its name's records or in a redirect, and a client that follows would
reach what only this machine can reach. So an address is let through only if it is global unicast and not one that
carries another address inside (mapped, NAT64, 6to4, Teredo, ISATAP), or if a setting allows its network. The rules
are applied to the URL (`check_url`: schemes, spellings, ports) and again to the address that is connected to
(`check_address`, by `stream.net.http`), so that a name which resolves differently a moment later gains nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

__all__ = [
    "BadUrl", "Blocked", "Network", "Target", "check_address", "check_target", "check_url", "is_allowed", "networks",
    "parse_url",
]  # fmt: skip

Network = IPv4Network | IPv6Network

_REFUSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT, and one cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent on an address that looks public
        "169.254.0.0/16",  # link-local, metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, another cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")  # all else is loopback, local, mapped, NAT64, multicast or unassigned
_REFUSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3ffe::/16",  # the former 6bone
        "3fff::/20",  # documentation
    )
)
# Below 1024 only the web's own; above, what is known to be no web server and may obey what a request says.
_PORTS = {"http": 80, "https": 443, "imap": 143, "imaps": 993}
_WEB_PORTS = frozenset({80, 443})
_WEB = ("http", "https")
_SERVICE_PORTS = frozenset(
    {1080, 1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3128, 3306, 3389, 4369, 5432, 5672, 5900, 5985, 5986}
    | {6000, 6379, 6443, 6667, 9042, 9092, 9300, 10250, 11211, 27017, 27018, 50000, 61616}
)
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_PATH_SAFE = "/%:@!$&'()*+,;=~?-._"


class Blocked(Exception):
    """The guard refuses a scheme, a port or an address; the text is a sentence for an operator."""


class BadUrl(Blocked):
    """The text is no usable web address."""


@dataclass(frozen=True, slots=True)
class Target:
    """A web address in the one reading that is both checked and connected to; `host` is ASCII, without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    userinfo: str = ""

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.scheme) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address without userinfo and fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks from text like `127.0.0.0/8`; ValueError names the one that is none."""
    return tuple(ip_network(text, strict=False) for text in texts)


def check_address(ip: str, allowed: Sequence[Network] = ()) -> None:
    """Raises `Blocked` unless the address is public or lies in one of the allowed networks."""
    try:
        address = ip_address(ip)
    except ValueError:
        raise BadUrl(f"{_CONTROLS.sub('', ip)[:60]} is not an IP address") from None
    if _is_public(address) or any(address in network for network in allowed):
        return
    raise Blocked(f"the address {address} is not public, and fetch.allow_networks does not name it")


@lru_cache(8192)  # the same feeds, hosts and receivers come again and again
def parse_url(url: str, schemes: Sequence[str] = _WEB) -> Target:
    """Reads an address of one of these schemes, http and https if none are given.

    `Blocked` for another scheme, `BadUrl` for an address that cannot be used.
    """
    if _CONTROLS.search(url := url.strip()):
        raise BadUrl("the address contains control characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        path = quote(parts.path or "/", safe=_PATH_SAFE)
        if parts.query:
            path += "?" + quote(parts.query, safe=_PATH_SAFE + "[]|")
    except ValueError:
        raise BadUrl("the address cannot be read as a URL") from None
    if parts.scheme not in schemes:
        raise Blocked(
            f"the scheme {parts.scheme[:20] or '(none)'} is refused: only {' and '.join(schemes)} are fetched"
        )
    if "\\" in parts.netloc:
        raise BadUrl("the address has a backslash before its path, which programs read in two ways")
    userinfo = parts.netloc.rpartition("@")[0]
    return Target(parts.scheme, _host(host), port or _default_port(parts.scheme), path, userinfo)


def check_target(target: Target, allowed: Sequence[Network] = ()) -> None:
    """Raises `Blocked` for what can be known without a look-up: ports, literal addresses, this machine's own names."""
    port = target.port
    own = _WEB_PORTS if target.scheme in _WEB else {_default_port(target.scheme)}
    if port in _SERVICE_PORTS or (port < 1024 and port not in own):
        what = "the web" if target.scheme in _WEB else target.scheme
        raise Blocked(f"port {port} is refused: it is not used for {what}")
    if target.host == "localhost" or target.host.endswith(".localhost"):
        check_address("127.0.0.1", allowed)
    elif _is_literal(target.host):
        check_address(target.host, allowed)


def check_url(url: str, allowed: Sequence[Network] = ()) -> Target:
    """`parse_url` and `check_target` in one."""
    target = parse_url(url)
    check_target(target, allowed)
    return target


def is_allowed(url: str) -> bool:
    """Whether the URL passes without any setting, as far as can be known without a look-up."""
    try:
        check_url(url)
    except Blocked:
        return False
    return True


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address not in _GLOBAL_V6 or any(address in network for network in _REFUSED_V6):
        return False
    return not _is_tunnel(int(address) & 0xFFFF_FFFF_FFFF_FFFF)


def _is_tunnel(interface: int) -> bool:
    """Whether the lower half of an IPv6 address, under whatever prefix, holds an IPv4 address that is passed on.

    ISATAP (RFC 5214) marks them all. A translator (RFC 6052) with a prefix of its own puts the address last, or with
    a prefix of 64 bits after a zero byte: only an address that is not public speaks for one. `::1` and the like are no
    IPv4 addresses, but what people number their hosts with.
    """
    if (interface >> 32) & ~0x0300_0000 == 0x5EFE:  # but for the bits that say whether it is unique
        return True
    inside = [interface] if interface >> 32 == 0 else []
    if interface & 0xFF_FFFF == 0 and interface >> 56 == 0:
        inside.append(interface >> 24)
    return any(each >> 24 and not _is_public(IPv4Address(each)) for each in inside)


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _default_port(scheme: str) -> int:
    return _PORTS[scheme]


def _host(host: str) -> str:
    """The host in lower-case ASCII; only the plain spelling of an address passes."""
    if not host.isascii():
        host = _to_ascii(host)
    if ":" in host:
        try:
            return str(IPv6Address(host if "%" not in host else ""))  # a zone would choose the interface
        except ValueError:
            raise BadUrl("the address has an IPv6 host that cannot be used") from None
    host = host.lower().removesuffix(".")
    if not _NAME.fullmatch(host):
        raise BadUrl("the address has no usable host name")
    last = host.rpartition(".")[2]
    if last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last):
        try:  # some resolvers read `2130706433`, `0x7f.1` and `0177.0.0.1` as addresses: refused, whatever they mean
            return str(IPv4Address(host))
        except ValueError:
            raise Blocked("the address spells an IP address in an odd way") from None
    return host


def _to_ascii(host: str) -> str:
    import idna  # its tables are large, and few hosts need them

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise BadUrl("the address has a host name that is no valid international name") from None
