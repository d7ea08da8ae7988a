"""The deliver stage: outbox ─► attempts ─► deliveries. What has not been taken is tried again, for days.

`stream.delivering.queue` says whose turn it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from stream.delivering import queue
from stream.delivering.channels.registry import NO_CHANNEL, channel_of
from stream.delivering.give_up import LOST, hour_over, lost
from stream.delivering.pending import ATTEMPTS
from stream.engine.stage import Effects, Event, Request, Result
from stream.engine.tables import Tables
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import retry_topic
from stream.records import Delivery, HealthEvent, Outbound, Subscription, decode, encode
from stream.units import HOUR

__all__ = ["Answer", "DeliverStage", "Parcel", "backoff"]

FIRST_WAIT = 10_000
LONGEST_WAIT = 3_600_000
LONGEST_PAUSE = 24 * HOUR  # a receiver that asks for more is asked again all the same
GIVE_UP_AFTER = 3 * 86_400_000
DEAD = 10  # failures of a receiver in a row, by which its backoff has come to an hour


class Parcel(msgspec.Struct, frozen=True):
    """What a channel is asked to perform; `url` is where it leads, as `channel_of` says.

    `secret` is a reference, resolved only there, as an `apprise` place is.
    """

    url: str
    secret: str
    outbound: Outbound


class Answer(msgspec.Struct, frozen=True):
    """What a receiver said: `status` 0 when nothing came back; `retry_after` in seconds, 0 for no wish.

    `gone` is for good: nothing is to be sent there any more.
    """

    taken: bool
    status: int
    message: str
    retry_after: float = 0.0
    gone: bool = False


class Attempt(msgspec.Struct, frozen=True):
    """A row: a delivery that is not done, and how often it has been tried."""

    outbound: Outbound
    tried: int
    v: int = 1


def backoff(delivery: str, tried: int) -> int:
    """How long to wait (ms) after `tried` failures: doubling to an hour, less up to half by the delivery's own hash."""
    wait = min(LONGEST_WAIT, FIRST_WAIT << min(tried - 1, 20))
    return wait - wait // 2 * int(hashed(delivery, str(tried))[:4], 16) // 0xFFFF


@dataclass(frozen=True)
class DeliverStage:
    """Decides what is tried now, what again later, and what is given up; `width` fly to one subscription at most."""

    width: int = 2
    name: str = "deliver"
    inputs: tuple[str, ...] = (topics.OUTBOX, retry_topic("deliver"))
    views: tuple[str, ...] = (topics.SUBSCRIPTIONS,)

    def longest(self, table: str, value: bytes) -> int | None:
        """How far ahead (ms) the timer of this row may lie; see `stream.engine.worker.Worker`."""
        return {ATTEMPTS: LONGEST_PAUSE, LOST: HOUR}.get(table)

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """Attempts as requests, answers as records on `deliveries`; see `stream.engine.stage.Stage`."""
        outs: list[Out] = []
        touched: dict[str, None] = {}
        for event in events:
            if isinstance(event, Tick) and event.table == LOST:
                outs += hour_over(tables, event, now)
            elif isinstance(event, Tick) and event.table == "lines":
                touched[event.key] = None
            elif (attempt := _attempt(tables, event)) is not None:
                out = attempt.outbound
                touched[out.subscription] = None
                if isinstance(event, Result):
                    outs += _answered(tables, attempt, event, now)
                    continue
                tables.put(ATTEMPTS, out.delivery, msgspec.json.encode(attempt))
                if isinstance(event, Record):
                    queue.enter(tables, out)
                else:
                    queue.stand(tables, out.subscription, out.delivery)
        requests: list[Request] = []
        for subscription in touched:
            while (delivery := queue.next_in(tables, subscription, self.width, now)) is not None:
                if (attempt := _load(tables, delivery)) is not None:
                    done = _try(tables, attempt, now)
                    requests += [done] if isinstance(done, Request) else []
                    outs += [] if isinstance(done, Request) else done
        return Effects(outs, tables.changes, requests)


def _load(tables: Tables, delivery: str) -> Attempt | None:
    row = tables.get(ATTEMPTS, delivery)
    return msgspec.json.decode(row, type=Attempt) if row else None


