"""The model registry: models are added to the topic `models`, promoted, rolled back and, when old, deleted."""

import logging
from collections.abc import Sequence

from msgspec.structs import replace

from classifiers.promoted import Models, promoted
from stream.errors import ThemewireError
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.port import Log
from stream.log.records import Out
from stream.records import HealthEvent, ModelRecord, encode

__all__ = ["ROLLED_BACK", "WAITS", "ModelRegistry", "RegistryError"]

log = logging.getLogger(__name__)
ROLLED_BACK = "rolled back"
WAITS = "waits for a person to promote or refuse it"
REFUSED_BY = "refused by "  # and a person's name
KEPT = 10  # models, the serving one and those before it among them


class RegistryError(ThemewireError):
    """A model cannot be promoted or rolled back; the sentence says why."""


class ModelRegistry:
    """The models of a stream, as they were when it was made, and as it changes them."""

    def __init__(self, stream: Log) -> None:
        self._stream = stream
        self.rows = read_table(stream, topics.MODELS)
        read = Models()
        read.update(self.rows)
        self.unreadable = read.unreadable
        self._records = {record.id: record for record in read.records}

    @property
    def records(self) -> list[ModelRecord]:
        """The serving model, those that served before it, and then those that do not, the newest first."""
        rest = [record for record in self._records.values() if not record.promoted_at]
        return [*promoted(self._records.values()), *sorted(rest, key=lambda r: (r.trained_at, r.id), reverse=True)]

    @property
    def serving(self) -> ModelRecord | None:
        """The model that serves."""
        return next(iter(promoted(self._records.values())), None)

    def find(self, name: str) -> ModelRecord:
        """The model of this id, or of the only id that begins so; raises `RegistryError`."""
        found = [record for record in self._records.values() if record.id == name or record.id.startswith(name)]
        if len(found) != 1:
            what = "several models begin" if found else "no model begins"
            raise RegistryError(f"{what} with {name!r}: `themewire models list` shows them")
        return found[0]

    def add(self, record: ModelRecord, now: int) -> ModelRecord:
        """Puts a model there, and lets it serve if its `note` has nothing against it; returns it as it is then.

        One that was rolled back or refused by a person is not promoted again by a machine.
        """
        if (before := self._settled(record)) is not None:
            return before
        if record.note:
            self._write(record, "model refused", f"{record.id} may not serve, {record.note}", now)
            return record
        return self._promoted(record, now)

    def propose(self, record: ModelRecord, now: int) -> ModelRecord:
        """Puts a model there as `add` does, but has one with nothing against it wait for a person; returns it so."""
        if (before := self._settled(record)) is not None:
            return before
        if record.note:
            return self.add(record, now)
        record = replace(record, note=WAITS)
        self._put(record)
        return record

    def refuse(self, name: str, who: str, now: int) -> ModelRecord:
        """Has a model that waits not serve; raises `RegistryError` for any other."""
        record = self.find(name)
        if record.note != WAITS:
            raise RegistryError(f"{record.id} does not wait to be decided on")
        record = replace(record, note=f"{REFUSED_BY}{who}")
        self._write(record, "model refused", f"{record.id} may not serve, {record.note}", now)
        return record

    def promote(self, name: str, now: int, force: bool = False) -> ModelRecord:
        """Lets a model serve; one that the promotion gate refused only by `force`."""
        record = self.find(name)
        if record.note.startswith("refused") and not force:
            raise RegistryError(
                f"{record.id} was {record.note}: read `themewire models show {record.id}`, or add --force"
            )
        return self._promoted(record, now)

    def roll_back(self, now: int) -> tuple[ModelRecord, ModelRecord]:
        """Lets the model serve that served before; returns the one that went and the one that serves."""
        served = promoted(self._records.values())
        if len(served) < 2:
            raise RegistryError("no model served before this one: train, or promote one of `themewire models list`")
        gone = replace(served[0], promoted_at=0, note=ROLLED_BACK)
        self._write(gone, "model rolled back", f"{gone.id} was rolled back, and {served[1].id} serves again", now)
        return gone, served[1]

    def _settled(self, record: ModelRecord) -> ModelRecord | None:
        """The model as it is there already, where a person has decided on it or it serves, or did."""
        before = self._records.get(record.id)
        if before is None or not (before.promoted_at or before.note.startswith((ROLLED_BACK, REFUSED_BY))):
            return None
        return before

    def _promoted(self, record: ModelRecord, now: int) -> ModelRecord:
        serving = self.serving
        at = max(now, serving.promoted_at + 1 if serving else 0)  # the newest serves, whatever a clock says
        record = replace(record, promoted_at=at, note="")
        self._write(record, "model promoted", f"{record.id} serves", now)
        return record

    def _write(self, record: ModelRecord, kind: str, message: str, now: int) -> None:
        event = HealthEvent(subject=f"models/{record.id}", kind=kind, message=message, at=now)
        self._put(record, Out(topics.EVENTS, event.subject, encode(event)))
        log.info("%s", message)

    def _put(self, record: ModelRecord, *more: Out) -> None:
        self._records[record.id] = record
        self._stream.append([Out(topics.MODELS, record.id, encode(record)), *more, *self._old()])

    def _old(self) -> Sequence[Out]:
        """Tombstones for the models beyond those that are kept, the oldest first."""
        spare = sorted(self.records[2:], key=lambda record: (max(record.trained_at, record.promoted_at), record.id))
        old = spare[: max(0, len(self._records) - KEPT)]
        for record in old:
            del self._records[record.id]
        return [Out(topics.MODELS, record.id, None) for record in old]
