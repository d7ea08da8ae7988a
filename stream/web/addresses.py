"""The address that a client comes from."""

from ipaddress import IPv6Address, ip_address

__all__ = ["network_of", "plain_address"]


def plain_address(text: str) -> str:
    """The address without zone; an IPv4 one as such, also where a socket for both shows it as IPv6."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def network_of(address: str) -> str:
    """What one customer is given: an IPv4 address, and of an IPv6 one the upper half."""
    try:
        found = ip_address(plain_address(address))
    except ValueError:
        return address
    return str(found) if found.version == 4 else f"{found.exploded[:19]}::/64"
