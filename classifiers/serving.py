"""From the models that were promoted to the one at work: read once, kept until another serves."""

import logging
from collections.abc import Callable, Mapping, Sequence

from classifiers.classify import Classifier, Judgement
from classifiers.encoders import Encoders
from classifiers.model import ModelError, from_bytes, model_id, to_bytes, weights_hash
from classifiers.text import Text
from classifiers.train import Example, examples_of, train
from seeds.statements import load_statements
from stream.log import LogError
from stream.records import ModelRecord, decode

__all__ = ["Serving", "promoted", "trained"]

log = logging.getLogger(__name__)


def promoted(models: Mapping[str, bytes]) -> list[ModelRecord]:
    """The models, the one that was promoted last first."""
    found = [decode(value, ModelRecord) for value in models.values()]
    return sorted(found, key=lambda model: (model.promoted_at, model.id), reverse=True)


def trained(
    themes: Sequence[str], encoder: str, now: int, progress: Callable[[str], None], more: Sequence[Example] = ()
) -> ModelRecord:
    """The model of the seeds, as a record that serves from `now` (ms) on."""
    model = train([*examples_of(load_statements()), *more], themes, encoder, progress=progress)
    return ModelRecord(
        id=model_id(model),
        data=to_bytes(model),
        training_hash=model.training_hash,
        weights_hash=weights_hash(model),
        promoted_at=now,
    )


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
