"""Hosts that have asked to be left alone: what one feed was told keeps all feeds of its host away, on every machine.

429 or 503 ─► `hosts` ─► a view of every collector ─► a feed that is due is put off, with no request
"""

from collections.abc import Mapping

from collectors.poll_result import PollAnswer, PollFailed
from stream.log import topics
from stream.log.records import Out
from stream.net.guard import Blocked, parse_url
from stream.records import Host, decode, encode

__all__ = ["HOSTS", "put_off", "told"]

HOSTS = topics.HOSTS
MOST_SECONDS = 86_400.0  # no host is heard for longer: a clock was wrong then


def put_off(hosts: Mapping[str, bytes], url: str, now: int) -> PollFailed | None:
    """What a poll of this address comes to at once; None where it may be polled."""
    host = _host(url)
    row = hosts.get(host)
    left = (decode(row, Host).until - now) / 1000 if row else 0.0
    if not 0 < left <= MOST_SECONDS:
        return None
    why = f"{host} has asked to be left alone, for all its feeds, and still for {left:.0f} s"
    return PollFailed("rate_limited", why, left, 0.0, asked=False)


def told(hosts: Mapping[str, bytes], url: str, answer: PollAnswer, now: int) -> list[Out]:
    """What is to be known of a host after an answer: that it asks for time, or that it does so no more."""
    if isinstance(answer, PollFailed):
        until = now + int(answer.cooling * 1000)
        known = hosts.get(answer.host)
        if not answer.host or (known and until <= decode(known, Host).until <= now + MOST_SECONDS * 1000):
            return []
        return [Out(HOSTS, answer.host, encode(Host(host=answer.host, until=until)))]
    host = _host(url)
    over = host in hosts and decode(hosts[host], Host).until <= now
    return [Out(HOSTS, host, None)] if over else []


def _host(url: str) -> str:
    try:
        return parse_url(url).authority
    except Blocked:
        return ""