def _attempt(tables: Tables, event: Event) -> Attempt | None:
    """What the event is about; None where that has ended, or is on its way already."""
    if isinstance(event, Record):
        out = decode(event.value, Outbound)
        return None if _load(tables, out.delivery) else Attempt(out, 0)
    return _load(tables, event.key if isinstance(event, Tick) else event.request.id.partition("/")[0])


def _try(tables: Tables, attempt: Attempt, now: int) -> Request | list[Out]:
    """The next attempt, or the record that there is nobody to deliver to, or no time, any more."""
    out = attempt.outbound
    found = tables.view(topics.SUBSCRIPTIONS).get(out.subscription)
    if found is None:
        return [_end(tables, attempt, NO_CHANNEL, "given up", Answer(False, 0, "the subscription was removed"), now)]
    subscription = decode(found, Subscription)
    kind, place = channel_of(subscription)
    if subscription.ended:
        return _given_up(tables, attempt, kind, Answer(False, 0, f"the subscription ended: {subscription.ended}"), now)
    if now > out.at + GIVE_UP_AFTER and queue.failures(tables, out.subscription) >= DEAD:
        return _given_up(tables, attempt, kind, Answer(False, 0, "its receiver failed until its time was over"), now)
    parcel = Parcel(place, subscription.secret, out)
    return Request(f"{out.delivery}/{attempt.tried + 1}", kind, msgspec.json.encode(parcel))


def _answered(tables: Tables, before: Attempt, result: Result, now: int) -> list[Out]:
    answer = msgspec.json.decode(result.answer, type=Answer)
    attempt, out, kind = Attempt(before.outbound, before.tried + 1), before.outbound, result.request.kind
    if answer.taken:
        queue.taken(tables, out.subscription)
        return [_end(tables, attempt, kind, "delivered", answer, now)]
    if answer.gone:
        return [*_given_up(tables, attempt, kind, answer, now), *_ended(tables, out.subscription, answer, now)]
    failures = queue.failed(tables, out.subscription, out.delivery, now)
    pause = max(backoff(out.delivery, failures), int(answer.retry_after * 1000))
    until = queue.rest(tables, out.subscription, now + pause)
    due = max(until, now + backoff(out.delivery, attempt.tried))
    if due > out.at + GIVE_UP_AFTER:
        return _given_up(tables, attempt, kind, answer, now)
    tables.put(ATTEMPTS, out.delivery, msgspec.json.encode(attempt), due=due)
    return [_record(attempt, kind, "failed", answer, now, due)]


def _given_up(tables: Tables, attempt: Attempt, channel: str, answer: Answer, now: int) -> list[Out]:
    """The end of a delivery, and word of it to those who can do something about it."""
    ended = _end(tables, attempt, channel, "given up", answer, now)
    return [ended, *lost(tables, attempt.outbound, answer.message, now)]


def _end(tables: Tables, attempt: Attempt, channel: str, outcome: str, answer: Answer, now: int) -> Out:
    """The last word on a delivery, whose rows go."""
    tables.delete(ATTEMPTS, attempt.outbound.delivery)
    queue.end(tables, attempt.outbound)
    return _record(attempt, channel, outcome, answer, now)


def _ended(tables: Tables, name: str, answer: Answer, now: int) -> list[Out]:
    """The end of a subscription whose receiver is gone, and word of it to operators; once, whatever still flies."""
    found = tables.view(topics.SUBSCRIPTIONS).get(name)
    wish = decode(found, Subscription) if found else None
    if wish is None or wish.ended:
        return []
    ended = msgspec.structs.replace(wish, revision=wish.revision + 1, ended=answer.message)
    message = f"{answer.message}, so nothing is sent there any more: `themewire subscriptions add {name}` begins anew"
    event = HealthEvent(subject=f"subscriptions/{name}", kind="subscription ended", message=message, at=now)
    return [Out(topics.SUBSCRIPTIONS, name, encode(ended)), Out(topics.EVENTS, event.subject, encode(event))]


def _record(attempt: Attempt, channel: str, outcome: str, answer: Answer, now: int, next_try: int | None = None) -> Out:
    out, alert = attempt.outbound, attempt.outbound.alert
    delivery = Delivery(
        delivery=out.delivery,
        subscription=out.subscription,
        alert=alert.id if alert else "",
        seq=alert.seq if alert else 0,
        attempt=attempt.tried,
        outcome=outcome,  # type: ignore[arg-type]  # one of the three by construction
        status=answer.status,
        message=answer.message,
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
