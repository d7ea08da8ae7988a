"""Hosts that back off: what one feed's response asked for keeps all feeds of its host away, on every machine.

429 or 503 ─► `hosts` ─► a view of every collector ─► a feed that is due is deferred, with no request
"""

from collections.abc import Mapping

from collectors.poll_result import PollFailed, PollResult
from stream.log import topics
from stream.log.records import Out
from stream.net.guard import Blocked, parse_url
from stream.records import Host, decode, encode

__all__ = ["backoff_of", "host_records"]

MOST_SECONDS = 86_400.0  # a longer backoff comes of a clock that was wrong


def backoff_of(hosts: Mapping[str, bytes], url: str, now: int) -> PollFailed | None:
    """How a poll of this address ends without a request; None where it may be sent."""
    host = _host(url)
    row = hosts.get(host)
    left = (decode(row, Host).until - now) / 1000 if row else 0.0
    if not 0 < left <= MOST_SECONDS:
        return None
    why = f"{host} has asked to be left alone, for all its feeds, and still for {left:.0f} s"
    return PollFailed("rate_limited", why, left, 0.0, requested=False)


def host_records(hosts: Mapping[str, bytes], url: str, result: PollResult, now: int) -> list[Out]:
    """The records of a poll for `hosts`: that one backs off, or that its backoff is over."""
    if isinstance(result, PollFailed):
        until = now + int(result.backoff * 1000)
        known = hosts.get(result.host)
        if not result.host or (known and until <= decode(known, Host).until <= now + MOST_SECONDS * 1000):
            return []
        return [Out(topics.HOSTS, result.host, encode(Host(host=result.host, until=until)))]
    host = _host(url)
    over = host in hosts and decode(hosts[host], Host).until <= now
    return [Out(topics.HOSTS, host, None)] if over else []


def _host(url: str) -> str:
    try:
        return parse_url(url).authority
    except Blocked:
        return ""
