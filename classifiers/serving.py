"""From the models that were promoted to the one at work: read once, kept until another serves."""

import hashlib
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from classifiers.judging.classify import Classifier, Judgement
from classifiers.judging.encoders import Encoders, levels
from classifiers.judging.model import Model, ModelError, from_bytes, model_id, to_bytes, weights_hash
from classifiers.judging.text import Text
from classifiers.learning.thresholds import Aim
from classifiers.learning.train import examples_of, train, training_hash
from classifiers.promoted import promoted
from seeds.statements import load_statements
from stream.log import LogError
from stream.records import ModelRecord

__all__ = ["Serving", "trained"]

log = logging.getLogger(__name__)
SEED = 0


def trained(
    themes: Sequence[str], encoder: str, now: int, progress: Callable[[str], None], cache: Path | None = None
) -> ModelRecord:
    """The model of the seeds, as a record that serves from `now` (ms) on; taken from `cache` if it was made before."""
    examples = examples_of(load_statements())
    made_of = training_hash(examples, themes, levels(encoder), SEED, Aim())
    path = cache / f"{made_of[:32]}-{_code_hash()}.model" if cache else None
    model = _cached(path, made_of)
    if model is None:
        model = train(examples, themes, encoder, SEED, progress=progress)
        _keep(path, to_bytes(model))
    return ModelRecord(
        id=model_id(model),
        data=to_bytes(model),
        training_hash=model.training_hash,
        weights_hash=weights_hash(model),
        promoted_at=now,
    )


def _code_hash() -> str:
    """A hash of this room's code: another version of it makes another model of the same seeds."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cached(path: Path | None, made_of: str) -> Model | None:
    """The model in the cache; one that is damaged or of other seeds is made anew."""
    try:
        model = from_bytes(path.read_bytes()) if path else None
    except (OSError, ModelError):
        return None
    return model if model and model.training_hash == made_of else None


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


class Serving:
    """The classifier that serves, by the global table `models`; encoders are shared by all that it has loaded."""

    def __init__(self) -> None:
        self._encoders = Encoders()
        self._known: dict[str, Classifier | None] = {}

    def judge(self, models: Mapping[str, bytes]) -> Callable[[Sequence[Text]], Sequence[Judgement]]:
        """The newest model that can be read; one that cannot is passed over, loudly, once."""
        for record in promoted(models):
            if record.id not in self._known:
                self._known[record.id] = self._load(record)
            if (classifier := self._known[record.id]) is not None:
                return classifier.judge
        raise LogError("no model serves yet: run `themewire train`")

    def _load(self, record: ModelRecord) -> Classifier | None:
        try:
            return Classifier(from_bytes(record.data), self._encoders)
        except ModelError as error:
            log.error("model %s is refused and the one before it goes on: %s", record.id, error)
            return None
