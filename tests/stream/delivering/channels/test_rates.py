"""A burst of alerts runs into no limit on the rate that a service documents, and holds up no other one."""

import msgspec
import pytest

from stream.delivering.channels.registry import CHANNELS, rate_of, receiver_of
from stream.delivering.request import DeliveryRequest
from stream.engine.rate_limits import LimitedQueue, Rate
from stream.engine.stage import Request
from stream.records import Destination
from tests.stream.delivering.test_message import out

BURST = 50
# By channel, how many requests a receiver is known to take in so many seconds; docs/channels.md says from where.
KNOWN = {
    "pagerduty": [(120, 60)],
    "ntfy": [(60, 5)],
    "slack": [(1, 1)],
    "teams": [(4, 1), (25, 300)],
    "discord": [(5, 2), (30, 60)],
}
UNPACED = ("webhook", "mail", "opsgenie", "gotify", "matrix", "apprise")


def request(kind: str, number: int, address: str) -> Request:
    body = msgspec.json.encode(DeliveryRequest(Destination(kind, address), out()))
    return Request(f"{kind} {address} {number}/1", kind, body)


def starts(*requests: Request) -> dict[str, list[float]]:
    """When each request starts, by its receiver, where each lasts no time at all."""
    queue: LimitedQueue[Request] = LimitedQueue(concurrency=4)
    for each in requests:
        queue.put(receiver_of(each), each, rate_of(each))
    found: dict[str, list[float]] = {}
    while (now := queue.next_at()) is not None:
        while taken := queue.take(now):
            found.setdefault(taken[0], []).append(now)
            queue.done(taken[0], now)
    return found


@pytest.mark.parametrize("kind", KNOWN)
def test_a_burst_runs_into_no_documented_limit_and_all_of_it_goes(kind):
    (times,) = starts(*(request(kind, n, "env:A") for n in range(4 * BURST))).values()
    assert len(times) == 4 * BURST
    for most, seconds in KNOWN[kind]:
        assert max(sum(begin <= time < begin + seconds for time in times) for begin in times) <= most


def test_a_receiver_that_keeps_a_rate_holds_up_nobody_else():
    paced = [request(kind, n, "env:A") for kind in KNOWN for n in range(BURST)]
    others = [request("slack", 0, "env:B"), *(request(kind, 0, "env:A") for kind in UNPACED)]
    found = starts(*paced, *others)
    assert all(found[receiver_of(each)] == [0.0] for each in others)


def test_subscriptions_to_one_receiver_share_its_rate():
    (times,) = starts(request("slack", 0, "env:A"), request("slack", 1, "env:A")).values()
    assert times == [0.0, 1.0]


def test_each_channel_keeps_a_rate_or_none_is_known():
    assert {kind for kind, channel in CHANNELS.items() if channel.rate != Rate()} == set(KNOWN)
    assert set(CHANNELS) == {*KNOWN, *UNPACED}
