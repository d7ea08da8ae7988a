"""From statements and labels to a record on `models`: training, the promotion gate's verdict, and the card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from classifiers.judging.encoders import Encoders, levels
from classifiers.judging.features import DECIMALS
from classifiers.judging.model import Model, ModelError, from_bytes, model_id, to_bytes, weights_hash
from classifiers.labels.collected import Labels
from classifiers.learning.card import card
from classifiers.learning.dataset import TrainingError, Truth
from classifiers.learning.examples import examples_of, group_of, labelled_examples
from classifiers.learning.model_cache import cache_model, cached_model
from classifiers.learning.occurrence import added_log_odds, occurrences, shifted
from classifiers.learning.recipe import Recipe, recipe
from classifiers.learning.thresholds import OperatingPoint
from seeds.statements import load_statements
from stream.records import ModelRecord, Subscription

if TYPE_CHECKING:  # what trains takes a second to import, and a first start has no need of it
    from classifiers.learning.label_weight import Weighed
    from classifiers.learning.promotion_gate import Verdict
    from classifiers.learning.train import Prepared, Share

__all__ = ["Trainer"]

SEED = 0


@dataclass(frozen=True)
class Trainer:
    """Trains for these themes with these encoders, on the statements that ship or on those of a folder.

    A model of the statements alone is the one that ships, where that was made of the same, or is kept in the folder
    `cache`; `anew` makes it all the same. Without `encoders` of the caller's, the vectors that ship are not made again.
    """

    themes: tuple[str, ...]
    encoder: str
    cache: Path | None = None
    operating_point: OperatingPoint = field(default_factory=OperatingPoint)
    encoders: Encoders | None = None
    statements: Path | None = None
    anew: bool = False
    shares: Mapping[str, float] = field(default_factory=dict)  # of items, by theme; of the others they are learned

    def recipe(self, labels: Labels) -> Recipe:
        """What a model of the statements and these labels would be made of; raises `TrainingError`."""
        try:
            statements = examples_of(load_statements(self.statements))
        except ValueError as error:
            raise TrainingError(str(error)) from error
        labelled, point = labels.by_item, self.operating_point
        examples = (*statements, *labelled_examples(labelled, self.themes))
        return recipe(
            examples,
            self.themes,
            levels(self.encoder),
            SEED,
            point,
            occurrences(labelled, self.themes, self.shares, point.ordinary / len(self.themes)),
            settled=[group_of(each.item.id) for each in labelled if each.confirmed],
            doubted=[group_of(each.item.id) for each in labelled if each.contrary],
        )

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
        made_of = self.recipe(labels)
        alone = _alone(made_of, labels, serving) and not any(each.contract for each in subscriptions)
        cached = cached_model(made_of.hash, self.cache) if alone and not self.anew else None
        record = replace(cached, labels=labels.ends, trained_at=now) if cached else None
        if record is None:
            record = self._made(made_of, labels, serving, subscriptions, now, progress)
            cache_model(record, self.cache if alone else None)
        return replace(record, card=card(record, from_bytes(record.data), made_of.examples, self.operating_point))

    def _made(
        self,
        made_of: Recipe,
        labels: Labels,
        serving: ModelRecord | None,
        subscriptions: Sequence[Subscription],
        now: int,
        progress: Callable[[str], None],
    ) -> ModelRecord:
        from classifiers.judging.classify import Classifier
        from classifiers.learning.label_weight import weighed
        from classifiers.learning.promotion_gate import Verdict, contracts, promotion_gate
        from classifiers.learning.train import prepare

        prepared = prepare(made_of, self.reading, progress, self.cache)
        progress("weighing the labels")
        learnt = weighed(prepared)
        progress("comparing with the serving model")
        verdict = promotion_gate(prepared, learnt, _before(prepared, labels, serving))
        record = _record(prepared.fit(learnt.share, progress), prepared, verdict, learnt, labels, now)
        classifier = Classifier(from_bytes(record.data), self.reading)
        checks = (*verdict.checks, *contracts(classifier, subscriptions))
        why = Verdict(checks, verdict.figures).why if serving else ""  # the first model serves, or nothing would
        record = replace(record, doubts=learnt.evidence.doubts, label_weight=learnt.weight, needs=learnt.needs)
        return replace(record, checks=checks, note=f"refused: {why}" if why else "")

    @cached_property
    def reading(self) -> Encoders:
        """Encoders that make no vector again that ships or was made before; without tokens' vectors."""
        from classifiers.learning.kept_vectors import keeping
        from classifiers.learning.train import on_all_cores
        from classifiers.learning.vector_cache import reading_shipped

        if self.encoders is not None:
            return self.encoders
        encoders = on_all_cores()
        return reading_shipped(keeping(encoders, self.cache / "vectors.db") if self.cache else encoders)


def _alone(made_of: Recipe, labels: Labels, serving: ModelRecord | None) -> bool:
    """Whether a model is of the statements alone, so that there is nothing to weigh or to compare: labels of themes of
    people's own say nothing of these. What was learnt from labels that were taken back is compared, though."""
    no_label = all(example.origin == "seed" for example in made_of.examples)
    return no_label and (not labels.records or serving is None or serving.training_hash == made_of.hash)


def _before(prepared: "Prepared", labels: Labels, serving: ModelRecord | None) -> Truth:
    """Which examples the serving model has learnt: the statements, and the items labelled up to its offsets."""
    known = {group_of(each.item.id) for each in labels.up_to(serving.labels).by_item} if serving else set()
    return np.array([e.origin == "seed" or e.group in known for e in prepared.examples], dtype=bool)


def _record(
    model: Model, prepared: "Prepared", verdict: "Verdict", learnt: "Weighed", labels: Labels, now: int
) -> ModelRecord:
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
        evaluation=verdict.figures.flat | _curve(prepared, learnt.share),
        trained_at=now,
        labels=labels.ends,
        examples=len(prepared.examples),
        versions=model.versions,
        occurrences=prepared.recipe.occurrences,
    )


def _curve(prepared: "Prepared", share: "Share") -> dict[str, float]:
    """For so many false alerts in 1,000 ordinary items the thresholds, and what of the themes reaches them; see
    `fitting.HeldOut`. How often a theme occurs changes its probabilities, and not what reaches these thresholds."""
    more = {each.theme: added_log_odds(each) for each in prepared.recipe.occurrences}
    found: dict[str, float] = {}
    for rate, (thresholds, recall) in prepared.held_out(share).curve.items():
        found[f"ordinary.{rate}.recall"] = recall
        for theme, at in zip(prepared.themes, thresholds, strict=True):
            found[f"ordinary.{rate}.{theme}"] = round(shifted(at, more[theme]), DECIMALS) if more.get(theme) else at
    return found
