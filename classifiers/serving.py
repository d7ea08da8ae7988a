"""From the models that were promoted to the one at work: read once, kept until another serves."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from classifiers.judging.classify import Classifier, Judgement
from classifiers.judging.encoders import EncoderError, Encoders
from classifiers.judging.language import Languages
from classifiers.judging.model import ModelError, from_bytes, model_id, weights_hash
from classifiers.judging.passages import MOST
from classifiers.judging.rules import Rules
from classifiers.judging.text import Text
from classifiers.promoted import Models, promoted
from stream.log.port import LogError
from stream.records import HealthEvent, ModelRecord

__all__ = ["Serving"]

log = logging.getLogger(__name__)


class Serving:
    """The classifier that serves, by the global table `models`; encoders are shared by all that it has loaded.

    At most `passages` of an item are judged.

    A model that cannot be read, or is not what its record says, is refused, loudly, and the one before it goes on.
    """

    def __init__(self, rules: Rules | None = None, encoders: Encoders | None = None, passages: int = MOST) -> None:
        self._rules = rules or Rules()
        self._passages = passages
        self.encoders = encoders or Encoders()
        self._languages: Languages | None = None  # loaded with the first model
        self._models = Models()
        self._loaded: dict[str, Classifier] = {}
        self._refused: dict[str, str] = {}

    def judge(
        self, models: Mapping[str, bytes], *, token_vectors: bool = True
    ) -> Callable[[Sequence[Text]], Sequence[Judgement]]:
        """The newest model that can be used, behind the rules; raises `LogError` where there is none.

        `token_vectors` are for the stage `story`, and double the cost of a tagged text.
        """
        self._models.update(models)
        for record in promoted(self._models.records):
            if (classifier := self._classifier(record)) is not None:
                return partial(self._judge, classifier, token_vectors)
        raise LogError("no model serves: run `themewire train`")

    def refused(self, models: Mapping[str, bytes]) -> dict[str, HealthEvent]:
        """An event for each model that should serve and cannot, or cannot be read, by id; see `classifiers.stage`."""
        self._models.update(models)
        why = dict(self._models.unreadable)
        at = dict.fromkeys(why, 0)
        for record in promoted(self._models.records):
            if self._classifier(record) is not None:
                break
            why[record.id], at[record.id] = self._refused[record.id], record.promoted_at
        for model, reason in why.items():
            if model not in self._refused:
                self._refused[model] = reason
                log.error("model %s is refused and the one before it goes on: %s", model, reason)
        return {
            model: HealthEvent(subject=f"models/{model}", kind="model refused", message=reason, at=at[model])
            for model, reason in why.items()
        }

    def _judge(self, classifier: Classifier, token_vectors: bool, texts: Sequence[Text]) -> list[Judgement]:
        verdicts = classifier.judge(texts, token_vectors=token_vectors)
        return [self._rules.apply(text, verdict) for text, verdict in zip(texts, verdicts, strict=True)]

    def _classifier(self, record: ModelRecord) -> Classifier | None:
        """The record's classifier, kept; only the one that serves and the one before it stay in memory."""
        if record.id in self._refused:
            return None
        if record.id not in self._loaded:
            try:
                model = from_bytes(record.data)
                if (model_id(model), weights_hash(model)) != (record.id, record.weights_hash):
                    raise ModelError("its content is not what the record's hashes say")
                newest = dict(list(self._loaded.items())[-1:])
                self._languages = self._languages or Languages()
                self._loaded = {**newest, record.id: Classifier(model, self.encoders, self._languages, self._passages)}
            except (ModelError, EncoderError) as error:
                self._refused[record.id] = str(error)
                log.error("model %s is refused and the one before it goes on: %s", record.id, error)
                return None
        return self._loaded[record.id]
