"""The deliver stage: outbox ─► attempts ─► deliveries. What has not been taken is tried again, for days.

`stream.delivering.queue` says which is next.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from stream.delivering import queue
from stream.delivering.give_up import give_up_notice, hour_over
from stream.delivering.receipts import KEPT, keep, receipts_of
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.delivering.rows import ATTEMPTS, GIVE_UPS, QUEUES, RECEIPTS, Attempt
from stream.engine.stage import Effects, Event, Longest, Request, Result
from stream.engine.tables import Tables
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import retry_topic
from stream.records import Delivery, HealthEvent, Outbound, Subscription, decode, encode
from stream.units import DAY, HOUR, SECOND

__all__ = ["NO_CHANNEL", "DeliverStage", "backoff"]

FIRST_WAIT = 10 * SECOND
LONGEST_WAIT = HOUR
LONGEST_PAUSE = DAY  # a receiver that asks for more is asked again all the same
GIVE_UP_AFTER = 3 * DAY
DEAD = 10  # failures of a receiver in a row, by which its backoff has come to an hour
NO_CHANNEL = "none"  # of what is given up since its subscription was removed, or names a channel that is not there


def backoff(delivery: str, tried: int) -> int:
    """How long to wait (ms) after `tried` failures: doubling to an hour, less up to half by the delivery's own hash."""
    wait = min(LONGEST_WAIT, FIRST_WAIT << min(tried - 1, 20))
    return wait - wait // 2 * int(hashed(delivery, str(tried))[:4], 16) // 0xFFFF


@dataclass(frozen=True)
class DeliverStage:
    """Decides what is tried now, what again later, and what is given up.

    At most `width` requests of one subscription are in flight. `channels` are the kinds that there are.
    """

    channels: Collection[str]
    width: int = 2
    name: str = "deliver"
    inputs: tuple[str, ...] = (topics.OUTBOX, retry_topic("deliver"))
    views: tuple[str, ...] = (topics.SUBSCRIPTIONS,)

    @property
    def longest(self) -> Longest:
        """How far ahead (ms) timers may lie; see `stream.engine.stage`."""
        return {ATTEMPTS.name: lambda _: LONGEST_PAUSE, GIVE_UPS.name: lambda _: HOUR, RECEIPTS.name: lambda _: KEPT}

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """Attempts as requests, responses as records on `deliveries`; see `stream.engine.stage.Stage`."""
        outs: list[Out] = []
        touched: dict[str, None] = {}
        for event in events:
            if isinstance(event, Tick) and event.table == GIVE_UPS.name:
                outs += hour_over(tables, event, now)
            elif isinstance(event, Tick) and event.table == QUEUES.name:
                touched[event.key] = None
            elif isinstance(event, Tick) and event.table == RECEIPTS.name:
                RECEIPTS.delete(tables, event.key)
            elif (attempt := _attempt(tables, event)) is not None:
                out = attempt.outbound
                touched[out.subscription] = None
                if isinstance(event, Result):
                    outs += _responded(tables, attempt, event, now)
                    continue
                ATTEMPTS.put(tables, out.delivery, attempt)
                if isinstance(event, Record):
                    queue.enter(tables, out)
                else:
                    queue.enqueue(tables, out.subscription, out.delivery)
        requests: list[Request] = []
        for subscription in touched:
            while (delivery := queue.next_delivery(tables, subscription, self.width, now)) is not None:
                if (attempt := ATTEMPTS.get(tables, delivery)) is not None:
                    done = self._try(tables, attempt, now)
                    requests += [done] if isinstance(done, Request) else []
                    outs += [] if isinstance(done, Request) else done
        return Effects(outs, tables.changes, requests)

    def _try(self, tables: Tables, attempt: Attempt, now: int) -> Request | list[Out]:
        """The next attempt; or what is recorded where nobody is there to deliver to, or no time is left."""
        out = attempt.outbound
        found = tables.view(topics.SUBSCRIPTIONS).get(out.subscription)
        if found is None:
            removed = DeliveryResponse(False, 0, "the subscription was removed")
            return [_end(tables, attempt, NO_CHANNEL, "given up", removed, now)]
        subscription = decode(found, Subscription)
        kind = subscription.channel.kind
        if why := self._why_not(tables, subscription, out, now):
            known = kind if kind in self.channels else NO_CHANNEL
            return _given_up(tables, attempt, known, DeliveryResponse(False, 0, why), now)
        channel = subscription.channel
        body = msgspec.json.encode(DeliveryRequest(channel, out, *receipts_of(tables, out, channel)))
        return Request(f"{out.delivery}/{attempt.tried + 1}", kind, body)

    def _why_not(self, tables: Tables, subscription: Subscription, out: Outbound, now: int) -> str:
        """Why no further attempt is made, or nothing."""
        kind = subscription.channel.kind
        if subscription.ended:
            return f"the subscription ended: {subscription.ended}"
        if kind not in self.channels:
            return f"there is no channel {kind!r} here; there are: {', '.join(self.channels)}"
        if now > out.at + GIVE_UP_AFTER and queue.failures(tables, subscription.id) >= DEAD:
            return "its receiver failed until its time was over"
        return ""


