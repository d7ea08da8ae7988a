"""What a commit's records say to who reads the log: what an operator needs at info, what a developer needs at debug."""

import logging
from collections.abc import Sequence

from stream.log import topics
from stream.log.records import Out
from stream.log.topics import ALERTS
from stream.ops.log_format import fields
from stream.records import GIVEN_UP, Alert, Dead, Delivery, HealthEvent, Poll, decode

__all__ = ["log_outputs"]

log = logging.getLogger(__name__)


def log_outputs(stage: str, outs: Sequence[Out]) -> None:
    """Logs what has landed: a dead record as an error, alerts and changes of health at info, the rest at debug."""
    for out in outs:
        if out.value is None:
            continue
        if out.topic == topics.DEAD:
            _dead(decode(out.value, Dead), out.key)
        elif out.topic == topics.EVENTS:
            _event(decode(out.value, HealthEvent))
        elif out.topic.startswith(ALERTS) and log.isEnabledFor(logging.INFO):
            _alert(decode(out.value, Alert))
        elif out.topic in (topics.POLLS, topics.DELIVERIES) and log.isEnabledFor(logging.DEBUG):
            _debug(stage, out.topic, out.value)


def _dead(dead: Dead, origin: str) -> None:
    log.error(
        "%s could not handle a record, which is on `dead`: %s; `themewire dead show %s` has the rest",
        dead.stage,
        dead.error,
        origin,
        extra=fields(stage=dead.stage, origin=origin, key=dead.key),
    )


def _event(event: HealthEvent) -> None:
    level = logging.WARNING if event.kind in (GIVEN_UP, "request failed", "decision failed") else logging.INFO
    log.log(level, "%s: %s", event.kind, event.message, extra=fields(subject=event.subject))


def _alert(alert: Alert) -> None:
    more = fields(theme=alert.theme, kind=alert.kind, alert=alert.id, seq=alert.seq, independent=alert.independent)
    log.info("alert: %s", alert.title, extra=more)


def _debug(stage: str, topic: str, value: bytes) -> None:
    if topic == topics.POLLS:
        poll = decode(value, Poll)
        more = fields(feed=poll.feed, outcome=poll.outcome, seconds=poll.seconds, entries=poll.entries, new=poll.new)
        log.debug("polled %s", poll.url, extra=more)
    else:
        sent = decode(value, Delivery)
        more = fields(delivery=sent.delivery, subscription=sent.subscription, attempt=sent.attempt, status=sent.status)
        log.debug("delivery %s: %s", sent.outcome, sent.message, extra=more)
