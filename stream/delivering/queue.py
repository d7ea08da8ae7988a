"""Which delivery is next: each subscription has a queue, and to a receiver that fails one delivery goes at a time.

A receiver that wants to be left alone for a while, whether it failed or not, gets nothing until then.

Only the first of an alert's deliveries that are not done waits in a slot; the later ones wait for it (`alert_order`).
So a receiver that hangs costs one request at each step of its backoff, however much waits for it. The one that is tried
is each time another one: a message that its receiver can never take does not hold up the rest.
"""

from msgspec.structs import replace

from stream.delivering.rows import ALERT_ORDER, QUEUES, SLOTS, DeliveryQueue
from stream.engine.tables import Tables
from stream.records import Outbound

__all__ = ["done", "enqueue", "enter", "failed", "failures", "next_delivery", "pause", "succeeded"]


def enter(tables: Tables, out: Outbound) -> None:
    """A new delivery enters the queue, or waits for an earlier one of its alert."""
    if (key := _order_key(out)) is not None:
        waiting = (*(ALERT_ORDER.get(tables, key) or ()), out.delivery)
        ALERT_ORDER.put(tables, key, waiting)
        if waiting[0] != out.delivery:
            return
    enqueue(tables, out.subscription, out.delivery)


def enqueue(tables: Tables, subscription: str, delivery: str) -> None:
    """Takes the slot at the end of the queue."""
    queue = _load(tables, subscription)
    SLOTS.put(tables, f"{subscription}/{queue.end}", delivery)
    _save(tables, subscription, replace(queue, end=queue.end + 1))


def next_delivery(tables: Tables, subscription: str, width: int, now: int) -> str | None:
    """Takes the next delivery, if one may begin: `width` are in flight to a receiver that takes them, and one to a
    receiver that fails; to either once its pause is over."""
    queue = _load(tables, subscription)
    if queue.first == queue.end or now < queue.until or len(queue.in_flight) >= (1 if queue.failures else width):
        return None
    slot = f"{subscription}/{queue.first}"
    delivery = SLOTS.get(tables, slot) or ""
    SLOTS.delete(tables, slot)
    _save(tables, subscription, replace(queue, first=queue.first + 1, in_flight=(*queue.in_flight, delivery)))
    return delivery


def succeeded(tables: Tables, subscription: str, now: int) -> None:
    """The receiver took a delivery, so its failures are over, and with them their pause; one without failures stays."""
    queue = _load(tables, subscription)
    over = queue.failures or queue.until <= now
    _save(tables, subscription, replace(queue, failures=0, until=0 if over else queue.until))


def failed(tables: Tables, subscription: str, delivery: str, now: int) -> int:
    """A delivery in flight has failed; returns the failures in a row, where those in flight together count once."""
    queue = _load(tables, subscription)
    in_flight = _without(queue.in_flight, delivery)
    queue = replace(queue, in_flight=in_flight, failures=queue.failures + (now >= queue.until))
    _save(tables, subscription, queue)
    return queue.failures


def failures(tables: Tables, subscription: str) -> int:
    """The receiver's failures in a row."""
    return _load(tables, subscription).failures


def pause(tables: Tables, subscription: str, until: int) -> int:
    """The receiver is left alone until then (ms), or longer where that was decided before; returns until when."""
    queue = _load(tables, subscription)
    _save(tables, subscription, replace(queue, until=max(queue.until, until)))
    return max(queue.until, until)


def done(tables: Tables, out: Outbound) -> None:
    """A delivery is done, for good or bad: it leaves the queue, and the next one of its alert enters it."""
    queue = _load(tables, out.subscription)
    _save(tables, out.subscription, replace(queue, in_flight=_without(queue.in_flight, out.delivery)))
    if (key := _order_key(out)) is None:
        return
    before = ALERT_ORDER.get(tables, key) or ()
    if left := _without(before, out.delivery):
        ALERT_ORDER.put(tables, key, left)
        if left[0] != before[0]:
            enqueue(tables, out.subscription, left[0])
    else:
        ALERT_ORDER.delete(tables, key)


def _order_key(out: Outbound) -> str | None:
    return f"{out.subscription}/{out.alert.id}" if out.alert else None


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)


def _load(tables: Tables, subscription: str) -> DeliveryQueue:
    return QUEUES.get(tables, subscription) or DeliveryQueue()


def _save(tables: Tables, subscription: str, queue: DeliveryQueue) -> None:
    """Armed where a delivery waits for the receiver's pause to end; what is in flight comes back without a timer."""
    waits = queue.first < queue.end
    if not (waits or queue.in_flight or queue.until):
        QUEUES.delete(tables, subscription)
        return
    due = queue.until if waits and queue.until and not queue.in_flight else None
    QUEUES.put(tables, subscription, queue, due)
