"""One partition's batch: the stage's decision, with what cannot be handled set apart so that the rest goes on."""

import traceback
from collections import Counter
from collections.abc import Sequence

import msgspec

from stream.engine.stage import Effects, Event, Request, Result, Stage
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.port import LogError, RecordTooLarge, check_size
from stream.log.records import Change, Out, Record, Rows, Tick
from stream.records import Dead, HealthEvent, NewerVersion, encode

__all__ = ["REQUESTS", "RETRY_AFTER", "decide_batch", "load_request", "retry_requests"]

REQUESTS = "requests"  # the worker's own table, beside those of the stage
RETRY_AFTER = 3_600_000
TRACEBACK_CHARACTERS = 8_000
KEPT_BYTES = 500_000  # of a dead record: what is larger stays where its origin says, until retention


class _RequestRow(msgspec.Struct, frozen=True):
    kind: str
    body: bytes


def decide_batch(stage: Stage, tables: Tables, events: Sequence[Event], now: int) -> Effects:
    """What the events come to, requests written as rows; a poisonous event is alone in what happens to it."""
    try:
        effects = _decide(stage, tables.over(), events, now)
    except Exception as error:  # whatever a record can provoke; each event is now tried alone, and the error is kept
        if _is_ours(error):
            raise
        effects = _one_by_one(stage, tables, events, now)
    again = {c.key for c in effects.changes if c.table == REQUESTS}
    done = [e.request.id for e in events if isinstance(e, Result) and e.request.id not in again]
    changes = [
        *effects.changes,
        *(Change(REQUESTS, key, None) for key in done),
        *(_request_row(r) for r in effects.requests),
    ]
    last = {(c.table, c.key): c for c in changes}
    return Effects(effects.outputs, list(last.values()), effects.requests, effects.facts)


def _is_ours(error: Exception) -> bool:
    """Whether no event is to blame: this process is too old, or the stream cannot be used."""
    return isinstance(error, NewerVersion | LogError) and not isinstance(error, RecordTooLarge)


def _decide(stage: Stage, tables: Tables, events: Sequence[Event], now: int) -> Effects:
    effects = stage.decide(tables, events, now)
    written: list[Out | Change] = [*effects.outputs, *effects.changes]
    for each in written:
        check_size(each)
    return effects


def _one_by_one(stage: Stage, tables: Tables, events: Sequence[Event], now: int) -> Effects:
    outputs: list[Out] = []
    requests: list[Request] = []
    facts: Counter[str] = Counter()
    for event in events:
        trial = tables.over()
        try:
            effects = _decide(stage, trial, [event], now)
        except Exception as error:  # the error goes on the record
            if _is_ours(error):
                raise
            outputs.append(_failure(stage.name, tables, event, error, now))
            continue
        tables = trial
        outputs += effects.outputs
        requests += effects.requests
        facts.update(effects.facts)
    return Effects(outputs, tables.changes, requests, facts)


def _failure(stage: str, tables: Tables, event: Event, error: Exception, now: int) -> Out:
    """A record goes to `dead`; a row or request is armed again in an hour, and `events` says so."""
    sentence = f"{type(error).__name__}: {error}"[:1000]
    if isinstance(event, Record):
        kept = event.value if event.value and len(event.value) <= KEPT_BYTES else None
        at = (event.topic, event.partition, event.offset)
        dead = Dead(
            stage=stage,
            topic=at[0],
            partition=at[1],
            offset=at[2],
            key=event.key,
            value=kept,
            error=sentence,
            at=now,
            traceback="".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:],
        )
        return Out(topics.DEAD, "/".join(map(str, at)), encode(dead))
    table, key = (event.table, event.key) if isinstance(event, Tick) else (REQUESTS, event.request.id)
    if (value := tables.get(table, key)) is not None:
        tables.put(table, key, value, now + RETRY_AFTER)
    notice = HealthEvent(subject=f"{stage}/{table}/{key}", kind="decision failed", message=sentence, at=now)
    return Out(topics.EVENTS, notice.subject, encode(notice))


def retry_requests(stage: str, rows: Rows, ticks: Sequence[Tick], now: int) -> Effects:
    """What becomes of requests whose row has a time: those that could not be performed wait for it, the rest begin."""
    outs, changes, requests = [], [], []
    for tick in ticks:
        value = rows.get(REQUESTS, tick.key)
        if value is None:
            continue
        if tick.due > now:
            subject = f"{stage}/{REQUESTS}/{tick.key}"
            notice = HealthEvent(subject=subject, kind="request failed", message="it is tried again", at=now)
            outs.append(Out(topics.EVENTS, subject, encode(notice)))
            changes.append(Change(REQUESTS, tick.key, value, tick.due))
        else:
            changes.append(Change(REQUESTS, tick.key, value))
            requests.append(load_request(tick.key, value))
    return Effects(outs, changes, requests)


def _request_row(request: Request) -> Change:
    return Change(REQUESTS, request.id, msgspec.json.encode(_RequestRow(request.kind, request.body)))


def load_request(key: str, value: bytes) -> Request:
    """The request that a row of `REQUESTS` keeps."""
    row = msgspec.json.decode(value, type=_RequestRow)
    return Request(key, row.kind, row.body)