def _attempt(tables: Tables, event: Event) -> Attempt | None:
    """What the event is about; None where that has ended, or is on its way already."""
    if isinstance(event, Record):
        out = decode(event.value, Outbound)
        return None if ATTEMPTS.get(tables, out.delivery) else Attempt(out, 0)
    return ATTEMPTS.get(tables, event.key if isinstance(event, Tick) else event.request.id.partition("/")[0])


def _responded(tables: Tables, before: Attempt, result: Result, now: int) -> list[Out]:
    response = msgspec.json.decode(result.answer, type=DeliveryResponse)
    attempt, out, kind = Attempt(before.outbound, before.tried + 1), before.outbound, result.request.kind
    if response.taken:
        queue.succeeded(tables, out.subscription, now)
        if response.retry_after:
            queue.pause(tables, out.subscription, now + min(int(response.retry_after * 1000), LONGEST_PAUSE))
        if response.receipt:
            asked = msgspec.json.decode(result.request.body, type=DeliveryRequest)
            keep(tables, out, asked.destination, response.receipt, now)
        return [_end(tables, attempt, kind, "delivered", response, now)]
    if response.gone:
        return [*_given_up(tables, attempt, kind, response, now), *_ended(tables, out.subscription, response, now)]
    failures = queue.failed(tables, out.subscription, out.delivery, now)
    pause = max(backoff(out.delivery, failures), int(response.retry_after * 1000))
    until = queue.pause(tables, out.subscription, now + pause)
    due = max(until, now + backoff(out.delivery, attempt.tried))
    if due > out.at + GIVE_UP_AFTER:
        return _given_up(tables, attempt, kind, response, now)
    ATTEMPTS.put(tables, out.delivery, attempt, due=due)
    return [_record(attempt, kind, "failed", response, now, due)]


def _given_up(tables: Tables, attempt: Attempt, channel: str, response: DeliveryResponse, now: int) -> list[Out]:
    """The end of a delivery, and a notice to those who can do something about it."""
    ended = _end(tables, attempt, channel, "given up", response, now)
    return [ended, *give_up_notice(tables, attempt.outbound, response.message, now)]


def _end(tables: Tables, attempt: Attempt, channel: str, outcome: str, response: DeliveryResponse, now: int) -> Out:
    """The last record of a delivery, whose rows go."""
    ATTEMPTS.delete(tables, attempt.outbound.delivery)
    queue.done(tables, attempt.outbound)
    return _record(attempt, channel, outcome, response, now)


def _ended(tables: Tables, name: str, response: DeliveryResponse, now: int) -> list[Out]:
    """The end of a subscription whose receiver is gone, and a notice to operators: once, whatever is in flight."""
    found = tables.view(topics.SUBSCRIPTIONS).get(name)
    subscription = decode(found, Subscription) if found else None
    if subscription is None or subscription.ended:
        return []
    ended = msgspec.structs.replace(subscription, revision=subscription.revision + 1, ended=response.message)
    anew = f"`themewire subscriptions add {name} --replace` begins anew"
    message = f"{response.message}, so nothing is sent there any more: {anew}"
    event = HealthEvent(subject=f"subscriptions/{name}", kind="subscription ended", message=message, at=now)
    return [Out(topics.SUBSCRIPTIONS, name, encode(ended)), Out(topics.EVENTS, event.subject, encode(event))]


def _record(
    attempt: Attempt, channel: str, outcome: str, response: DeliveryResponse, now: int, next_try: int | None = None
) -> Out:
    out, alert = attempt.outbound, attempt.outbound.alert
    delivery = Delivery(
        delivery=out.delivery,
        subscription=out.subscription,
        alert=alert.id if alert else "",
        seq=alert.seq if alert else 0,
        attempt=attempt.tried,
        outcome=outcome,  # type: ignore[arg-type]  # one of the three by construction
        status=response.status,
        message=response.message,
        at=now,
        next_try=next_try,
        published=alert.published if alert and alert.date_quality == "trusted" else 0,
        first_seen=alert.first_seen if alert else 0,
        tagged_at=alert.tagged_at if alert else 0,
        alerted_at=alert.alerted_at if alert else 0,
        sent_at=out.at,
        prompt=out.prompt,
        channel=channel,
    )
    return Out(topics.DELIVERIES, out.subscription, encode(delivery))
