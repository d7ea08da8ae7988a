"""Follows `tagged` and measures how far the input of each model has drifted, for the role `train` and `models show`."""

from collections.abc import Mapping

import msgspec

from classifiers.measuring.drift import Drift, Watch
from stream.log import topics
from stream.log.port import Log, Reader
from stream.log.records import Out
from stream.records import HealthEvent, NewerVersion, Tagged, decode, encode

__all__ = ["DriftWatch", "drift_of"]

MOST = 20_000  # records of each partition that are read again at a start


class DriftWatch:
    """The drift of each model that has classified something, kept up to date with the stream.

    What is on the stream at first is read a page at a time, so that a start need not wait for it; till then it is
    `behind`, and tells nothing.
    """

    def __init__(self, stream: Log) -> None:
        self._stream = stream
        ends = stream.ends([topics.TAGGED])
        start = {at: max(0, end - MOST) for at, end in ends.items()}
        self._reader: Reader = stream.reader([topics.TAGGED], start)
        self._watches: dict[str, Watch] = {}
        self._last = ""
        self.behind = not self._reader.caught_up()

    def catch_up(self) -> None:
        """Reads another page of what was there at first."""
        self._take(1.0)
        if self._reader.caught_up():
            self.behind = False
            for watch in self._watches.values():
                watch.crossed()  # what had crossed before was reported then

    def advance(self, now: int) -> None:
        """Reads what is new, and reports on `events` which figures have crossed the limit."""
        while self._take(0):
            pass
        outs = []
        for model, watch in self._watches.items():
            for name in watch.crossed():
                drift = watch.drift
                assert drift is not None
                value, sources = drift.values[name], ", ".join(drift.sources) or "none"
                message = f"{name} has drifted by {value:.2f} since {model} began to serve; growing sources: {sources}"
                event = HealthEvent(subject=f"models/{model}/{name}", kind="model drifting", message=message, at=now)
                outs.append(Out(topics.EVENTS, event.subject, encode(event)))
        if outs:
            self._stream.append(outs)

    def latest(self) -> Mapping[str, float]:
        """The drift of the model that classified last; empty while there are too few items."""
        drift = None if self.behind else self.drift(self._last)
        return drift.values if drift else {}

    def drift(self, model: str) -> Drift | None:
        """The drift of this model; None while there are too few items."""
        watch = self._watches.get(model)
        return watch.drift if watch else None

    def _take(self, timeout: float) -> bool:
        records = self._reader.poll(timeout)
        for record in records:
            try:
                tagged = decode(record.value, Tagged)
            except (msgspec.MsgspecError, NewerVersion):
                continue  # the stage that acts on it reports that
            if tagged.model and not tagged.joined and not tagged.rule:
                self._last = tagged.model
                self._watches.setdefault(tagged.model, Watch()).add(tagged)
        return bool(records)

    def close(self) -> None:
        """Closes its reader."""
        self._reader.close()


def drift_of(stream: Log, model: str) -> Drift | None:
    """The drift of a model, as of now."""
    watch = DriftWatch(stream)
    try:
        while watch.behind:
            watch.catch_up()
        return watch.drift(model)
    finally:
        watch.close()
