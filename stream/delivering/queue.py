"""Whose turn it is: a subscription's deliveries stand in a line, and a receiver that fails is tried by one of them.

    lines   SUBSCRIPTION          how its receiver does, what flies, which places are taken; due = when it is tried
    places  SUBSCRIPTION/NUMBER   the delivery that waits at this place
    words   SUBSCRIPTION/ALERT    the deliveries of an alert that are not done; all but the first wait for that one

So a receiver that hangs costs one slot for one attempt at each step of its backoff, however much waits for it. The one
that tries is each time another one: a message that its receiver can never take does not hold up the rest.
"""

import msgspec
from msgspec.structs import replace

from stream.engine.tables import Tables
from stream.records import Outbound

__all__ = ["Line", "end", "enter", "failed", "failures", "next_in", "rest", "stand", "taken"]


class Line(msgspec.Struct, frozen=True):
    """A row: failures of the receiver in a row, until when it is left alone, and the places from `first` to `end`."""

    failures: int = 0
    until: int = 0
    flying: tuple[str, ...] = ()
    first: int = 0
    end: int = 0
    v: int = 1


def enter(tables: Tables, out: Outbound) -> None:
    """A new delivery stands in line, or waits for an earlier word of its alert."""
    if (words := _words(out)) is not None:
        waiting = (*_load_words(tables, words), out.delivery)
        tables.put("words", words, msgspec.json.encode(waiting))
        if waiting[0] != out.delivery:
            return
    stand(tables, out.subscription, out.delivery)


def stand(tables: Tables, subscription: str, delivery: str) -> None:
    """Stands at the end of the line."""
    line = _load(tables, subscription)
    tables.put("places", f"{subscription}/{line.end}", delivery.encode())
    _keep(tables, subscription, replace(line, end=line.end + 1))


def next_in(tables: Tables, subscription: str, width: int, now: int) -> str | None:
    """The delivery whose turn it is: `width` fly to a receiver that does well, one to one that fails once it may."""
    line = _load(tables, subscription)
    if line.first == line.end or now < line.until or len(line.flying) >= (1 if line.failures else width):
        return None
    place = f"{subscription}/{line.first}"
    delivery = (tables.get("places", place) or b"").decode()
    tables.delete("places", place)
    _keep(tables, subscription, replace(line, first=line.first + 1, flying=(*line.flying, delivery)))
    return delivery


def taken(tables: Tables, subscription: str) -> None:
    """The receiver does well again."""
    _keep(tables, subscription, replace(_load(tables, subscription), failures=0, until=0))


def failed(tables: Tables, subscription: str, delivery: str, now: int) -> int:
    """What flew has failed; returns the failures in a row, where those that flew at the same time count once."""
    line = _load(tables, subscription)
    line = replace(line, flying=_without(line.flying, delivery), failures=line.failures + (now >= line.until))
    _keep(tables, subscription, line)
    return line.failures


def failures(tables: Tables, subscription: str) -> int:
    """The receiver's failures in a row."""
    return _load(tables, subscription).failures


def rest(tables: Tables, subscription: str, until: int) -> int:
    """The receiver is left alone until then, or longer where that was said before; returns until when."""
    line = _load(tables, subscription)
    _keep(tables, subscription, replace(line, until=max(line.until, until)))
    return max(line.until, until)


def end(tables: Tables, out: Outbound) -> None:
    """A delivery is done, for good or bad: it leaves, and the next word of its alert stands in line."""
    line = _load(tables, out.subscription)
    _keep(tables, out.subscription, replace(line, flying=_without(line.flying, out.delivery)))
    if (words := _words(out)) is None:
        return
    before = _load_words(tables, words)
    if left := _without(before, out.delivery):
        tables.put("words", words, msgspec.json.encode(left))
        if left[0] != before[0]:
            stand(tables, out.subscription, left[0])
    else:
        tables.delete("words", words)


def _words(out: Outbound) -> str | None:
    return f"{out.subscription}/{out.alert.id}" if out.alert else None


def _load_words(tables: Tables, key: str) -> tuple[str, ...]:
    row = tables.get("words", key)
    return msgspec.json.decode(row, type=tuple[str, ...]) if row else ()


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)


def _load(tables: Tables, subscription: str) -> Line:
    row = tables.get("lines", subscription)
    return msgspec.json.decode(row, type=Line) if row else Line()


def _keep(tables: Tables, subscription: str, line: Line) -> None:
    """Armed where somebody waits for the receiver's time; what flies comes back without a timer."""
    waits = line.first < line.end
    if not (waits or line.flying or line.failures):
        tables.delete("lines", subscription)
        return
    due = line.until if waits and line.failures and not line.flying else None
    tables.put("lines", subscription, msgspec.json.encode(line), due)
