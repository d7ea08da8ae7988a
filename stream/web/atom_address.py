"""The address of an Atom feed that a reader without a password may use: signed, and good until it is revoked.

It is known by its signature alone, as a feedback link is. The topic `addresses` has how often it was revoked, which is
part of what is signed: so one that is revoked is good no more, and there is a new one at once.
"""

import base64
import hmac
from typing import Literal

from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.port import Log
from stream.log.readable import readable_records
from stream.log.records import Out
from stream.records import Address, encode

__all__ = ["PATH", "Kind", "Revoked", "Unknown", "address_of", "check_address", "revoke"]

PATH = "/atom"
MAC_BYTES = 16
Kind = Literal["theme", "subscription", "search"]


class Unknown(ValueError):
    """It is no address of ours."""


class Revoked(Unknown):
    """It was one, and is revoked."""


def address_of(log: Log, key: bytes, kind: Kind, name: str) -> str:
    """The path of this feed as it is good now; raises `LogError`."""
    return _path(key, kind, name, _revoked(log, kind, name))


def revoke(log: Log, key: bytes, kind: Kind, name: str, now: int) -> str:
    """Makes the path that is good now good no more; returns the new one."""
    times = _revoked(log, kind, name) + 1
    log.append([Out(topics.ADDRESSES, f"{kind} {name}", encode(Address(revoked=times, at=now)))])
    return _path(key, kind, name, times)


def check_address(log: Log, key: bytes, path: str, kind: Kind, name: str) -> None:
    """Raises `Revoked` or `Unknown` unless the path is that of this feed, and good now."""
    given = path.rpartition("/")[2].partition("-")[0]
    times = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
    if not hmac.compare_digest(path.encode(), _path(key, kind, name, times).encode()):
        raise Unknown("this address is broken, or was not made here: copy it as it was shown")
    if times != _revoked(log, kind, name):
        raise Revoked("this address was revoked: ask whoever gave it to you for the new one")


def _path(key: bytes, kind: Kind, name: str, times: int) -> str:
    signed = hmac.digest(key, f"themewire atom 1\n{kind}\n{name}\n{times}".encode(), "sha256")[:MAC_BYTES]
    return f"{PATH}/{kind}/{name}/{times}-{base64.urlsafe_b64encode(signed).rstrip(b'=').decode()}"


def _revoked(log: Log, kind: Kind, name: str) -> int:
    found = dict(readable_records(read_table(log, topics.ADDRESSES).items(), Address))
    return found[f"{kind} {name}"].revoked if f"{kind} {name}" in found else 0
