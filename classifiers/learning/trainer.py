"""From statements and labels to a record on `models`: training, the gate's verdict, and the card."""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace

from classifiers.judging.classify import Classifier
from classifiers.judging.encoders import Encoders, levels
from classifiers.judging.model import Model, ModelError, model_id, to_bytes, weights_hash
from classifiers.labels.collected import Labels
from classifiers.learning.card import card
from classifiers.learning.examples import Example, examples_of, labelled_examples
from classifiers.learning.gate import Verdict, contracts, gate
from classifiers.learning.material import TrainingError, Truth
from classifiers.learning.thresholds import Aim
from classifiers.learning.train import Prepared, prepare, training_hash
from seeds.statements import load_statements
from stream.records import ModelRecord, Subscription, decode, encode

__all__ = ["Trainer"]

log = logging.getLogger(__name__)
SEED = 0


@dataclass(frozen=True)
class Trainer:
    """Trains for these themes with these encoders, on the statements that ship or on those of a folder.

    A model of the statements alone is kept in the folder `cache`.
    """

    themes: tuple[str, ...]
    encoder: str
    cache: Path | None = None
    aim: Aim = field(default_factory=Aim)
    encoders: Encoders | None = None
    statements: Path | None = None

    def hash_of(self, labels: Labels) -> str:
        """The training hash of the statements and these labels, without training."""
        return training_hash(self._examples(labels), self.themes, levels(self.encoder), SEED, self.aim)

    def train(
        self,
        labels: Labels,
        serving: ModelRecord | None,
        subscriptions: Sequence[Subscription],
        now: int,
        progress: Callable[[str], None],
    ) -> ModelRecord:
        """The model of the statements and labels, not promoted; its `note` says why it must not be, "" if it may.

        Raises `TrainingError`, a model that is too large included, and `EncoderError`.
        """
        examples = self._examples(labels)
        made_of = training_hash(examples, self.themes, levels(self.encoder), SEED, self.aim)
        path = self.cache / f"{made_of[:32]}-{_code_hash()}.json" if self.cache and not labels.records else None
        if path and not any(s.contract for s in subscriptions) and (kept := _cached(path, made_of)) is not None:
            return replace(kept, labels=labels.ends, trained_at=now)
        prepared = prepare(
            examples, self.themes, self.encoder, SEED, encoders=self.encoders, aim=self.aim, progress=progress
        )
        model = prepared.fit()
        progress("comparing with the serving model")
        verdict = gate(prepared, _before(prepared, labels, serving))
        record = _record(model, prepared, verdict, labels, now)
        checks = contracts(Classifier(model, self.encoders), subscriptions)
        if checks:
            verdict = Verdict((*verdict.checks, *checks), verdict.figures)
        why = verdict.why if serving else ""  # the first model serves, whatever it says: without one nothing would
        record = replace(record, gate=verdict.checks, note=f"refused: {why}" if why else "")
        record = replace(record, card=card(record, model, prepared.examples, self.aim))
        _keep(path, encode(record))
        return record

    def _examples(self, labels: Labels) -> tuple[Example, ...]:
        try:
            statements = examples_of(load_statements(self.statements))
        except ValueError as error:
            raise TrainingError(str(error)) from error
        return (*statements, *labelled_examples(labels.by_item, self.themes))


def _before(prepared: Prepared, labels: Labels, serving: ModelRecord | None) -> Truth:
    """Which examples the serving model has learnt: the statements, and the items labelled up to its offsets."""
    known = {f"label {each.item.id}" for each in labels.up_to(serving.labels).by_item} if serving else set()
    return np.array([e.origin == "seed" or e.group in known for e in prepared.examples], dtype=bool)


def _record(model: Model, prepared: Prepared, verdict: Verdict, labels: Labels, now: int) -> ModelRecord:
    try:
        data = to_bytes(model)
    except ModelError as error:
        raise TrainingError(str(error)) from error
    return ModelRecord(
        id=model_id(model),
        data=data,
        training_hash=model.training_hash,
        weights_hash=weights_hash(model),
        promoted_at=0,
        evaluation=verdict.figures.flat,
        trained_at=now,
        labels=labels.ends,
        examples=len(prepared.examples),
        versions=model.versions,
    )


def _code_hash() -> str:
    """A hash of this room's code: another version of it makes another model of the same statements."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cached(path: Path, made_of: str) -> ModelRecord | None:
    """The record in the cache; one that is damaged or of other statements is made anew."""
    try:
        record = decode(path.read_bytes(), ModelRecord)
    except (OSError, msgspec.MsgspecError):
        return None
    return record if record.training_hash == made_of else None


def _keep(path: Path | None, data: bytes) -> None:
    """Writes whole or not at all; a cache that cannot be written costs only time."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        log.warning("the model is not kept for the next start: %s", error)
