"""What a commit's records say to who reads the log: what an operator needs at info, what a developer needs at debug."""

import logging
from collections.abc import Sequence

from stream.log import topics
from stream.log.records import Out
from stream.log.topics import ALERTS
from stream.ops.log_format import fields
from stream.records import GIVEN_UP, Alert, Dead, Delivery, HealthEvent, Poll, decode
from stream.units import MINUTE

__all__ = ["CommitLog"]

log = logging.getLogger(__name__)

WARNINGS = (GIVEN_UP, "request failed", "decision failed")
FEW = 10  # changes of health of one kind are logged one by one
COUNTED = (100, 1000, 10_000)
QUIET = 10 * MINUTE  # after which they are few again


class CommitLog:
    """Logs what a stage has committed.

    Many changes of health of one kind at once (a first run far from any network, a proxy that is down) are counted
    instead: their records are on `events`.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._lately: dict[str, tuple[int, int]] = {}  # by kind, how many in a row, and when the last was (ms)

    def outputs(self, outs: Sequence[Out]) -> None:
        """Logs what has landed: a dead record as an error, alerts and changes of health at info, the rest at debug."""
        for out in outs:
            if out.value is None:
                continue
            if out.topic == topics.DEAD:
                _dead(decode(out.value, Dead), out.key)
            elif out.topic == topics.EVENTS:
                self._event(decode(out.value, HealthEvent))
            elif out.topic.startswith(ALERTS) and log.isEnabledFor(logging.INFO):
                _alert(decode(out.value, Alert))
            elif out.topic in (topics.POLLS, topics.DELIVERIES) and log.isEnabledFor(logging.DEBUG):
                _debug(self._stage, out.topic, out.value)

    def _event(self, event: HealthEvent) -> None:
        if event.kind in WARNINGS:
            log.warning("%s: %s", event.kind, event.message, extra=fields(subject=event.subject))
            return
        before, last = self._lately.get(event.kind, (0, 0))
        count = 1 if event.at - last > QUIET else before + 1
        self._lately[event.kind] = (count, event.at)
        if count <= FEW:
            log.info("%s: %s", event.kind, event.message, extra=fields(subject=event.subject))
        elif count == FEW + 1:
            log.info("%s: and more, which are not shown; `themewire tail events --from-start` has each", event.kind)
        elif count in COUNTED:
            log.info("%s: %d of late", event.kind, count)


def _dead(dead: Dead, origin: str) -> None:
    log.error(
        "%s could not handle a record, which is on `dead`: %s; `themewire dead show %s` has the rest",
        dead.stage,
        dead.error,
        origin,
        extra=fields(stage=dead.stage, origin=origin, key=dead.key),
    )


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
